// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Learning a prior: recordings become codes once, then windows of them become steps.
 *
 *     recordings -> codes (all in memory: 125 a second) -> B streams, one recording after another
 *     -> prior_loss -> AdamW;  every twentieth recording is held out and measured at the end
 *
 * A window never holds two recordings: what is over at a recording's end is padded, and the next
 * begins in silence, so that "begin" and a clear state always come together, as when generating. */
#define _POSIX_C_SOURCE 200809L
#include <auricle/generate.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "kernels/kernels.h"
#include "generate/prior_network.h"
#include "generate/codes.h"
#include "data/corpus.h"
#include "learn/optimiser.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HOLD_OUT = 20, REPORT = 10 };

struct piece { // one recording's codes
    size_t start, count;
    int label;
};

struct stream_place {
    const struct piece *piece;
    size_t at; // symbols of it that are done
    int label;
};

struct fitting {
    const auricle_prior_config *config;
    auricle_prior_result *result;
    struct coder *coder;
    struct corpus corpus;
    struct code_list codes;
    struct piece *pieces, *held_out;
    int count, held_out_count;
    json_t *labels;
    struct prior_shape shape;
    struct parameters parameters;
    int own[PRIOR_OWN];
    struct optimiser optimiser;
    struct tape *tape;
    // of a step:
    int symbols;
    struct stream_place *places;  // [streams]
    int *window, *before, *label; // [streams][symbols], [streams], [streams]
    float *state;                 // [streams][hidden]
    struct random random;
    char path[PATH_MAX];
};

void auricle_prior_defaults(auricle_prior_config *config)
{
    *config = (auricle_prior_config){.split = "train",
                                     .hours = 10,
                                     .steps = 2000,
                                     .streams = 32,
                                     .seconds = 2,
                                     .width = 128,
                                     .hidden = 384,
                                     .rate = 2e-3,
                                     .unlabelled = 0.2,
                                     .seed = 1};
}

