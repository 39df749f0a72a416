// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What the others are measured against: the same encoder with labels from the first step on.
 *
 *     stretch of one recording --context--> mean | maximum --linear--> class        (pool = 1)
 *     frame                    --context------------------->--linear--> class       (pool = 0)
 *     loss = - log softmax of the teacher's class
 *
 * Labels come as a teacher's rows do: a number a class, the largest of a row is its class. One row
 * for a whole recording labels it all. */
#include "ssl/hiding.h"
#include "ssl/parts.h"
#include "ssl/segments.h"

#include "base/error.h"

enum { POOL, SHORTEST, TEACHER };

static const struct setting settings[] = {
    [POOL] = {"pool", "1 = what the window holds of a recording is one item, 0 = each frame is", 1,
              0, 1, SETTING_WHOLE},
    [SHORTEST] = {"shortest", "frames of such an item; shorter ones are left out", 10, 1, 1000,
                  SETTING_WHOLE},
    [TEACHER] = {"teacher", "classes: numbers of a teacher's row, set by its files", 0, 0, 8192,
                 SETTING_WHOLE},
};

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    CHECK(setting[TEACHER] > 0);
    objective_linear_declare(parameters, "supervised.head",
                             (setting[POOL] != 0 ? 2 : 1) * shape->context_dim,
                             (int)setting[TEACHER], own);
    return 2;
}

static void init(const struct objective_context *context)
{
    objective_linear_init(context, context->own);
}

static int class_of(const struct objective_context *context, const struct objective_batch *batch,
                    int frame)
{
    const int classes = (int)context->setting[TEACHER];
    const float *row = batch->teacher + (size_t)frame * (size_t)classes;
    int best = 0;
    for (int c = 1; c < classes; c++)
        best = row[c] > row[best] ? c : best;
    return best;
}

// Stretches of labelled frames in which no recording begins.
static int find_segments(const struct objective_context *context,
                         const struct objective_batch *batch, struct objective_segment *segments)
{
    const int frames = batch->streams * batch->frames;
    int count = 0;
    for (int from = 0, to; from < frames; from = to) {
        to = from + 1;
        if (!batch->taught[from])
            continue;
        while (to % batch->frames != 0 && batch->taught[to] && !batch->begins[to])
            to++;
        if (to - from >= (int)context->setting[SHORTEST])
            segments[count++] = (struct objective_segment){from, to - from};
    }
    return count;
}

// The items (1,N,C or 2C) and their classes [N]; NULL when there are none.
static struct tensor *items(const struct objective_context *context,
                            const struct objective_batch *batch, struct tensor *contexts,
                            int **classes)
{
    struct tape *tape = context->tape;
    const int frames = batch->streams * batch->frames;
    int *rows = tape_scratch(tape, sizeof *rows * (size_t)frames);
    *classes = rows;
    if (context->setting[POOL] == 0) {
        const int count = objective_frames_where(batch->taught, 1, frames, rows);
        struct tensor *picked = count ? tape_gather(tape, contexts, rows, count) : NULL;
        *classes = tape_scratch(tape, sizeof **classes * (size_t)frames);
        for (int i = 0; i < count; i++)
            (*classes)[i] = class_of(context, batch, rows[i]);
        return picked;
    }
    struct objective_segment *segments = tape_scratch(tape, sizeof *segments * (size_t)frames);
    const int count = find_segments(context, batch, segments);
    for (int i = 0; i < count; i++)
        rows[i] = class_of(context, batch, segments[i].first + segments[i].count / 2);
    return count ? objective_pool(tape, contexts, segments, count) : NULL;
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    int *classes;
    float accuracy = 0;
    struct tensor *picked = items(
        context, batch, encoding->contexts[context->network.shape->context_layers - 1], &classes);
    struct tensor *logits = picked ? objective_linear(context, picked, context->own) : NULL;
    struct tensor *result = logits ? tape_cross_entropy(tape, logits, classes, &accuracy)
                                   : tape_tensor(tape, 1, 1, 1, true); // no label in sight
    objective_note(statistics, "accuracy", (double)accuracy);
    objective_note(statistics, "chance", 1 / context->setting[TEACHER]);
    objective_note(statistics, "items", picked ? picked->t : 0);
    objective_note(statistics, "answers", logits ? objective_answers(context, logits) : 1);
    return result;
}

const struct objective objective_supervised = {
    .name = "supervised",
    .summary = "tell the labels (rows as .npy): not self-supervised, what the others are held to",
    .source = "cross-entropy; van den Oord et al. 2018, table 1, has such a row",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_TEACHER,
    .declare = declare,
    .init = init,
    .loss = loss,
};
