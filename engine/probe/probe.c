// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Recordings of both splits -> vectors -> standardise on train -> logistic regression or LDA ->
// test.
#define _POSIX_C_SOURCE 200809L // strdup
#include <auricle/probe.h>

#include "base/error.h"
#include "base/grow.h"
#include "kernels/kernels.h"
#include "learn/discriminant.h"
#include "learn/logistic.h"
#include "probe/frames.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 5, CHOOSE_ITERATIONS = 60, FRAME_STEP = 16 };

enum { TRAIN, TEST, CHOOSE, SPLITS };

struct vectors { // of one split
    struct corpus corpus;
    float *x;     // [count][dims]
    int *label;   // [count]
    int *speaker; // [count], index among all speakers
    int count;    // items that could be read
    size_t room;  // items that the arrays have room for
};

struct probe {
    const auricle_probe_config *config;
    auricle_probe_result *result;
    struct clip_encoder encoder;
    struct vectors split[SPLITS];
    const char **names; // speakers [name_count], borrowed from the corpora
    int name_count, names_in_train, classes_in_train, done, total;
};

static const char *test_split(const auricle_probe_data *data)
{
    return data->test_split && *data->test_split ? data->test_split : "dev";
}

static const char *train_split(const auricle_probe_data *data)
{
    return data->train_split && *data->train_split ? data->train_split : "train";
}

static bool has_choose_split(const auricle_probe_data *data)
{
    return data->choose_split && *data->choose_split;
}

static auricle_status read_corpora(struct probe *probe, auricle_error *error)
{
    const auricle_probe_data *data = &probe->config->data;
    const char *const names[SPLITS] = {train_split(data), test_split(data), data->choose_split};
    for (int s = 0; s < (has_choose_split(data) ? SPLITS : CHOOSE); s++) {
        struct vectors *split = &probe->split[s];
        struct corpus_filter filter = {.task = data->task,
                                       .source = data->source,
                                       .split = names[s],
                                       .draw = s == TRAIN  ? CORPUS_DRAW_TRAIN
                                               : s == TEST ? CORPUS_DRAW_DEV
                                                           : CORPUS_DRAW_NONE,
                                       .only_ship = data->only_shippable};
        auricle_status status = AURICLE_OK;
        for (int i = 0; i < data->folder_count; i++) { // one folder may lack a split
            status = corpus_add(&split->corpus, data->folders[i], &filter, error);
            if (status != AURICLE_OK && status != AURICLE_INVALID)
                return status;
        }
        if (split->corpus.count == 0)
            return status != AURICLE_OK
                       ? status
                       : error_set(error, AURICLE_INVALID, "no data: give --data DIR");
        probe->total += split->corpus.count;
        probe->result->skipped += split->corpus.skipped;
    }
    return AURICLE_OK;
}

