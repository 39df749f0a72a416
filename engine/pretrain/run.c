// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Pretraining from beginning to end:
 *
 *     recordings -> selection -> loader -> learner -.
 *                                  ^-- next batch --'
 *     now and then: held-out evaluation, metrics line, checkpoint; at the end: the model file */
#define _POSIX_C_SOURCE 200809L
#include "pretrain/run.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "kernels/kernels.h"
#include "model/model.h"
#include "pretrain/checkpoint.h"
#include "pretrain/learner.h"
#include "pretrain/prepare.h"
#include "pretrain/provenance.h"
#include "pretrain/run_folder.h"
#include "pretrain/warm_start.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPORT_EVERY = 10, MAX_LOADER_THREADS = 16 };

struct pretraining {
    const auricle_pretrain_config *config;
    struct settings settings;
    struct selection selection;
    struct teacher_config teacher; // width 0: no objective learns from one
    struct loader *loader;
    struct learner learner;
    struct held_out held_out;
    struct progress progress;
    struct pace pace;
    struct report_sink sink;
    int64_t session_steps_left; // < 0: no limit
    double last_checkpoint_s;   // by the wall clock
    bool warned_of_no_gradient;
    int lock; // of the run folder
    char checkpoint_path[PATH_MAX], journal_path[PATH_MAX], out_path[PATH_MAX];
};

void auricle_pretrain_defaults(auricle_pretrain_config *config)
{
    *config = (auricle_pretrain_config){
        .split = "train",
        .objective = "cpc:1,apc:0.5,masked:0.5",
        .steps = 20000,
        .eval_every = 500,
        .checkpoint_minutes = 5,
        .workers = 1,
        .loader_threads = 1,
        .seed = 1,
    };
}

// ---- setting up

static auricle_status check_config(const auricle_pretrain_config *config, auricle_error *error)
{
    if (config->workers < 1 || config->workers > MAX_WORKERS)
        return error_set(error, AURICLE_INVALID, "%d workers: must be 1 to %d", config->workers,
                         MAX_WORKERS);
    if (config->loader_threads < 0 || config->loader_threads > MAX_LOADER_THREADS)
        return error_set(error, AURICLE_INVALID, "%d loader threads: must be 0 to %d",
                         config->loader_threads, MAX_LOADER_THREADS);
    if (config->hours <= 0 && !pace_has_budget(config) && config->steps < 1)
        return error_set(error, AURICLE_INVALID, "%lld steps: must be 1 or more",
                         (long long)config->steps);
    if (!config->run_folder || !*config->run_folder)
        return error_set(error, AURICLE_INVALID,
                         "no run folder: name one for checkpoint and metrics");
    return AURICLE_OK;
}

static auricle_status read_settings(struct pretraining *p, auricle_error *error)
{
    const auricle_pretrain_config *config = p->config;
    auricle_status status = settings_parse(config->objective, config->settings,
                                           config->setting_count, &p->settings, error);
    if (!status && config->workers > p->settings.loop.streams)
        status = error_set(error, AURICLE_INVALID,
                           "%d workers share %d streams: set loop.streams higher", config->workers,
                           p->settings.loop.streams);
    return status;
}

static auricle_status name_files(struct pretraining *p, auricle_error *error)
{
    const char *folder = p->config->run_folder;
    int length = snprintf(p->checkpoint_path, sizeof p->checkpoint_path,
                          "%s/checkpoint.safetensors", folder);
    if (length >= (int)sizeof p->checkpoint_path)
        return error_set(error, AURICLE_INVALID, "%.80s...: the path is too long", folder);
    snprintf(p->journal_path, sizeof p->journal_path, "%s/metrics.jsonl", folder);
    if (p->config->out)
        snprintf(p->out_path, sizeof p->out_path, "%s", p->config->out);
    else
        snprintf(p->out_path, sizeof p->out_path, "%s/model.safetensors", folder);
    auricle_status status = run_folder_open(folder, &p->lock, error);
    if (!status && p->config->out)
        status = file_check_place(p->out_path, error);
    if (!status && !p->config->resume && access(p->checkpoint_path, F_OK) == 0)
        status = error_set(
            error, AURICLE_INVALID,
            "%s holds a checkpoint: go on from it with --resume, or name another folder", folder);
    return status;
}

