// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Pretraining from beginning to end:
 *
 *     recordings -> selection -> loader -> trainer -> optimiser -.
 *                                   ^------ next batch ----------'
 *     now and then: held-out evaluation, metrics line, checkpoint; at the end: the model file */
#define _POSIX_C_SOURCE 200809L
#include "pretrain/run.h"

#include "base/error.h"
#include "base/file.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNFORESEEN = 1000000 }; // steps, before the first shows the pace

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

// ---- small things

bool pretraining_stopped(const struct pretraining *p)
{
    return (p->config->stop && *p->config->stop) || p->session_steps_left == 0;
}

double pretraining_hours(const struct pretraining *p)
{
    return (double)p->progress.step * settings_step_seconds(&p->settings) / 3600;
}

void pretraining_report(struct pretraining *p, auricle_pretrain_event event, const char *message,
                        double loss, const struct numbers *numbers)
{
    const int64_t left = p->steps - p->progress.step;
    auricle_pretrain_report report = {
        .event = event,
        .message = message,
        .step = p->progress.step,
        .steps = p->steps,
        .loss = loss,
        .audio_hours = pretraining_hours(p),
        .seconds = p->progress.seconds,
        .realtime = p->realtime,
        .seconds_left =
            p->realtime > 0 ? (double)left * settings_step_seconds(&p->settings) / p->realtime : 0,
        .numbers = numbers ? numbers->list : NULL,
        .number_count = numbers ? numbers->count : 0,
    };
    if (p->journal && event == AURICLE_PRETRAIN_STEP)
        journal_write(p->journal, "step", &report);
    if (p->journal && event == AURICLE_PRETRAIN_EVALUATION)
        journal_write(p->journal, "evaluation", &report);
    if (p->config->report)
        p->config->report(&report, p->config->user);
}

void pretraining_note(void *user, const char *line)
{
    pretraining_report(user, AURICLE_PRETRAIN_NOTE, line, NAN, NULL);
}

// ---- setting up

static auricle_status check_config(const auricle_pretrain_config *config, auricle_error *error)
{
    if (config->workers < 1 || config->workers > MAX_WORKERS)
        return error_set(error, AURICLE_INVALID, "%d workers: must be 1 to %d", config->workers,
                         MAX_WORKERS);
    if (config->loader_threads < 0 || config->loader_threads > 16)
        return error_set(error, AURICLE_INVALID, "%d loader threads: must be 0 to 16",
                         config->loader_threads);
    if (config->hours <= 0 && !pretraining_has_budget(config) && config->steps < 1)
        return error_set(error, AURICLE_INVALID, "%lld steps: must be 1 or more",
                         (long long)config->steps);
    if (!config->run_folder || !*config->run_folder)
        return error_set(error, AURICLE_INVALID,
                         "no run folder: name one for checkpoint and metrics");
    return AURICLE_OK;
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
    auricle_status status = file_make_folders(folder, error);
    if (!status && p->config->out)
        status = file_check_place(p->out_path, error);
    if (!status && !p->config->resume && access(p->checkpoint_path, F_OK) == 0)
        status = error_set(
            error, AURICLE_INVALID,
            "%s holds a checkpoint: go on from it with --resume, or name another folder", folder);
    return status;
}

static auricle_status make_network(struct pretraining *p, auricle_error *error)
{
    p->network = (struct network){&p->settings.shape, &p->parameters, &p->layout};
    encoder_declare(&p->settings.shape, &p->parameters, &p->layout);
    mixture_declare(&p->settings.mixture, &p->settings.shape, &p->parameters);
    if (!parameters_allocate(&p->parameters) ||
        !optimiser_create(p->parameters.size, &p->optimiser))
        return error_no_memory(error, "%zu weights", p->parameters.size);
    struct random random = random_for(p->config->seed, 0);
    encoder_init(&p->network, &random);
    struct objective_context context = pretraining_context(p);
    context.random = &random;
    mixture_init(&p->settings.mixture, context);
    auricle_status status = trainer_create(&p->settings, &p->network, true, p->config->seed,
                                           p->config->workers, &p->trainer, error);
    if (!status)
        status = trainer_create(&p->settings, &p->network, false, p->config->seed + 1,
                                p->config->workers, &p->evaluator, error);
    if (!status &&
        (!indicators_create(encoder_shape_latent_dim(&p->settings.shape), INDICATOR_ROWS,
                            &p->latents) ||
         !indicators_create(p->settings.shape.context_dim, INDICATOR_ROWS, &p->contexts)))
        status = error_no_memory(error, "the indicators");
    return status;
}

static struct loader_config loader_settings(struct pretraining *p)
{
    const bool features = p->settings.shape.front_end == FRONT_END_LOGMEL;
    struct loader_config config = {
        .corpus = &p->selection.train,
        .noise = p->selection.noise.count ? &p->selection.noise : NULL,
        .streams = p->settings.loop.streams,
        .frames = p->settings.loop.frames,
        .views = p->settings.loop.views,
        .augment = {p->settings.augment[0], p->settings.augment[1]},
        .want_features = features,
        .want_samples = !features || mixture_needs(&p->settings.mixture, NEEDS_SAMPLES),
        .seed = p->config->seed,
        .threads = p->config->loader_threads,
        .gap_probability = (float)p->settings.loop.gap,
        .gap_low_s = (float)p->settings.loop.gap_low_s,
        .gap_high_s = (float)p->settings.loop.gap_high_s,
        .teacher = p->teacher,
        .log = pretraining_note,
        .log_user = p,
    };
    struct encoder_shape shape = features ? p->settings.shape : encoder_shape_default();
    config.logmel = model_logmel_config(&shape);
    return config;
}

