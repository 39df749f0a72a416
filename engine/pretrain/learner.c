// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/learner.h"

#include "base/error.h"

#include <math.h>

static struct adamw adamw_of(const struct optimiser_settings *o)
{
    return (struct adamw){.beta1 = (float)o->beta1,
                          .beta2 = (float)o->beta2,
                          .epsilon = (float)o->epsilon,
                          .decay = (float)o->decay,
                          .clip = (float)o->clip};
}

auricle_status learner_create(struct settings *settings, uint64_t seed, int workers,
                              struct learner *learner, auricle_error *error)
{
    struct random random = random_for(seed, 0);
    struct parameters *parameters = &learner->parameters;
    learner->settings = settings;
    learner->network = (struct network){&settings->shape, parameters, &learner->layout};
    encoder_declare(&settings->shape, parameters, &learner->layout);
    mixture_declare(&settings->mixture, &settings->shape, parameters);
    if (!parameters_allocate(parameters) ||
        !optimiser_create(parameters->size, adamw_of(&settings->optimiser), &learner->optimiser))
        return error_no_memory(error, "%zu weights", parameters->size);
    encoder_init(&learner->network, &random);
    struct objective_context context = learner_context(learner, (struct objective_time){0, 0});
    context.random = &random;
    mixture_init(&settings->mixture, context);
    return trainer_create(settings, &learner->network, true, seed, workers, &learner->trainer,
                          error);
}

void learner_free(struct learner *learner)
{
    trainer_destroy(&learner->trainer);
    optimiser_free(&learner->optimiser);
    parameters_free(&learner->parameters);
}

struct objective_context learner_context(const struct learner *learner, struct objective_time time)
{
    return (struct objective_context){.network = learner->network, .time = time};
}

static auricle_status skip_step(struct learner *learner, struct progress *progress,
                                auricle_error *error)
{
    const struct settings *settings = learner->settings;
    trainer_reset(learner->trainer);
    progress->skipped_steps++;
    if (++learner->skipped_in_a_row < settings->loop.non_finite)
        return AURICLE_OK;
    return error_set(error, AURICLE_INVALID,
                     "loss or gradient was not finite in %d steps in a row, up to step %lld: lower "
                     "optimiser.rate (%g) or optimiser.clip (%g); the checkpoint is from before",
                     learner->skipped_in_a_row, (long long)progress->step, settings->optimiser.rate,
                     settings->optimiser.clip);
}

auricle_status learner_step(struct learner *learner, const struct loader_batch *batch,
                            struct objective_time time, struct progress *progress,
                            auricle_error *error)
{
    const struct settings *settings = learner->settings;
    const struct optimiser_settings *o = &settings->optimiser;
    const struct mixture_report report =
        trainer_run(learner->trainer, batch, (uint64_t)time.step, time);
    const double rate = schedule_rate(o->rate, o->final, o->warmup, time.steps, time.step);
    double norm = NAN;
    if (isfinite(report.total)) {
        mixture_settle(&settings->mixture, learner_context(learner, time));
        norm = optimiser_step(&learner->optimiser, (float)rate, &learner->parameters);
    }
    progress->step++;
    if (!isfinite(norm))
        return skip_step(learner, progress, error);
    learner->skipped_in_a_row = 0;
    trainer_report_add(&learner->interval.report, &report, settings->mixture.count, 1);
    learner->interval.norm += norm;
    learner->interval.rate = rate;
    learner->interval.steps++;
    return AURICLE_OK;
}

bool learner_close_interval(struct learner *learner, double *loss, struct numbers *numbers)
{
    const struct interval interval = learner->interval;
    const struct mixture *mixture = &learner->settings->mixture;
    struct mixture_report mean = {0};
    learner->interval = (struct interval){.steps = 0};
    if (interval.steps == 0)
        return false;
    trainer_report_add(&mean, &interval.report, mixture->count, 1.0 / interval.steps);
    *loss = mean.total;
    numbers_add_report(numbers, mixture, &mean);
    numbers_add(numbers, interval.norm / interval.steps, "gradient_norm");
    numbers_add(numbers, interval.rate, "rate");
    return true;
}