// The width of a teacher's rows decides how large the network is.
static auricle_status find_teacher(struct pretraining *p, auricle_error *error)
{
    const auricle_pretrain_config *config = p->config;
    if (!config->teacher && !mixture_needs(&p->settings.mixture, NEEDS_TEACHER))
        return mixture_set_teacher(&p->settings.mixture, 0, error);
    p->teacher = (struct teacher_config){.folder = config->teacher,
                                         .data = config->data,
                                         .hop_s = p->settings.teacher.hop_s,
                                         .first_s = p->settings.teacher.first_s,
                                         .delay = p->settings.teacher.delay,
                                         .nearest = p->settings.teacher.nearest,
                                         .may_lack = p->settings.teacher.missing};
    auricle_status status =
        teacher_width(&p->teacher, &p->selection.train, &p->teacher.width, error);
    return status ? status : mixture_set_teacher(&p->settings.mixture, p->teacher.width, error);
}

static auricle_status choose_kernels(struct pretraining *p, auricle_error *error)
{
    const bool bf16 = p->settings.loop.bf16;
    kernels_use_blas(1);
    if (bf16 && !kernels_use_bf16())
        return error_set(error, AURICLE_INVALID,
                         "loop.bf16=1: this CPU has neither AVX512-BF16 nor AMX; set loop.bf16=0");
    const char *advice = bf16 ? kernels_bf16_advice() : kernels_blas_advice();
    if (advice)
        report_note(&p->sink, advice);
    return AURICLE_OK;
}

static struct loader_config loader_settings(struct pretraining *p)
{
    const struct loop_settings *loop = &p->settings.loop;
    const bool features = p->settings.shape.front_end == FRONT_END_LOGMEL;
    const struct encoder_shape shape = features ? p->settings.shape : encoder_shape_default();
    return (struct loader_config){
        .corpus = &p->selection.train,
        .noise = p->selection.noise.count ? &p->selection.noise : NULL,
        .streams = loop->streams,
        .frames = loop->frames,
        .views = loop->views,
        .augment = {p->settings.augment[0], p->settings.augment[1]},
        .want_features = features,
        .want_samples = !features || mixture_needs(&p->settings.mixture, NEEDS_SAMPLES),
        .logmel = model_logmel_config(&shape),
        .seed = p->config->seed,
        .threads = p->config->loader_threads,
        .gap_probability = (float)loop->gap,
        .gap_low_s = (float)loop->gap_low_s,
        .gap_high_s = (float)loop->gap_high_s,
        .teacher = p->teacher,
        .log = report_note,
        .log_user = &p->sink,
    };
}

// Held-out sound is augmented like the rest: an objective cannot learn from two equal views. Seed
// and position decide how, so every evaluation hears the same.
static auricle_status make_parts(struct pretraining *p, auricle_error *error)
{
    const auricle_pretrain_config *config = p->config;
    struct loader_config loader = loader_settings(p), held_out = loader;
    held_out.corpus = &p->selection.held_out;
    held_out.threads = 0;
    auricle_status status =
        learner_create(&p->settings, config->seed, config->workers, &p->learner, error);
    if (!status)
        status = loader_create(&loader, &p->loader, error);
    if (!status)
        status = held_out_create(&p->settings, &p->learner.network,
                                 p->selection.held_out.count ? &held_out : NULL, config->seed + 1,
                                 config->workers, &p->held_out, error);
    return status;
}

// A resume with another number of steps follows another schedule from here on; the card says so.
static auricle_status plan(struct pretraining *p, auricle_error *error)
{
    struct progress *progress = &p->progress;
    const int64_t before = progress->steps;
    progress->steps = pace_has_budget(p->config) ? 0 : p->pace.steps;
    if (before == 0 || before == progress->steps)
        return AURICLE_OK;
    if (!progress->replanned)
        progress->replanned = json_array();
    json_t *change =
        json_pack("{s:I, s:I}", "step", (json_int_t)progress->step, "steps", (json_int_t)before);
    return json_array_append_new(progress->replanned, change) == 0
               ? AURICLE_OK
               : error_no_memory(error, "the planned steps");
}

static auricle_status resume(struct pretraining *p, auricle_error *error)
{
    auricle_status status = checkpoint_read(p->checkpoint_path, p->learner.trainer,
                                            &p->learner.optimiser, &p->progress, error);
    if (status == AURICLE_NOT_FOUND)
        error_set(error, status,
                  "%s does not exist: there is nothing to resume; leave out --resume",
                  p->checkpoint_path);
    if (!status)
        status = loader_seek(p->loader, p->progress.position, error);
    return status ? status : plan(p, error);
}