// Held-out sound is augmented like the rest (seed and position decide how, so each time alike): two
// views that are one and the same would be no task.
static auricle_status make_loaders(struct pretraining *p, auricle_error *error)
{
    struct loader_config config = loader_settings(p);
    auricle_status status = loader_create(&config, &p->loader, error);
    if (status || p->selection.held_out.count == 0)
        return status;
    config.corpus = &p->selection.held_out;
    config.threads = 0;
    return loader_create(&config, &p->held_out, error);
}

// Another number of steps is another schedule from here on: that becomes part of the card.
static auricle_status plan(struct pretraining *p, auricle_error *error)
{
    struct progress *progress = &p->progress;
    const int64_t before = progress->steps;
    progress->steps = pretraining_has_budget(p->config) ? 0 : p->steps;
    if (before == 0 || before == progress->steps)
        return AURICLE_OK;
    if (!progress->replanned)
        progress->replanned = json_array();
    json_t *change =
        json_pack("{s:I, s:I}", "step", (json_int_t)progress->step, "steps", (json_int_t)before);
    return json_array_append_new(progress->replanned, change) == 0
               ? AURICLE_OK
               : error_set(error, AURICLE_NO_MEMORY, "no memory");
}

static auricle_status begin(struct pretraining *p, auricle_error *error)
{
    if (p->config->resume) {
        auricle_status status =
            checkpoint_read(p->checkpoint_path, p->trainer, &p->optimiser, &p->progress, error);
        if (status == AURICLE_NOT_FOUND)
            error_set(error, status,
                      "%s is not there, so nothing was begun: begin without --resume",
                      p->checkpoint_path);
        if (!status)
            status = loader_seek(p->loader, p->progress.position, error);
        return status ? status : plan(p, error);
    }
    p->progress.steps = pretraining_has_budget(p->config) ? 0 : p->steps;
    return pretraining_prepare(p, error);
}

// How wide a teacher's rows are decides how large the network is.
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

static auricle_status set_up(struct pretraining *p, auricle_error *error)
{
    const auricle_pretrain_config *config = p->config;
    auricle_status status = check_config(config, error);
    if (!status)
        status = settings_parse(config->objective, config->settings, config->setting_count,
                                &p->settings, error);
    if (!status && config->workers > p->settings.loop.streams)
        status = error_set(error, AURICLE_INVALID,
                           "%d workers share %d streams: set loop.streams higher", config->workers,
                           p->settings.loop.streams);
    if (!status)
        status = name_files(p, error);
    if (!status)
        status = selection_make(config, &p->settings, &p->selection, pretraining_note, p, error);
    if (!status)
        status = find_teacher(p, error);
    if (status)
        return status;
    p->steps = config->hours > 0
                   ? (int64_t)ceil(config->hours * 3600 / settings_step_seconds(&p->settings))
                   : config->steps;
    if (pretraining_has_budget(config))
        p->steps = UNFORESEEN;
    p->session_steps_left = config->stop_after > 0 ? config->stop_after : -1;
    p->progress.position = calloc(2 * (size_t)p->settings.loop.streams, sizeof(int64_t));
    if (!p->progress.position)
        return error_no_memory(error, "the streams");
    kernels_use_blas(1);
    if (p->settings.loop.bf16 == 0 && kernels_blas_advice())
        pretraining_note(p, kernels_blas_advice());
    if (p->settings.loop.bf16 != 0 && !kernels_use_bf16())
        return error_set(error, AURICLE_INVALID,
                         "loop.bf16=1: this CPU has neither AVX512-BF16 nor AMX; set loop.bf16=0");
    if (p->settings.loop.bf16 != 0 && kernels_bf16_advice())
        pretraining_note(p, kernels_bf16_advice());
    status = make_network(p, error);
    if (!status)
        status = pretraining_warm_start(p, error);
    if (!status)
        status = make_loaders(p, error);
    if (!status)
        status = begin(p, error);
    if (!status)
        status = journal_open(p->journal_path, p->progress.step, &p->journal, error);
    return status;
}

// ---- the loop

static struct adamw adamw_of(const struct optimiser_settings *o)
{
    return (struct adamw){.beta1 = (float)o->beta1,
                          .beta2 = (float)o->beta2,
                          .epsilon = (float)o->epsilon,
                          .decay = (float)o->decay,
                          .clip = (float)o->clip};
}