static int index_of(const char **names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

// The number of a label, new or known; -1 when memory is out.
static int name_label(struct probe *probe, const char *label)
{
    auricle_probe_result *result = probe->result;
    int at = index_of((const char **)result->labels, result->class_count, label);
    if (at >= 0)
        return at;
    char *copy = strdup(label);
    if (copy)
        result->labels[result->class_count] = copy;
    return copy ? result->class_count++ : -1;
}

static int name_speaker(struct probe *probe, const char *speaker)
{
    int at = *speaker ? index_of(probe->names, probe->name_count, speaker) : -1;
    if (at >= 0)
        return at;
    probe->names[probe->name_count] = speaker; // an unnamed one is a speaker of its own
    return probe->name_count++;
}

static auricle_status advance(struct probe *probe, int rows, auricle_error *error)
{
    const auricle_probe_config *config = probe->config;
    probe->done += rows;
    return !config->progress || config->progress(probe->done, probe->total, config->user)
               ? AURICLE_OK
               : error_set(error, AURICLE_INTERRUPTED, "interrupted");
}

static void skip(struct probe *probe, int rows, const auricle_error *reason)
{
    auricle_probe_result *result = probe->result;
    if (!*result->note)
        snprintf(result->note, sizeof result->note, "%.200s", reason->text);
    result->skipped += rows;
}

static auricle_status embed_split(struct probe *probe, int s, auricle_error *error)
{
    struct vectors *split = &probe->split[s];
    auricle_probe_result *result = probe->result;
    size_t rows = (size_t)split->corpus.count, dims = (size_t)result->dims;
    split->x = malloc(rows * dims * sizeof(float));
    split->label = malloc(rows * sizeof(int));
    split->speaker = malloc(rows * sizeof(int));
    if (!split->x || !split->label || !split->speaker)
        return error_no_memory(error, "%zu recordings", rows);
    for (int i = 0; i < split->corpus.count; i++) {
        const struct corpus_row *row = &split->corpus.rows[i];
        auricle_error reason = {0};
        auricle_status status = *row->label ? AURICLE_OK
                                            : error_set(&reason, AURICLE_INVALID,
                                                        "%s: the row has no label", row->path);
        if (status == AURICLE_OK)
            status = clip_encoder_row(&probe->encoder, row, split->x + (size_t)split->count * dims,
                                      &reason);
        if (status == AURICLE_NO_MEMORY)
            return error_set(error, status, "%s", reason.text);
        if (status != AURICLE_OK) {
            skip(probe, 1, &reason);
        } else {
            int label = name_label(probe, row->label);
            if (label < 0)
                return error_no_memory(error, "labels");
            split->speaker[split->count] = name_speaker(probe, row->speaker);
            split->label[split->count++] = label;
        }
        status = advance(probe, 1, error);
        if (status != AURICLE_OK)
            return status;
    }
    if (split->count == 0)
        return error_set(error, AURICLE_INVALID, "none of %zu recordings could be read: %s", rows,
                         result->note);
    return AURICLE_OK;
}

// ---- the same, frame by frame

struct frame_gathering {
    struct probe *probe;
    struct vectors *split;
    int *labels, *speakers; // [rows of the current recording]; labels owns both
};

static bool begin_recording(void *user, const struct corpus_row *rows, int count)
{
    struct frame_gathering *g = user;
    free(g->labels);
    g->labels = malloc(2 * (size_t)count * sizeof *g->labels);
    g->speakers = g->labels ? g->labels + count : NULL;
    for (int i = 0; g->labels && i < count; i++) {
        g->labels[i] = name_label(g->probe, rows[i].label);
        g->speakers[i] = name_speaker(g->probe, rows[i].speaker);
        if (g->labels[i] < 0)
            return false;
    }
    return g->labels != NULL;
}

static bool add_frame(void *user, int row, const float *frame)
{
    const struct frame_gathering *g = user;
    struct vectors *split = g->split;
    const size_t bytes = (size_t)g->probe->result->dims * sizeof *split->x;
    if (!GROW_ALL((size_t)split->count + 1, split->room, {&split->x, bytes},
                  {&split->label, sizeof *split->label}, {&split->speaker, sizeof *split->speaker}))
        return false;
    memcpy((char *)split->x + (size_t)split->count * bytes, frame, bytes);
    split->speaker[split->count] = g->speakers[row];
    split->label[split->count++] = g->labels[row];
    return true;
}

static void skip_rows(void *user, int rows, const auricle_error *reason)
{
    skip(((struct frame_gathering *)user)->probe, rows, reason);
}

static auricle_status advance_rows(void *user, int rows, auricle_error *error)
{
    return advance(((struct frame_gathering *)user)->probe, rows, error);
}

static auricle_status embed_frames(struct probe *probe, int s, auricle_error *error)
{
    const int step = probe->config->train_step > 0 ? probe->config->train_step : FRAME_STEP;
    struct vectors *split = &probe->split[s];
    struct frame_gathering g = {.probe = probe, .split = split};
    const struct frame_sink sink = {.begin = begin_recording,
                                    .add = add_frame,
                                    .skip = skip_rows,
                                    .advance = advance_rows,
                                    .user = &g};
    auricle_status status =
        frames_visit(&probe->encoder, &split->corpus, s == TRAIN ? step : 1, &sink, error);
    free(g.labels);
    if (!status && split->count == 0)
        status = error_set(error, AURICLE_INVALID, "no frame of %d rows could be read: %s",
                           split->corpus.count, probe->result->note);
    return status;
}

// ---- what the vectors are for

// The figures mean nothing new unless no speaker is in both splits.
static int shared_speakers(const struct probe *probe)
{
    const struct vectors *test = &probe->split[TEST];
    int shared = 0;
    for (int name = 0; name < probe->names_in_train; name++) {
        int used = 0;
        for (int i = 0; i < test->count && !used; i++)
            used = test->speaker[i] == name;
        shared += used;
    }
    return shared;
}

static bool is_verification(const struct probe *probe)
{
    const struct vectors *train = &probe->split[TRAIN], *test = &probe->split[TEST];
    for (int i = 0; i < test->count; i++)
        for (int j = 0; j < train->count; j++)
            if (test->label[i] == train->label[j])
                return false;
    return true;
}

static auricle_status standardise(struct probe *probe, auricle_error *error)
{
    int dims = probe->result->dims;
    float *mean = malloc(2 * (size_t)dims * sizeof(float));
    if (!mean)
        return error_no_memory(error, "%d numbers", dims);
    standardise_measure(probe->split[TRAIN].x, probe->split[TRAIN].count, dims, mean, mean + dims);
    for (int s = 0; s < SPLITS; s++)
        standardise_apply(probe->split[s].x, probe->split[s].count, dims, mean, mean + dims);
    free(mean);
    return AURICLE_OK;
}

// ---- classification

static struct logistic_data items(const struct probe *probe, int s)
{
    const struct vectors *split = &probe->split[s];
    return (struct logistic_data){.x = split->x,
                                  .y = split->label,
                                  .count = split->count,
                                  .dims = probe->result->dims,
                                  .classes = probe->result->class_count};
}

static void predict(const struct logistic *model, const struct logistic_data *data, int *predicted)
{
    for (int i = 0; i < data->count; i++)
        predicted[i] = logistic_predict(model, data->x + (size_t)i * data->dims);
}

static bool fit_within_train(struct probe *probe, struct logistic *model)
{
    static const double grid[] = {1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1};
    const struct logistic_data train = items(probe, TRAIN);
    probe->result->l2 = logistic_choose_l2(&train, probe->split[TRAIN].speaker, FOLDS, grid,
                                           (int)(sizeof grid / sizeof *grid));
    return !isnan(probe->result->l2) && logistic_fit(&train, probe->result->l2, 0, model);
}

static int count_correct(const struct logistic *model, const struct logistic_data *data)
{
    int correct = 0;
    for (int i = 0; i < data->count; i++)
        correct += logistic_predict(model, data->x + (size_t)i * data->dims) == data->y[i];
    return correct;
}

// The most accurate on the split to choose on; of equals the one with more regularisation. Each
// begins where the one before ended, which is near: frames are many, and so is what a step costs.
static bool fit_and_choose(struct probe *probe, struct logistic *best)
{
    static const double grid[] = {1e-2, 1e-3, 1e-4};
    struct logistic_data train = items(probe, TRAIN);
    const struct logistic_data choose = items(probe, CHOOSE);
    struct logistic fitted[sizeof grid / sizeof *grid] = {{0}};
    const int count = sizeof grid / sizeof *grid;
    int chosen = -1, most = -1;
    for (int g = 0; g < count; g++) {
        train.start = g > 0 ? &fitted[g - 1] : NULL;
        if (!logistic_fit(&train, grid[g], CHOOSE_ITERATIONS, &fitted[g])) {
            chosen = -1;
            break;
        }
        const int correct = count_correct(&fitted[g], &choose);
        chosen = correct > most ? g : chosen;
        most = correct > most ? correct : most;
    }
    for (int g = 0; g < count; g++)
        if (g == chosen)
            *best = fitted[g];
        else
            logistic_free(&fitted[g]);
    probe->result->l2 = chosen < 0 ? (double)NAN : grid[chosen];
    return chosen >= 0;
}

static auricle_status classify(struct probe *probe, auricle_error *error)
{
    auricle_probe_result *result = probe->result;
    const struct logistic_data test = items(probe, TEST);
    struct logistic model = {0};
    auricle_status status = AURICLE_NO_MEMORY;
    int *predicted = malloc((size_t)test.count * sizeof *predicted);
    result->confusion =
        calloc((size_t)result->class_count * (size_t)result->class_count, sizeof(int));
    bool choose = has_choose_split(&probe->config->data);
    if (!predicted || !result->confusion ||
        !(choose ? fit_and_choose(probe, &model) : fit_within_train(probe, &model))) {
        error_set(error, status, "no memory to fit %d items", probe->split[TRAIN].count);
        goto fail;
    }
    predict(&model, &test, predicted);
    status = auricle_metric_classification(test.y, predicted, test.count, result->class_count,
                                           result->confusion, &result->scores, error);
fail:
    logistic_free(&model);
    free(predicted);
    return status;
}

// Every pair of test recordings is a trial. vectors [count][dims].
static auricle_status pair_eer(const float *vectors, int stride, int dims, const int *label,
                               int count, double *eer, auricle_error *error)
{
    size_t pairs = (size_t)count * (size_t)(count - 1) / 2, at = 0;
    float *scores = malloc((pairs + 1) * sizeof *scores);
    unsigned char *same = malloc(pairs + 1);
    auricle_status status = AURICLE_NO_MEMORY;
    if (!scores || !same) {
        error_set(error, status, "no memory for %zu trials", pairs);
        goto fail;
    }
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++, at++) {
            scores[at] = discriminant_cosine(dims, vectors + (size_t)i * stride,
                                             vectors + (size_t)j * stride);
            same[at] = label[i] == label[j];
        }
    status = auricle_metric_eer(scores, same, pairs, eer, error);
fail:
    free(scores);
    free(same);
    return status;
}