static auricle_status begin(struct pretraining *p, auricle_error *error)
{
    struct warm_start taken = {.features_known = false};
    if (p->config->resume)
        return resume(p, error);
    auricle_status status = plan(p, error);
    if (!status && p->config->from)
        status = warm_start(p->config->from, &p->learner.network, &p->sink, &taken, error);
    memcpy(p->progress.from, taken.hash, sizeof p->progress.from);
    const struct preparation preparation = {.settings = &p->settings,
                                            .network = &p->learner.network,
                                            .loader = p->loader,
                                            .teacher_width = p->teacher.width,
                                            .seed = p->config->seed,
                                            .features_known = taken.features_known,
                                            .stop = p->config->stop};
    return status ? status : prepare(&preparation, p->progress.position, error);
}

static auricle_status set_up(struct pretraining *p, auricle_error *error)
{
    auricle_status status = check_config(p->config, error);
    if (!status)
        status = read_settings(p, error);
    if (!status)
        status = name_files(p, error);
    if (!status)
        status =
            selection_make(p->config, &p->settings, &p->selection, report_note, &p->sink, error);
    if (!status)
        status = find_teacher(p, error);
    if (status)
        return status;
    pace_init(&p->pace, p->config, settings_step_seconds(&p->settings), p->pace.clock);
    p->progress.position = calloc(2 * (size_t)p->settings.loop.streams, sizeof(int64_t));
    if (!p->progress.position)
        return error_no_memory(error, "the streams");
    status = choose_kernels(p, error);
    if (!status)
        status = make_parts(p, error);
    if (!status)
        status = begin(p, error);
    if (!status)
        status = journal_open(p->journal_path, p->progress.step, &p->sink.journal, error);
    return status;
}

// ---- between two steps

// Without this warning a training could run for hours and write a model that learned nothing.
static void warn_of_no_gradient(struct pretraining *p, double norm)
{
    if (norm > 0 || p->warned_of_no_gradient)
        return;
    p->warned_of_no_gradient = true;
    report_note(&p->sink,
                "the gradient is zero: the objective finds nothing to learn from in these "
                "recordings, or its windows (loop.frames) are too short for its settings");
}

static void close_interval(struct pretraining *p)
{
    struct numbers numbers = {.count = 0};
    const double norm = p->learner.interval.norm;
    double loss;
    pace_close(&p->pace, &p->progress, p->learner.interval.steps);
    if (learner_close_interval(&p->learner, &loss, &numbers)) {
        numbers_add(&numbers, p->pace.realtime, "realtime");
        numbers_add(&numbers, (double)p->progress.skipped_steps, "skipped_steps");
        numbers_add(&numbers, loader_skipped(p->loader), "skipped_recordings");
        report_event(&p->sink, AURICLE_PRETRAIN_STEP, NULL, loss, &numbers);
        warn_of_no_gradient(p, norm);
    }
    pace_restart(&p->pace);
}

static auricle_status evaluate(struct pretraining *p, auricle_error *error)
{
    auricle_status status =
        held_out_evaluate(&p->held_out, pace_time(&p->pace, &p->progress), &p->sink, error);
    if (!status && p->config->keep_best)
        status = held_out_keep_best(&p->held_out, &p->learner.parameters, &p->progress, error);
    return status;
}

static auricle_status save(struct pretraining *p, auricle_error *error)
{
    loader_position(p->loader, p->progress.position);
    auricle_status status = checkpoint_write(p->checkpoint_path, p->learner.trainer,
                                             &p->learner.optimiser, &p->progress, error);
    p->last_checkpoint_s = clock_wall_s(p->pace.clock);
    if (!status)
        report_event(&p->sink, AURICLE_PRETRAIN_CHECKPOINT, p->checkpoint_path, NAN, NULL);
    return status;
}

static bool checkpoint_is_due(const struct pretraining *p)
{
    const double minutes = p->config->checkpoint_minutes;
    return minutes > 0 && clock_wall_s(p->pace.clock) - p->last_checkpoint_s > minutes * 60;
}

// A checkpoint that cannot be written now may be written later: that is a note, not an error.
static auricle_status keep_house(struct pretraining *p, auricle_error *error)
{
    auricle_error reason = {0};
    auricle_status status = AURICLE_OK;
    const int64_t every = p->config->eval_every;
    if (p->progress.step % REPORT_EVERY == 0)
        close_interval(p);
    if (p->progress.step >= p->pace.steps)
        return AURICLE_OK;
    if (every > 0 && p->progress.step % every == 0) {
        pace_count(&p->pace, &p->progress);
        status = evaluate(p, error);
        pace_restart(&p->pace);
    }
    if (!status && checkpoint_is_due(p)) {
        pace_count(&p->pace, &p->progress);
        if (save(p, &reason))
            report_note(&p->sink, reason.text);
        pace_restart(&p->pace);
    }
    return status;
}

