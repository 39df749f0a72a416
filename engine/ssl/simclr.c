// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Two views of one sound look alike (SimCLR, Chen, Kornblith, Norouzi & Hinton 2020; for audio
 * COLA, Saeed, Grangier & Zeghidour 2021), on segments of a running stream:
 *
 *     contexts of view 0 [....|-seg-|....] --mean, max--> project --> unit --.
 *     contexts of view 1 [....|-seg-|....] --mean, max--> project --> unit --'-- NT-Xent
 *
 * NT-Xent is eq. 1 with COLA's pairing: the other view's segments lose, those of the same view take
 * no part. Segments of one stream overlap by the jitter of their ends at most, so none is another's
 * negative by mistake. The projection is scaffolding: it isn't deployed (sec. 4.2 shows the layer
 * before it serves better).
 */
#include "ssl/parts.h"
#include "ssl/segments.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

enum { SEGMENTS, SHORTEST, LONGEST, CLIPS, MARGIN, JITTER, TEMPERATURE, WIDTH };
enum { SHORTEST_CLIP = 12 }; // frames: less is a click

static const struct setting settings[] = {
    [SEGMENTS] = {"segments", "per stream and window, at most", 6, 1, 64, SETTING_WHOLE},
    [SHORTEST] = {"shortest", "frames of a segment (COLA: 960 ms crops)", 25, 1, 10000,
                  SETTING_WHOLE},
    [LONGEST] = {"longest", "frames of a segment", 110, 1, 10000, SETTING_WHOLE},
    [CLIPS] = {"clips", "probability that a recording that lies whole in the window is a segment",
               0.8, 0, 1, SETTING_REAL},
    [MARGIN] = {"margin", "most frames of the silence around such a one that a view may take in",
                50, 0, 10000, SETTING_WHOLE},
    [JITTER] = {"jitter", "most frames by which a view's other segments begin and end off", 5, 0,
                1000, SETTING_WHOLE},
    [TEMPERATURE] = {"temperature", "tau (Chen et al. 2020, table 5: 0.1)", 0.1, 1e-3, 100,
                     SETTING_REAL},
    [WIDTH] = {"width", "of the projection (Chen et al. 2020, sec. 4.2: 128); 0 = none", 128, 0,
               4096, SETTING_WHOLE},
};

static int declare(const struct encoder_shape *shape, const double *setting,
                   struct parameters *parameters, int *own)
{
    int width = (int)setting[WIDTH];
    if (width == 0)
        return 0;
    objective_linear_declare(parameters, "simclr.projection", 2 * shape->context_dim, width, own);
    return 2;
}

static void init(const struct objective_context *context)
{
    if (context->setting[WIDTH] > 0)
        objective_linear_init(context, context->own);
}

// The segments of both views, in the same order: the same sound, not to the frame the same cut.
struct pairs {
    struct objective_segment *side[2];
    int count, capacity;
};

static int clamp(int x, int low, int high)
{
    return x < low ? low : x > high ? high : x;
}

static int draw(struct random *random, int most)
{
    return most > 0 ? (int)random_below(random, (uint64_t)most + 1) : 0;
}

static void add_pair(struct pairs *pairs, int lane, const int begin[2], const int end[2])
{
    if (pairs->count == pairs->capacity)
        return;
    for (int v = 0; v < 2; v++)
        pairs->side[v][pairs->count] =
            (struct objective_segment){lane + begin[v], end[v] - begin[v]};
    pairs->count++;
}

// Random stretches of frames [from, to) of a lane, one after another with gaps, their ends a little
// off between the views.
static void add_stretches(const struct objective_context *context, struct pairs *pairs, int lane,
                          int from, int to)
{
    const int longest = (int)context->setting[LONGEST], jitter = (int)context->setting[JITTER];
    const int shortest = (int)fmin(context->setting[SHORTEST], longest);
    for (int t = from;;) {
        int length = shortest + draw(context->random, longest - shortest);
        if (t + length > to)
            return;
        t += draw(context->random, clamp(to - t - length, 0, shortest));
        int begin[2], end[2];
        for (int v = 0; v < 2; v++) {
            begin[v] = clamp(t + draw(context->random, 2 * jitter) - jitter, from, to - 1);
            end[v] =
                clamp(t + length + draw(context->random, 2 * jitter) - jitter, begin[v] + 1, to);
        }
        add_pair(pairs, lane, begin, end);
        t += length;
    }
}