static auricle_status check(const auricle_prior_config *config, auricle_error *error)
{
    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {{"recordings given", config->data_count, 1, 1e6},
                  {"hours", config->hours, 1e-4, 1000},
                  {"steps", (double)config->steps, 1, 1e9},
                  {"minutes", config->minutes, 0, 1e6},
                  {"streams", config->streams, 1, 256},
                  {"seconds of a window", config->seconds, 0.2, 60},
                  {"width", config->width, 1, 8192},
                  {"hidden", config->hidden, 1, 8192},
                  {"rate", config->rate, 1e-8, 1},
                  {"unlabelled", config->unlabelled, 0, 1}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return error_set(error, AURICLE_INVALID, "%s: %g, must be %g to %g", ranges[i].name,
                             ranges[i].value, ranges[i].low, ranges[i].high);
    return AURICLE_OK;
}

// ---- recordings to codes

// 1 + its place among the labels, added where it is new; 0 = none.
static int label_of(struct fitting *f, const char *label)
{
    size_t i;
    json_t *known;
    if (!label || !*label)
        return 0;
    json_array_foreach(f->labels, i, known)
        if (!strcmp(json_string_value(known), label))
            return (int)i + 1;
    if (json_array_size(f->labels) == MAX_PRIOR_LABELS)
        return 0; // a text of its own for each recording is no label
    json_array_append_new(f->labels, json_string(label));
    return (int)json_array_size(f->labels);
}

static auricle_status stopped(auricle_error *error)
{
    return error_set(error, AURICLE_INTERRUPTED, "interrupted: nothing is written");
}

static auricle_status encode(struct fitting *f, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    const struct decoder_shape *decoder = &coder_decoder(f->coder)->shape;
    const double per_second =
        100.0 * prior_cycle(&f->shape) / decoder_frames(decoder, decoder->levels - 1);
    f->pieces = calloc((size_t)f->corpus.count + 1, sizeof *f->pieces);
    f->held_out = calloc((size_t)f->corpus.count + 1, sizeof *f->held_out);
    if (!f->pieces || !f->held_out)
        return error_no_memory(error, "%d recordings", f->corpus.count);
    const double most = f->config->hours * 3600;
    for (int i = 0; i < f->corpus.count && !status; i++) {
        const size_t start = f->codes.count;
        const double heard = (double)start / per_second;
        if (heard >= most)
            break;
        status = coder_read(f->coder, f->corpus.rows[i].path, most - heard, &f->codes, error);
        const struct piece piece = {start, f->codes.count - start,
                                    label_of(f, f->corpus.rows[i].label)};
        if (piece.count > 0 && i % HOLD_OUT == HOLD_OUT - 1)
            f->held_out[f->held_out_count++] = piece;
        else if (piece.count > 0)
            f->pieces[f->count++] = piece;
        if (!status && f->config->progress &&
            !f->config->progress(0.2 * fmax(heard / most, (double)i / f->corpus.count), 0,
                                 f->config->user))
            status = stopped(error);
    }
    if (!status && f->count == 0)
        status = error_set(error, AURICLE_INVALID,
                           "no recording is as long as one code of the top "
                           "level");
    f->result->hours = (double)f->codes.count / per_second / 3600;
    return status;
}

// ---- windows

static void clear_stream(struct fitting *f, int b, const struct piece *piece, bool tell)
{
    f->places[b] = (struct stream_place){piece, 0, tell ? piece->label : 0};
    memset(f->state + (size_t)b * (size_t)f->shape.hidden, 0,
           (size_t)f->shape.hidden * sizeof *f->state);
}

// The next window of a stream, padded with -1.
static void fill_window(struct fitting *f, int b)
{
    struct stream_place *place = &f->places[b];
    const int *codes = f->codes.codes + place->piece->start;
    int *to = f->window + (size_t)b * (size_t)f->symbols;
    const size_t left = place->piece->count - place->at;
    const size_t taken = left < (size_t)f->symbols ? left : (size_t)f->symbols;
    f->before[b] = place->at ? codes[place->at - 1] : -1;
    f->label[b] = place->label;
    for (size_t i = 0; i < (size_t)f->symbols; i++)
        to[i] = i < taken ? codes[place->at + i] : -1;
    place->at += taken;
}

static struct prior_batch batch_of(const struct fitting *f, int streams)
{
    return (struct prior_batch){streams, f->symbols, f->window, f->before, f->label, f->state};
}

// ---- learning

static double make_step(struct fitting *f, double rate)
{
    for (int b = 0; b < f->config->streams; b++) {
        if (!f->places[b].piece || f->places[b].at == f->places[b].piece->count) {
            const uint64_t drawn = random_below(&f->random, (uint64_t)f->count);
            const bool tell = (double)random_uniform(&f->random) >= f->config->unlabelled;
            clear_stream(f, b, &f->pieces[drawn], tell);
        }
        fill_window(f, b);
    }
    const struct prior_batch batch = batch_of(f, f->config->streams);
    tape_reset(f->tape);
    struct tensor *loss = prior_loss(f->tape, &f->shape, &f->parameters, f->own, &batch, NULL);
    learn_step(f->tape, loss, &f->parameters, &f->optimiser, (float)rate);
    return (double)loss->data[0] / log(2);
}

static auricle_status learn(struct fitting *f, auricle_error *error)
{
    const auricle_prior_config *config = f->config;
    const double began = clock_wall_s(&machine_clock);
    double bits = 0, done = 0;
    for (int64_t step = 0; step < config->steps && done < 1; step++) {
        done = (double)step / (double)config->steps;
        if (config->minutes > 0)
            done = fmax(done, (clock_wall_s(&machine_clock) - began) / (60 * config->minutes));
        // cosine to a fiftieth, after 1 % of rising
        const double rate =
            config->rate * fmin(1, (double)(step + 1) / 50) * schedule_cosine(0.02, done);
        const double now = make_step(f, rate);
        bits = step ? 0.95 * bits + 0.05 * now : now;
        if (config->progress && step % REPORT == 0 &&
            !config->progress(0.2 + 0.8 * done, bits, config->user))
            return stopped(error);
    }
    return AURICLE_OK;
}

// ---- held out

static void measure_learned(struct fitting *f, struct prior_sums *sums)
{
    for (int i = 0; i < f->held_out_count; i++) {
        clear_stream(f, 0, &f->held_out[i], true);
        while (f->places[0].at < f->held_out[i].count) {
            fill_window(f, 0);
            const struct prior_batch batch = batch_of(f, 1);
            tape_reset(f->tape);
            prior_loss(f->tape, &f->shape, &f->parameters, f->own, &batch, sums);
        }
    }
}

// Each held-out code by its frequency among those learned from, with one added to each.
static void measure_frequencies(struct fitting *f, int level, double *bits, double *in_use)
{
    const int codes = f->shape.codes, cycle = prior_cycle(&f->shape);
    double *counts = calloc((size_t)codes, sizeof *counts), all = codes, sum = 0, heard = 0;
    double entropy = 0;
    for (int v = 0; counts && v < codes; v++)
        counts[v] = 1;
    for (int p = 0; counts && p < f->count; p++)
        for (size_t i = 0; i < f->pieces[p].count; i++)
            if (prior_level(&f->shape, (int)(i % (size_t)cycle)) == level) {
                counts[f->codes.codes[f->pieces[p].start + i]]++;
                all++;
            }
    for (int p = 0; counts && p < f->held_out_count; p++)
        for (size_t i = 0; i < f->held_out[p].count; i++)
            if (prior_level(&f->shape, (int)(i % (size_t)cycle)) == level) {
                sum -= log2(counts[f->codes.codes[f->held_out[p].start + i]] / all);
                heard++;
            }
    for (int v = 0; counts && v < codes; v++)
        if (counts[v] > 1)
            entropy -= counts[v] / all * log(counts[v] / all);
    *bits = heard > 0 ? sum / heard : (double)NAN;
    *in_use = exp(entropy);
    free(counts);
}

static void measure(struct fitting *f)
{
    struct prior_sums sums = {.count = {0}};
    auricle_prior_result *result = f->result;
    measure_learned(f, &sums);
    result->levels = f->shape.levels;
    result->labels = f->shape.labels;
    result->recordings = f->count;
    result->held_out = f->held_out_count;
    for (int l = 0; l < f->shape.levels; l++) {
        result->level[l].uniform = log2(f->shape.codes);
        result->level[l].prior =
            sums.count[l] > 0 ? sums.nats[l] / sums.count[l] / log(2) : (double)NAN;
        measure_frequencies(f, l, &result->level[l].unigram, &result->level[l].in_use);
    }
}

// ---- from beginning to end

static auricle_status prepare(struct fitting *f, auricle_error *error)
{
    const struct adamw adamw = {
        .beta1 = 0.9f, .beta2 = 0.98f, .epsilon = 1e-8f, .decay = 0.01f, .clip = 1};
    const auricle_prior_config *config = f->config;
    const size_t streams = (size_t)config->streams;
    const int cycle = prior_cycle(&f->shape);
    const int cycles =
        (int)fmax(1, config->seconds * 100 /
                         decoder_frames(&coder_decoder(f->coder)->shape, f->shape.levels - 1));
    f->symbols = cycles * cycle;
    f->shape.labels = (int)json_array_size(f->labels);
    prior_declare(&f->shape, &f->parameters, f->own);
    f->tape = tape_create(true);
    f->places = calloc(streams, sizeof *f->places);
    f->window = calloc(streams * (size_t)f->symbols, sizeof *f->window);
    f->before = calloc(streams, sizeof *f->before);
    f->label = calloc(streams, sizeof *f->label);
    f->state = calloc(streams * (size_t)f->shape.hidden, sizeof *f->state);
    if (!parameters_allocate(&f->parameters) ||
        !optimiser_create(f->parameters.size, adamw, &f->optimiser) || !f->tape || !f->places ||
        !f->window || !f->before || !f->label || !f->state)
        return error_no_memory(error, "a prior of %d units", f->shape.hidden);
    struct random random = random_for(config->seed, 0);
    f->random = random_for(config->seed, 1);
    prior_init(&f->shape, &f->parameters, f->own, &random);
    return AURICLE_OK;
}

static auricle_status write(struct fitting *f, auricle_error *error)
{
    json_t *bits = json_array();
    for (int l = 0; l < f->result->levels; l++)
        if (f->held_out_count)
            json_array_append_new(bits,
                                  json_pack("{s:f, s:f, s:f}", "prior", f->result->level[l].prior,
                                            "unigram", f->result->level[l].unigram, "uniform",
                                            f->result->level[l].uniform));
    json_t *card =
        json_pack("{s:s, s:I, s:f, s:i, s:i, s:o}", "made_by", "auricle " AURICLE_VERSION, "seed",
                  (json_int_t)f->config->seed, "hours", f->result->hours, "recordings", f->count,
                  "held_out_recordings", f->held_out_count, "bits", bits);
    if (card && f->config->command)
        json_object_set_new(card, "command", json_string(f->config->command));
    auricle_status status = prior_write(f->path, &f->shape, &f->parameters,
                                        coder_decoder(f->coder)->hash, f->labels, card, error);
    json_decref(card);
    return status;
}

static auricle_status fit(struct fitting *f, auricle_error *error)
{
    const auricle_prior_config *config = f->config;
    // a file once: what is held out of it must not be learned from another row
    const struct corpus_filter filter = {
        .task = config->task, .split = config->split, .unique_files = true, .or_none = true};
    auricle_status status = check(config, error);
    if (!status)
        status = coder_create(config->model, config->decoder, &f->coder, error);
    if (!status && config->out)
        snprintf(f->path, sizeof f->path, "%s", config->out);
    else if (!status)
        status = decoder_beside(config->model, "prior", f->path, sizeof f->path, error);
    if (!status)
        status = file_check_place(f->path, error);
    for (int i = 0; i < config->data_count && !status; i++)
        status = corpus_add(&f->corpus, config->data[i], &filter, error);
    if (status)
        return status;
    const struct decoder_shape *decoder = &coder_decoder(f->coder)->shape;
    f->shape = (struct prior_shape){.levels = decoder->levels,
                                    .codes = decoder->codes,
                                    .stride = decoder->stride,
                                    .width = config->width,
                                    .hidden = config->hidden};
    f->labels = json_array();
    kernels_use_blas(1);
    status = encode(f, error);
    if (!status)
        status = prepare(f, error);
    if (!status)
        status = learn(f, error);
    if (status)
        return status;
    measure(f);
    return write(f, error);
}

auricle_status auricle_prior_fit(const auricle_prior_config *config, auricle_prior_result *result,
                                 auricle_error *error)
{
    struct fitting f = {.config = config, .result = result};
    *result = (auricle_prior_result){0};
    auricle_status status = fit(&f, error);
    coder_destroy(&f.coder);
    corpus_free(&f.corpus);
    code_list_free(&f.codes);
    optimiser_free(&f.optimiser);
    parameters_free(&f.parameters);
    tape_destroy(&f.tape);
    json_decref(f.labels);
    free(f.pieces);
    free(f.held_out);
    free(f.places);
    free(f.window);
    free(f.before);
    free(f.label);
    free(f.state);
    return status;
}