// ---- the loop

static bool goes_on(struct pretraining *p)
{
    pace_estimate(&p->pace, &p->progress);
    const bool stopped = (p->config->stop && *p->config->stop) || p->session_steps_left == 0;
    return p->progress.step < p->pace.steps && !stopped;
}

static auricle_status make_step(struct pretraining *p, auricle_error *error)
{
    const struct loader_batch *batch;
    auricle_status status = loader_next(p->loader, &batch, error);
    if (status)
        return status;
    if (p->session_steps_left > 0)
        p->session_steps_left--;
    return learner_step(&p->learner, batch, pace_time(&p->pace, &p->progress), &p->progress, error);
}

static auricle_status train(struct pretraining *p, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    p->last_checkpoint_s = clock_wall_s(p->pace.clock);
    pace_restart(&p->pace);
    while (!status && goes_on(p)) {
        status = make_step(p, error);
        if (!status)
            status = keep_house(p, error);
    }
    if (status)
        return status;
    close_interval(p);
    const bool done = p->progress.step == p->pace.steps;
    if (done)
        status = evaluate(p, error);
    if (!status)
        status = save(p, error);
    if (!status && !done)
        status =
            error_set(error, AURICLE_INTERRUPTED,
                      "stopped at step %lld of %lld; %s is written: the same command with "
                      "--resume goes on",
                      (long long)p->progress.step, (long long)p->pace.steps, p->checkpoint_path);
    return status;
}

// ---- the end

// The weights of the best evaluation, evaluated once more, if they were kept.
static auricle_status take_best(struct pretraining *p, auricle_error *error)
{
    struct parameters *parameters = &p->learner.parameters;
    if (!p->config->keep_best || !p->progress.best)
        return AURICLE_OK;
    memcpy(parameters->value, p->progress.best, parameters->size * sizeof *parameters->value);
    return evaluate(p, error);
}

static auricle_status write_model(struct pretraining *p, auricle_error *error)
{
    const struct training_result result = {.progress = &p->progress,
                                           .held_out = &p->held_out,
                                           .audio_hours = pace_hours(&p->pace, &p->progress),
                                           .skipped_recordings = loader_skipped(p->loader)};
    const struct objective_context context =
        learner_context(&p->learner, pace_time(&p->pace, &p->progress));
    char hash[65];
    json_t *card = provenance_card(p->config, &p->settings, &p->selection, &result,
                                   text_file_name(p->out_path));
    if (!card)
        return error_no_memory(error, "the card");
    auricle_status status =
        model_write(p->out_path, &p->settings.shape, &p->learner.parameters, card, hash, error);
    if (!status)
        status = mixture_write(&p->settings.mixture, context, p->out_path, hash, card, error);
    json_decref(card);
    return status;
}

static void clean_up(struct pretraining *p)
{
    if (p->sink.journal)
        fclose(p->sink.journal);
    run_folder_close(&p->lock);
    loader_destroy(&p->loader);
    held_out_free(&p->held_out);
    learner_free(&p->learner);
    selection_free(&p->selection);
    free(p->progress.position);
    free(p->progress.best);
    json_decref(p->progress.replanned);
}

auricle_status pretraining_run(const auricle_pretrain_config *config, const struct clock *clock,
                               auricle_error *error)
{
    struct pretraining *p = calloc(1, sizeof *p);
    if (!p)
        return error_no_memory(error, "the training");
    p->config = config;
    p->lock = -1;
    p->pace.clock = clock;
    p->sink = (struct report_sink){.config = config, .pace = &p->pace, .progress = &p->progress};
    p->session_steps_left = config->stop_after > 0 ? config->stop_after : -1;
    auricle_status status = set_up(p, error);
    if (!status)
        status = train(p, error);
    if (!status)
        status = take_best(p, error);
    if (!status)
        status = write_model(p, error);
    if (!status)
        report_event(&p->sink, AURICLE_PRETRAIN_DONE, p->out_path, NAN, NULL);
    clean_up(p);
    free(p);
    return status;
}

auricle_status auricle_pretrain(const auricle_pretrain_config *config, auricle_error *error)
{
    return pretraining_run(config, &machine_clock, error);
}
