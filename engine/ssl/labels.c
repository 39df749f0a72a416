// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Up to three sets of labels at once, so that one frame serves several heads.
 *
 *     frame                   --context layer L----------------->--linear--> class    (pool = 0)
 *     stretch with one label  --context layer L--> mean | maximum --linear--> class    (pool = 1)
 *     loss = sum over sets of weight * (- log softmax of the class)
 *
 * A teacher's row has one number for each set: the number of the class, or less than 0 where there
 * is no label. Set teacher.nearest=1, because class numbers can't be interpolated. */
#include "ssl/hiding.h"
#include "ssl/parts.h"
#include "ssl/segments.h"

#include <math.h>
#include <stdio.h>

enum { SETS = 3 };
enum { CLASSES, POOL = CLASSES + SETS, LAYER = POOL + SETS, WEIGHT = LAYER + SETS };
enum { UNCHANGED = WEIGHT + SETS, SHORTEST = UNCHANGED + SETS, TEACHER };

#define CLASSES_HELP "classes of this set, 0 = the set is not learned"
#define POOL_HELP "1 = a stretch of frames with one label is one item, 0 = each frame is"
#define LAYER_HELP "context layer that must know the label, 0 = the last one"
#define WEIGHT_HELP "weight of this set's loss"
#define UNCHANGED_HELP                                                                             \
    "1 = frames of a voice changed by augmentation (speed, vocal tract) have no label of this "    \
    "set, as labels of speakers need; 0 = they have"

static const struct setting settings[] = {
    [CLASSES] = {"classes1", CLASSES_HELP, 0, 0, 8192, SETTING_WHOLE},
    [CLASSES + 1] = {"classes2", CLASSES_HELP, 0, 0, 8192, SETTING_WHOLE},
    [CLASSES + 2] = {"classes3", CLASSES_HELP, 0, 0, 8192, SETTING_WHOLE},
    [POOL] = {"pool1", POOL_HELP, 0, 0, 1, SETTING_WHOLE},
    [POOL + 1] = {"pool2", POOL_HELP, 1, 0, 1, SETTING_WHOLE},
    [POOL + 2] = {"pool3", POOL_HELP, 1, 0, 1, SETTING_WHOLE},
    [LAYER] = {"layer1", LAYER_HELP, 0, 0, MAX_CONTEXT_LAYERS, SETTING_WHOLE},
    [LAYER + 1] = {"layer2", LAYER_HELP, 0, 0, MAX_CONTEXT_LAYERS, SETTING_WHOLE},
    [LAYER + 2] = {"layer3", LAYER_HELP, 0, 0, MAX_CONTEXT_LAYERS, SETTING_WHOLE},
    [WEIGHT] = {"weight1", WEIGHT_HELP, 1, 0, 1000, SETTING_REAL},
    [WEIGHT + 1] = {"weight2", WEIGHT_HELP, 1, 0, 1000, SETTING_REAL},
    [WEIGHT + 2] = {"weight3", WEIGHT_HELP, 1, 0, 1000, SETTING_REAL},
    [UNCHANGED] = {"unchanged1", UNCHANGED_HELP, 0, 0, 1, SETTING_WHOLE},
    [UNCHANGED + 1] = {"unchanged2", UNCHANGED_HELP, 0, 0, 1, SETTING_WHOLE},
    [UNCHANGED + 2] = {"unchanged3", UNCHANGED_HELP, 0, 0, 1, SETTING_WHOLE},
    [SHORTEST] = {"shortest", "frames of a stretch; shorter stretches are left out", 20, 1, 1000,
                  SETTING_WHOLE},
    [TEACHER] = {"teacher", "numbers of a teacher's row, set by its files", 0, 0, 8192,
                 SETTING_WHOLE},
};

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    int count = 0;
    for (int set = 0; set < SETS; set++) {
        char name[PARAMETER_NAME];
        snprintf(name, sizeof name, "labels.%d", set + 1);
        if (setting[CLASSES + set] > 0)
            objective_linear_declare(parameters, name,
                                     (setting[POOL + set] != 0 ? 2 : 1) * shape->context_dim,
                                     (int)setting[CLASSES + set], own + count);
        count += setting[CLASSES + set] > 0 ? 2 : 0;
    }
    return count;
}

// The read-out of a set that is learned.
static const int *own_of(const struct objective_context *context, int set)
{
    const int *own = context->own;
    for (int before = 0; before < set; before++)
        own += context->setting[CLASSES + before] > 0 ? 2 : 0;
    return own;
}

static void init(const struct objective_context *context)
{
    for (int set = 0; set < SETS; set++)
        if (context->setting[CLASSES + set] > 0)
            objective_linear_init(context, own_of(context, set));
}