// A whole clip [from, to), with more or less of the silence around it: what a head will be given
// later is not cut more carefully.
static void add_clip(const struct objective_context *context, struct pairs *pairs, int lane,
                     const unsigned char *gap, int from, int to, int frames)
{
    const int most = (int)context->setting[MARGIN];
    int before = 0, after = 0, begin[2], end[2];
    while (before < most && from - before > 0 && gap[from - before - 1])
        before++;
    while (after < most && to + after < frames && gap[to + after])
        after++;
    for (int v = 0; v < 2; v++) {
        begin[v] = from - draw(context->random, before);
        end[v] = to + draw(context->random, after);
    }
    add_pair(pairs, lane, begin, end);
}

// The next clip that lies whole in the window, from frame t on: false when there is none.
static bool find_clip(const unsigned char *begins, const unsigned char *gap, int frames, int t,
                      int *from, int *to)
{
    for (; t < frames; t++) {
        bool starts = !gap[t] && (begins[t] || (t > 0 && gap[t - 1]));
        if (!starts)
            continue;
        *from = t;
        for (*to = t + 1; *to < frames && !begins[*to] && !gap[*to];)
            ++*to;
        return *to < frames;
    }
    return false;
}

static void draw_lane(const struct objective_context *context, const struct objective_batch *batch,
                      int b, struct pairs *pairs)
{
    const int frames = batch->frames, lane = b * frames;
    const unsigned char *begins = batch->begins + lane, *gap = batch->gap + lane;
    int done = 0, from, to;
    for (int t = 0; find_clip(begins, gap, frames, t, &from, &to); t = to) {
        bool fits = to - from >= SHORTEST_CLIP && to - from <= (int)context->setting[LONGEST];
        if (!fits || (double)random_uniform(context->random) >= context->setting[CLIPS])
            continue;
        add_stretches(context, pairs, lane, done, from);
        add_clip(context, pairs, lane, gap, from, to, frames);
        done = to;
    }
    add_stretches(context, pairs, lane, done, frames);
}

static struct pairs draw_pairs(const struct objective_context *context,
                               const struct objective_batch *batch)
{
    const int each = (int)context->setting[SEGMENTS];
    struct pairs pairs = {.capacity = batch->streams * each};
    for (int v = 0; v < 2; v++)
        pairs.side[v] =
            tape_scratch(context->tape, sizeof(struct objective_segment) * (size_t)pairs.capacity);
    const int capacity = pairs.capacity;
    for (int b = 0; b < batch->streams; b++) {
        pairs.capacity = pairs.count + each < capacity ? pairs.count + each : capacity;
        draw_lane(context, batch, b, &pairs);
    }
    if (pairs.count < 2) { // too short a window for two segments to compare: all of it
        pairs.count = 0;
        for (int b = 0; b < batch->streams; b++) {
            pairs.capacity = capacity;
            add_pair(&pairs, b * batch->frames, (int[]){0, 0},
                     (int[]){batch->frames, batch->frames});
        }
    }
    return pairs;
}

static struct tensor *project(const struct objective_context *context, struct tensor *contexts,
                              const struct objective_segment *segments, int count)
{
    struct tape *tape = context->tape;
    struct tensor *pooled = objective_pool(tape, contexts, segments, count);
    if (context->setting[WIDTH] > 0)
        pooled = objective_linear(context, pooled, context->own);
    return tape_unit(tape, pooled);
}

static struct tensor *loss(const struct objective_context *context,
                           const struct objective_batch *batch,
                           const struct objective_encoding *encoding,
                           struct objective_statistics *statistics)
{
    struct tape *tape = context->tape;
    const int last = context->network.shape->context_layers - 1;
    const struct pairs pairs = draw_pairs(context, batch);
    const int count = pairs.count;
    struct tensor *one = project(context, encoding->contexts[last], pairs.side[0], count);
    struct tensor *two = project(context, encoding->target_contexts[last], pairs.side[1], count);
    struct info_nce_options options = {.temperature = (float)context->setting[TEMPERATURE]};
    float hits[2];
    struct tensor *losses[] = {tape_info_nce(tape, one, two, NULL, options, &hits[0]),
                               tape_info_nce(tape, two, one, NULL, options, &hits[1])};
    objective_note(statistics, "accuracy", ((double)hits[0] + (double)hits[1]) / 2);
    objective_note(statistics, "chance", 1.0 / count);
    objective_note(statistics, "deviation", objective_unit_deviation(one));
    return tape_weighted_sum(tape, losses, (float[]){0.5f, 0.5f}, 2);
}

const struct objective objective_simclr = {
    .name = "simclr",
    .summary = "two augmented views of one segment look alike (NT-Xent)",
    .source = "Chen et al. 2020, arXiv:2002.05709; COLA, Saeed et al. 2021, arXiv:2010.10915",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .needs = NEEDS_TARGET_VIEW | NEEDS_TARGET_CONTEXTS,
    .declare = declare,
    .init = init,
    .loss = loss,
};
