// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/held_out.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INDICATOR_ROWS = 1024 };

auricle_status held_out_create(const struct settings *settings, const struct network *network,
                               const struct loader_config *loader, uint64_t seed, int workers,
                               struct held_out *held_out, auricle_error *error)
{
    auricle_status status =
        trainer_create(settings, network, false, seed, workers, &held_out->trainer, error);
    if (status)
        return status;
    if (!indicators_create(encoder_shape_latent_dim(network->shape), INDICATOR_ROWS,
                           &held_out->latents) ||
        !indicators_create(network->shape->context_dim, INDICATOR_ROWS, &held_out->contexts))
        return error_no_memory(error, "the indicators");
    return loader ? loader_create(loader, &held_out->loader, error) : AURICLE_OK;
}

void held_out_free(struct held_out *held_out)
{
    loader_destroy(&held_out->loader);
    trainer_destroy(&held_out->trainer);
    indicators_free(&held_out->latents);
    indicators_free(&held_out->contexts);
}

// Back to the very first batch, so that every evaluation hears the same.
static auricle_status rewind_all(struct held_out *held_out, auricle_error *error)
{
    const size_t streams = (size_t)held_out->trainer->settings->loop.streams;
    int64_t *start = calloc(2 * streams, sizeof *start);
    auricle_status status = start ? loader_seek(held_out->loader, start, error)
                                  : error_no_memory(error, "the held-out recordings");
    free(start);
    trainer_reset(held_out->trainer);
    indicators_reset(&held_out->latents);
    indicators_reset(&held_out->contexts);
    return status;
}

static void add_indicators(struct held_out *held_out)
{
    for (int w = 0; w < held_out->trainer->worker_count; w++) {
        indicators_add(&held_out->latents, held_out->trainer->worker[w].latents);
        indicators_add(&held_out->contexts, held_out->trainer->worker[w].context);
    }
}

static void read_indicators(const struct indicators *indicators, const char *name,
                            struct numbers *numbers)
{
    double deviation, rank;
    indicators_read(indicators, &deviation, &rank);
    numbers_add(numbers, deviation, "%s.deviation", name);
    numbers_add(numbers, rank, "%s.rank", name);
}

static auricle_status evaluate(struct held_out *held_out, struct objective_time time,
                               auricle_error *error)
{
    const struct settings *settings = held_out->trainer->settings;
    const int batches = settings->loop.evaluation;
    struct mixture_report sum = {0};
    auricle_status status = rewind_all(held_out, error);
    for (int i = 0; i < batches && !status; i++) {
        const struct loader_batch *batch;
        status = loader_next(held_out->loader, &batch, error);
        if (status)
            break;
        const struct mixture_report one = trainer_run(held_out->trainer, batch, (uint64_t)i, time);
        trainer_report_add(&sum, &one, settings->mixture.count, 1.0 / batches);
        add_indicators(held_out);
    }
    if (status)
        return status;
    held_out->loss = sum.total;
    held_out->numbers = (struct numbers){.count = 0};
    numbers_add_report(&held_out->numbers, &settings->mixture, &sum);
    read_indicators(&held_out->latents, "latent", &held_out->numbers);
    read_indicators(&held_out->contexts, "context", &held_out->numbers);
    return AURICLE_OK;
}

auricle_status held_out_evaluate(struct held_out *held_out, struct objective_time time,
                                 struct report_sink *sink, auricle_error *error)
{
    auricle_error reason = {0};
    if (!held_out->loader)
        return AURICLE_OK;
    const auricle_status status = evaluate(held_out, time, &reason);
    if (!status) {
        report_event(sink, AURICLE_PRETRAIN_EVALUATION, NULL, held_out->loss, &held_out->numbers);
        return AURICLE_OK;
    }
    if (status == AURICLE_NO_MEMORY)
        return error_set(error, status, "%s", reason.text);
    error_prefix(&reason, status,
                 "held-out recordings cannot be played; nothing is evaluated from here on");
    report_note(sink, reason.text);
    loader_destroy(&held_out->loader);
    return AURICLE_OK;
}

auricle_status held_out_keep_best(const struct held_out *held_out,
                                  const struct parameters *parameters, struct progress *progress,
                                  auricle_error *error)
{
    const size_t bytes = parameters->size * sizeof *progress->best;
    if (!held_out->loader || !isfinite(held_out->loss) ||
        (progress->best && held_out->loss >= progress->least_loss))
        return AURICLE_OK;
    if (!progress->best && !(progress->best = malloc(bytes)))
        return error_no_memory(error, "the best weights");
    memcpy(progress->best, parameters->value, bytes);
    progress->least_loss = held_out->loss;
    return AURICLE_OK;
}