// -1: this frame has no label of the set.
static int label_of(const struct objective_context *context, const struct objective_batch *batch,
                    int set, int frame)
{
    const int width = (int)context->setting[TEACHER];
    if (set >= width || !batch->taught[frame] ||
        (context->setting[UNCHANGED + set] != 0 && batch->voice_changed[frame]))
        return -1;
    const float number = batch->teacher[(size_t)frame * (size_t)width + (size_t)set];
    return number >= 0 && (double)number < context->setting[CLASSES + set] ? (int)number : -1;
}

static int find_frames(const struct objective_context *context, const struct objective_batch *batch,
                       int set, int *rows, int *classes)
{
    int count = 0;
    for (int i = 0; i < batch->streams * batch->frames; i++) {
        const int label = label_of(context, batch, set, i);
        if (label < 0)
            continue;
        rows[count] = i;
        classes[count++] = label;
    }
    return count;
}

// Stretches of one label within one recording.
static int find_segments(const struct objective_context *context,
                         const struct objective_batch *batch, int set,
                         struct objective_segment *segments, int *classes)
{
    const int frames = batch->streams * batch->frames;
    int count = 0;
    for (int from = 0, to; from < frames; from = to) {
        const int label = label_of(context, batch, set, from);
        to = from + 1;
        while (to % batch->frames != 0 && !batch->begins[to] &&
               label_of(context, batch, set, to) == label)
            to++;
        if (label < 0 || to - from < (int)context->setting[SHORTEST])
            continue;
        segments[count] = (struct objective_segment){from, to - from};
        classes[count++] = label;
    }
    return count;
}

// The items (1,N,C or 2C) and their classes [N]; NULL when no frame has a label.
static struct tensor *items(const struct objective_context *context,
                            const struct objective_batch *batch, struct tensor *contexts, int set,
                            int **classes)
{
    struct tape *tape = context->tape;
    const size_t frames = (size_t)batch->streams * (size_t)batch->frames;
    *classes = tape_scratch(tape, sizeof **classes * frames);
    if (context->setting[POOL + set] == 0) {
        int *rows = tape_scratch(tape, sizeof *rows * frames);
        const int count = find_frames(context, batch, set, rows, *classes);
        return count ? tape_gather(tape, contexts, rows, count) : NULL;
    }
    struct objective_segment *segments = tape_scratch(tape, sizeof *segments * frames);
    const int count = find_segments(context, batch, set, segments, *classes);
    return count ? objective_pool(tape, contexts, segments, count) : NULL;
}

/** Numbers of one set: 0, and 1 answer, where no frame has a label. */
struct set_numbers {
    float accuracy;
    double answers; // classes in use among the answers; 1 = collapsed
};

static struct tensor *loss_of(const struct objective_context *context,
                              const struct objective_batch *batch,
                              const struct objective_encoding *encoding, int set,
                              struct set_numbers *numbers)
{
    const int last = context->network.shape->context_layers;
    const int layer = (int)context->setting[LAYER + set];
    struct tensor *contexts = encoding->contexts[(layer > 0 && layer < last ? layer : last) - 1];
    int *classes;
    struct tensor *picked = items(context, batch, contexts, set, &classes);
    *numbers = (struct set_numbers){.answers = 1};
    if (!picked)
        return tape_tensor(context->tape, 1, 1, 1, true);
    struct tensor *logits = objective_linear(context, picked, own_of(context, set));
    numbers->answers = objective_answers(context, logits);
    return tape_cross_entropy(context->tape, logits, classes, &numbers->accuracy);
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    static const char *const accuracy_names[SETS] = {"accuracy1", "accuracy2", "accuracy3"};
    static const char *const answer_names[SETS] = {"answers1", "answers2", "answers3"};
    static const char *const loss_names[SETS] = {"loss1", "loss2", "loss3"};
    struct tensor *losses[SETS + 1] = {tape_tensor(context->tape, 1, 1, 1, true)};
    float weights[SETS + 1] = {1};
    int count = 1;
    for (int set = 0; set < SETS; set++) {
        struct set_numbers numbers;
        if (context->setting[CLASSES + set] == 0)
            continue;
        weights[count] = (float)context->setting[WEIGHT + set];
        losses[count] = loss_of(context, batch, encoding, set, &numbers);
        objective_note(statistics, accuracy_names[set], (double)numbers.accuracy);
        objective_note(statistics, answer_names[set], numbers.answers);
        objective_note(statistics, loss_names[set], (double)losses[count++]->data[0]);
    }
    return tape_weighted_sum(context->tape, losses, weights, count);
}

const struct objective objective_labels = {
    .name = "labels",
    .summary = "several sets of labels at once: phones, words, speakers (numbers as .npy)",
    .source = "Caruana 1997, Multitask Learning",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_TEACHER,
    .declare = declare,
    .init = init,
    .loss = loss,
};