static auricle_status verify(struct probe *probe, auricle_error *error)
{
    auricle_probe_result *result = probe->result;
    struct vectors *train = &probe->split[TRAIN], *test = &probe->split[TEST];
    int dims = clip_embedder_mean_dims(probe->encoder.embedder);
    for (int s = 0; s < SPLITS; s++) // mean and deviation only, side by side
        for (int i = 0; i < probe->split[s].count; i++)
            memmove(probe->split[s].x + (size_t)i * dims,
                    probe->split[s].x + (size_t)i * result->dims, (size_t)dims * sizeof(float));
    auricle_status status =
        pair_eer(test->x, dims, dims, test->label, test->count, &result->eer_raw, error);
    if (status != AURICLE_OK)
        return status;
    struct discriminant lda;
    if (!discriminant_fit(train->x, train->label, train->count, dims, probe->classes_in_train, 0,
                          0.1, &lda))
        return error_set(error, AURICLE_INVALID,
                         "LDA on %d recordings failed: train needs more recordings than speakers",
                         train->count);
    float *projected = malloc((size_t)test->count * (size_t)lda.kept * sizeof(float));
    if (projected) {
        for (int i = 0; i < test->count; i++)
            discriminant_project(&lda, test->x + (size_t)i * dims,
                                 projected + (size_t)i * lda.kept);
        status = pair_eer(projected, lda.kept, lda.kept, test->label, test->count, &result->eer_lda,
                          error);
    } else {
        status = error_no_memory(error, "%d recordings", test->count);
    }
    free(projected);
    discriminant_free(&lda);
    return status;
}

