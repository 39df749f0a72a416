// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/keyword_thresholds.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

enum { PEAKS = 30 };               // of whose excesses the median is taken
static const float most_above = 1; // log odds
static const float least = -1.0f;  // log odds; lower, words are confused with each other

struct collecting {
    float *peaks; // [seconds][classes] highest log odds of each second
    int seconds, capacity, classes;
    int second; // decisions of one
    int stream;
    bool out_of_memory;
};

static bool begin_second(struct collecting *c)
{
    if (c->seconds == c->capacity) {
        const int capacity = 2 * c->capacity + 4096;
        float *peaks = realloc(c->peaks, (size_t)capacity * (size_t)c->classes * sizeof *peaks);
        if (!peaks)
            return false;
        c->peaks = peaks;
        c->capacity = capacity;
    }
    float *row = c->peaks + (size_t)c->seconds++ * (size_t)c->classes;
    for (int k = 0; k < c->classes; k++)
        row[k] = -INFINITY;
    return true;
}

static bool collect(void *user, int stream, int first, int count, const float *odds)
{
    struct collecting *c = user;
    for (int i = 0; i < count; i++, odds += c->classes) {
        if (stream != c->stream || (first + i) % c->second == 0) {
            c->out_of_memory = !begin_second(c);
            if (c->out_of_memory)
                return false;
        }
        c->stream = stream;
        float *row = c->peaks + (size_t)(c->seconds - 1) * (size_t)c->classes;
        for (int k = 0; k < c->classes; k++)
            row[k] = odds[k] > row[k] ? odds[k] : row[k];
    }
    return true;
}

static int compare_down(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left < right) - (left > right);
}

// peaks [count], sorted from the highest; wanted: how many of them may lie above the threshold.
static float threshold_of(const float *peaks, int count, double wanted)
{
    const int used = count > 2 * PEAKS ? PEAKS : count / 2;
    if (used < 1)
        return 0;
    if (wanted >= used)
        return peaks[(int)fmin(wanted, count - 1)];
    // An exponential's median is ln 2 of its mean; a few words that were said do not move it.
    const double scale = (double)(peaks[used / 2] - peaks[used]) / log(2);
    return peaks[used] + (float)(scale * log(used / wanted));
}

// Where the hours do hold a word after all, its threshold would be beyond every word: none is more
// than so much above the median of all.
static void limit_thresholds(const struct head_shape *shape, float *thresholds)
{
    enum { LEAST = 5, MOST = 256 }; // the median of fewer says little
    float sorted[MOST];
    int words = 0;
    for (int k = 0; k < shape->class_count && words < MOST; k++)
        if (!shape->background[k])
            sorted[words++] = thresholds[k];
    if (words < LEAST)
        return;
    qsort(sorted, (size_t)words, sizeof *sorted, compare_down);
    for (int k = 0; k < shape->class_count; k++)
        thresholds[k] = fminf(thresholds[k], sorted[words / 2] + most_above);
}

auricle_status keyword_thresholds_choose(struct keyword_network *network,
                                         const struct heard_streams *hours,
                                         const struct head_shape *shape, double per_hour,
                                         float *thresholds, auricle_error *error)
{
    struct collecting c = {
        .classes = shape->class_count, .second = 100 / hours->hop_frames, .stream = -1};
    float *bias = parameters_tensor(&network->parameters, network->output_bias)->data;
    int words = 0;
    for (int k = 0; k < c.classes; k++)
        words += !shape->background[k];
    auricle_status status = keyword_listen(network, hours, collect, &c, error);
    float *column = malloc(((size_t)c.seconds + 1) * sizeof *column);
    if (c.out_of_memory || !column)
        status = error_set(error, AURICLE_NO_MEMORY, "no memory to choose thresholds");
    for (int k = 0; k < c.classes && !status; k++) {
        thresholds[k] = 0;
        if (shape->background[k])
            continue;
        for (int i = 0; i < c.seconds; i++)
            column[i] = c.peaks[(size_t)i * (size_t)c.classes + (size_t)k];
        qsort(column, (size_t)c.seconds, sizeof *column, compare_down);
        const double wanted = per_hour / words * c.seconds / 3600;
        thresholds[k] = fmaxf(threshold_of(column, c.seconds, fmax(wanted, 1e-6)), least);
    }
    limit_thresholds(shape, thresholds);
    for (int k = 0; k < c.classes && !status; k++)
        bias[k] -= shape->background[k] ? 0 : thresholds[k];
    free(column);
    free(c.peaks);
    return status;
}