// A step whose loss or gradient isn't finite changes nothing but the streams, which start anew.
static auricle_status skip_step(struct pretraining *p, auricle_error *error)
{
    trainer_reset(p->trainer);
    p->progress.skipped_steps++;
    if (++p->skipped_in_a_row < p->settings.loop.non_finite)
        return AURICLE_OK;
    return error_set(error, AURICLE_INVALID,
                     "loss or gradient was not finite in %d steps in a row, up to step %lld: lower "
                     "optimiser.rate (%g) or optimiser.clip (%g); the checkpoint is from before",
                     p->skipped_in_a_row, (long long)p->progress.step, p->settings.optimiser.rate,
                     p->settings.optimiser.clip);
}

static auricle_status make_step(struct pretraining *p, auricle_error *error)
{
    const struct loader_batch *batch;
    const struct optimiser_settings *o = &p->settings.optimiser;
    const struct adamw adamw = adamw_of(o);
    auricle_status status = loader_next(p->loader, &batch, error);
    if (status)
        return status;
    struct mixture_report report =
        trainer_run(p->trainer, batch, (uint64_t)p->progress.step, pretraining_time(p));
    if (isfinite(report.total))
        mixture_settle(&p->settings.mixture, pretraining_context(p));
    double norm = optimiser_gradient_norm(&p->parameters);
    double rate = schedule_rate(o->rate, o->final, o->warmup, p->steps, p->progress.step);
    p->progress.step++;
    if (p->session_steps_left > 0)
        p->session_steps_left--;
    if (!isfinite(report.total) || !isfinite(norm))
        return skip_step(p, error);
    p->skipped_in_a_row = 0;
    optimiser_update(&p->optimiser, &adamw, (float)rate, norm, &p->parameters);
    trainer_report_add(&p->interval.report, &report, p->settings.mixture.count, 1);
    p->interval.norm += norm;
    p->interval.rate = rate;
    p->interval.steps++;
    return AURICLE_OK;
}

static auricle_status save(struct pretraining *p, auricle_error *error)
{
    loader_position(p->loader, p->progress.position);
    auricle_status status =
        checkpoint_write(p->checkpoint_path, p->trainer, &p->optimiser, &p->progress, error);
    p->last_checkpoint = clock_wall_s(p->clock);
    if (!status)
        pretraining_report(p, AURICLE_PRETRAIN_CHECKPOINT, p->checkpoint_path, NAN, NULL);
    return status;
}

// What is due between steps. A checkpoint that can't be written now may be later: say so, go on.
static auricle_status housekeep(struct pretraining *p, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    if (p->progress.step % REPORT_EVERY == 0)
        pretraining_close_interval(p);
    const int64_t every = p->config->eval_every;
    if (every > 0 && p->progress.step % every == 0 && p->progress.step < p->steps) {
        pretraining_count_time(p);
        status = pretraining_evaluate(p, error);
        pretraining_restart_clocks(p);
    }
    const double minutes = p->config->checkpoint_minutes;
    if (!status && minutes > 0 && clock_wall_s(p->clock) - p->last_checkpoint > minutes * 60 &&
        p->progress.step < p->steps) {
        auricle_error reason = {0};
        pretraining_count_time(p);
        if (save(p, &reason))
            pretraining_note(p, reason.text);
        pretraining_restart_clocks(p);
    }
    return status;
}

static auricle_status train(struct pretraining *p, auricle_error *error)
{
    auricle_status status = AURICLE_OK;
    p->last_checkpoint = clock_wall_s(p->clock);
    pretraining_restart_clocks(p);
    for (pretraining_foresee(p); !status && p->progress.step < p->steps && !pretraining_stopped(p);
         pretraining_foresee(p)) {
        status = make_step(p, error);
        if (!status)
            status = housekeep(p, error);
    }
    if (status)
        return status;
    pretraining_close_interval(p);
    if (p->progress.step == p->steps)
        status = pretraining_evaluate(p, error);
    if (!status)
        status = save(p, error);
    if (!status && p->progress.step < p->steps)
        status = error_set(error, AURICLE_INTERRUPTED,
                           "stopped at step %lld of %lld; %s is written: the same command with "
                           "--resume goes on",
                           (long long)p->progress.step, (long long)p->steps, p->checkpoint_path);
    return status;
}

static void clean_up(struct pretraining *p)
{
    if (p->journal)
        fclose(p->journal);
    loader_destroy(&p->loader);
    loader_destroy(&p->held_out);
    trainer_destroy(&p->trainer);
    trainer_destroy(&p->evaluator);
    indicators_free(&p->latents);
    indicators_free(&p->contexts);
    optimiser_free(&p->optimiser);
    parameters_free(&p->parameters);
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
        return error_set(error, AURICLE_NO_MEMORY, "no memory to train");
    p->config = config;
    p->clock = clock;
    auricle_status status = set_up(p, error);
    if (!status)
        status = train(p, error);
    if (!status)
        status = pretraining_take_best(p, error);
    if (!status)
        status = pretraining_write_model(p, error);
    if (!status)
        pretraining_report(p, AURICLE_PRETRAIN_DONE, p->out_path, NAN, NULL);
    clean_up(p);
    free(p);
    return status;
}

auricle_status auricle_pretrain(const auricle_pretrain_config *config, auricle_error *error)
{
    return pretraining_run(config, &machine_clock, error);
}
