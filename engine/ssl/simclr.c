// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Two views of one sound look alike (SimCLR, Chen, Kornblith, Norouzi & Hinton 2020; for audio
 * COLA, Saeed, Grangier & Zeghidour 2021), on segments of a running stream:
 *
 *     contexts of view 0 [....|-seg-|....] --mean, max--> project --> unit --.
 *     contexts of view 1 [....|-seg-|....] --mean, max--> project --> unit --'-- NT-Xent (eq. 1)
 *
 * Segments of one stream don't overlap, so none is another's negative by mistake. The projection is
 * scaffolding: it isn't deployed (sec. 4.2 shows the layer before it serves better).
 */
#include "ssl/objective.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

enum { SEGMENTS, SHORTEST, LONGEST, TEMPERATURE, WIDTH };

static const struct hyper hypers[] = {
    [SEGMENTS] = {"segments", "per stream and window, at most", 4, 1, 64, true},
    [SHORTEST] = {"shortest", "frames of a segment (COLA: 960 ms crops)", 25, 1, 10000, true},
    [LONGEST] = {"longest", "frames of a segment", 110, 1, 10000, true},
    [TEMPERATURE] = {"temperature", "tau (Chen et al. 2020, table 5: 0.1)", 0.1, 1e-3, 100, false},
    [WIDTH] = {"width", "of the projection (Chen et al. 2020, sec. 4.2: 128)", 128, 1, 4096, true},
};

enum { PROJECTION_WEIGHT, PROJECTION_BIAS };

static int declare(const struct encoder_shape *shape, const double *hyper,
                   struct parameters *parameters, int *own)
{
    int width = (int)hyper[WIDTH];
    own[PROJECTION_WEIGHT] =
        parameters_declare(parameters, "simclr.projection.weight", 2,
                           (int[]){width, 2 * shape->context_dim}, true, false);
    own[PROJECTION_BIAS] =
        parameters_declare(parameters, "simclr.projection.bias", 1, (int[]){width}, false, false);
    return 2;
}

static void init(const struct objective_context *context)
{
    float scale = 1.0f / sqrtf(2.0f * (float)context->shape->context_dim);
    for (int i = 0; i < 2; i++)
        parameters_init(context->parameters, context->own[i], INIT_UNIFORM, scale, context->random);
}

struct segment {
    int first, count; // flat frames b * T + t
};

struct pool {
    struct tensor *x, *y;
    const struct segment *segments;
    int *winner; // [N][C] flat frame of each maximum
};

static void pool_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct pool *pool = context;
    const int channels = pool->x->c;
    for (int i = 0; i < pool->y->t; i++) {
        const struct segment segment = pool->segments[i];
        const float *mean = pool->y->grad + (size_t)i * 2 * channels, *top = mean + channels;
        const float share = 1.0f / (float)segment.count;
        for (int t = 0; t < segment.count; t++) {
            float *grad = pool->x->grad + (size_t)(segment.first + t) * channels;
            for (int c = 0; c < channels; c++)
                grad[c] += share * mean[c];
        }
        for (int c = 0; c < channels; c++)
            pool->x->grad[(size_t)pool->winner[i * channels + c] * channels + c] += top[c];
    }
}

static void pool_segment(const struct pool *pool, int i)
{
    const int channels = pool->x->c;
    const struct segment segment = pool->segments[i];
    float *mean = pool->y->data + (size_t)i * 2 * channels, *top = mean + channels;
    int *winner = pool->winner + (size_t)i * channels;
    for (int t = 0; t < segment.count; t++) {
        const float *row = pool->x->data + (size_t)(segment.first + t) * channels;
        for (int c = 0; c < channels; c++) {
            mean[c] += row[c] / (float)segment.count;
            if (t == 0 || row[c] > top[c]) {
                top[c] = row[c];
                winner[c] = segment.first + t;
            }
        }
    }
}

// Mean and maximum of each segment: (B,T,C) -> (1,N,2C).
static struct tensor *pool(struct tape *tape, struct tensor *x, const struct segment *segments,
                           int count)
{
    struct pool *record = tape_scratch(tape, sizeof *record);
    *record = (struct pool){x, tape_tensor(tape, 1, count, 2 * x->c, x->grad), segments,
                            tape_scratch(tape, sizeof(int) * (size_t)(count * x->c))};
    for (int i = 0; i < count; i++)
        pool_segment(record, i);
    if (record->y->grad)
        tape_record(tape, pool_backward, record);
    return record->y;
}

// Segments of random lengths one after another, with random gaps, as many as fit; at least one.
static struct segment *draw_segments(const struct objective_context *context, int streams,
                                     int frames, int *count)
{
    const int each = (int)context->hyper[SEGMENTS];
    const int longest = (int)fmin(context->hyper[LONGEST], frames);
    const int shortest = (int)fmin(context->hyper[SHORTEST], longest);
    struct segment *segments =
        tape_scratch(context->tape, sizeof *segments * (size_t)(streams * each));
    *count = 0;
    for (int b = 0; b < streams; b++)
        for (int i = 0, t = 0; i < each; i++) {
            int length =
                shortest + (int)random_below(context->random, (uint64_t)(longest - shortest + 1));
            int room = frames - t - length;
            if (room < 0)
                break;
            t += (int)random_below(context->random,
                                   (uint64_t)(room < shortest ? room : shortest) + 1);
            segments[(*count)++] = (struct segment){b * frames + t, length};
            t += length;
        }
    return segments;
}

static struct tensor *project(const struct objective_context *context, struct tensor *contexts,
                              const struct segment *segments, int count)
{
    struct tape *tape = context->tape;
    struct tensor *pooled = pool(tape, contexts, segments, count);
    struct tensor *w = objective_parameter(context, context->own[PROJECTION_WEIGHT]);
    struct tensor *bias = objective_parameter(context, context->own[PROJECTION_BIAS]);
    return tape_unit(tape, tape_linear(tape, pooled, w, bias));
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const int last = context->shape->context_layers - 1;
    int count;
    struct segment *segments = draw_segments(context, batch->streams, batch->frames, &count);
    struct tensor *one = project(context, encoding->contexts[last], segments, count);
    struct tensor *two = project(context, encoding->target_contexts[last], segments, count);
    struct info_nce_options options = {.temperature = (float)context->hyper[TEMPERATURE]};
    float hits[2];
    struct tensor *losses[] = {tape_info_nce(tape, one, two, NULL, options, &hits[0]),
                               tape_info_nce(tape, two, one, NULL, options, &hits[1])};
    objective_note(statistics, "accuracy", ((double)hits[0] + (double)hits[1]) / 2);
    objective_note(statistics, "chance", 1.0 / count);
    return tape_weighted_sum(tape, losses, (float[]){0.5f, 0.5f}, 2);
}

const struct objective objective_simclr = {
    .name = "simclr",
    .summary = "two augmented views of one segment look alike (NT-Xent)",
    .source = "Chen et al. 2020, arXiv:2002.05709; COLA, Saeed et al. 2021, arXiv:2010.10915",
    .hypers = hypers,
    .hyper_count = sizeof hypers / sizeof *hypers,
    .needs_targets_view = true,
    .needs_target_contexts = true,
    .declare = declare,
    .init = init,
    .loss = loss,
};