static auricle_status run(struct probe *probe, auricle_error *error)
{
    auricle_probe_result *result = probe->result;
    auricle_status status =
        clip_encoder_open(probe->config->encoder, probe->config->seed, &probe->encoder, error);
    if (status == AURICLE_OK)
        status = read_corpora(probe, error);
    if (status != AURICLE_OK)
        return status;
    const bool frames = probe->config->frames;
    result->dims = frames ? clip_embedder_frame_dims(probe->encoder.embedder)
                          : clip_embedder_dims(probe->encoder.embedder);
    result->labels = calloc((size_t)probe->total, sizeof *result->labels);
    probe->names = calloc((size_t)probe->total, sizeof *probe->names);
    if (!result->labels || !probe->names)
        return error_no_memory(error, "%d rows", probe->total);
    for (int s = 0; s < SPLITS && status == AURICLE_OK && probe->split[s].corpus.count; s++) {
        status = frames ? embed_frames(probe, s, error) : embed_split(probe, s, error);
        if (s == TRAIN) {
            probe->names_in_train = probe->name_count;
            probe->classes_in_train = result->class_count;
        }
    }
    if (status == AURICLE_OK)
        status = standardise(probe, error);
    if (status != AURICLE_OK)
        return status;
    result->train_count = probe->split[TRAIN].count;
    result->test_count = probe->split[TEST].count;
    result->shared_speakers = shared_speakers(probe);
    result->verification = is_verification(probe);
    return result->verification ? verify(probe, error) : classify(probe, error);
}

auricle_status auricle_probe(const auricle_probe_config *config, auricle_probe_result *result,
                             auricle_error *error)
{
    struct probe probe = {.config = config, .result = result};
    *result = (auricle_probe_result){0};
    kernels_use_blas(1);
    auricle_status status = run(&probe, error);
    for (int s = 0; s < SPLITS; s++) {
        corpus_free(&probe.split[s].corpus);
        free(probe.split[s].x);
        free(probe.split[s].label);
        free(probe.split[s].speaker);
    }
    free(probe.names);
    clip_encoder_close(&probe.encoder);
    if (status != AURICLE_OK)
        auricle_probe_result_free(result);
    return status;
}

void auricle_probe_result_free(auricle_probe_result *result)
{
    for (int i = 0; result->labels && i < result->class_count; i++)
        free(result->labels[i]);
    free(result->labels);
    free(result->confusion);
    *result = (auricle_probe_result){0};
}
