// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The loss and the collapse indicators on recordings that training doesn't hear. */
#include "pretrain/run.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static auricle_status keep_if_best(struct pretraining *p, auricle_error *error)
{
    struct progress *progress = &p->progress;
    const size_t size = p->parameters.size * sizeof *progress->best;
    if (!isfinite(p->held_out_loss) || (progress->best && p->held_out_loss >= progress->least_loss))
        return AURICLE_OK;
    if (!progress->best && !(progress->best = malloc(size)))
        return error_set(error, AURICLE_NO_MEMORY, "no memory to keep the best weights");
    memcpy(progress->best, p->parameters.value, size);
    progress->least_loss = p->held_out_loss;
    return AURICLE_OK;
}

static auricle_status evaluate(struct pretraining *p, auricle_error *error)
{
    struct mixture_report sum = {0}, one;
    const int batches = p->settings.loop.evaluation;
    const int streams = p->settings.loop.streams;
    int64_t *start = calloc(2 * (size_t)streams, sizeof *start); // the very first batch, each time
    auricle_status status = start ? loader_seek(p->held_out, start, error)
                                  : error_set(error, AURICLE_NO_MEMORY, "no memory");
    free(start);
    trainer_reset(p->evaluator);
    indicators_reset(&p->latents);
    indicators_reset(&p->contexts);
    for (int i = 0; i < batches && !status; i++) {
        const struct loader_batch *batch;
        status = loader_next(p->held_out, &batch, error);
        if (status)
            break;
        one = trainer_run(p->evaluator, batch, (uint64_t)i, pretraining_time(p));
        trainer_report_add(&sum, &one, p->settings.mixture.count, 1.0 / batches);
        for (int w = 0; w < p->evaluator->worker_count; w++) {
            indicators_add(&p->latents, p->evaluator->worker[w].latents);
            indicators_add(&p->contexts, p->evaluator->worker[w].context);
        }
    }
    if (status)
        return status;
    p->evaluation = (struct numbers){0};
    p->held_out_loss = sum.total;
    numbers_add_report(&p->evaluation, &p->settings.mixture, &sum);
    double deviation, rank;
    indicators_read(&p->latents, &deviation, &rank);
    numbers_add(&p->evaluation, deviation, "latent.deviation");
    numbers_add(&p->evaluation, rank, "latent.rank");
    indicators_read(&p->contexts, &deviation, &rank);
    numbers_add(&p->evaluation, deviation, "context.deviation");
    numbers_add(&p->evaluation, rank, "context.rank");
    pretraining_report(p, AURICLE_PRETRAIN_EVALUATION, NULL, sum.total, &p->evaluation);
    return p->config->keep_best ? keep_if_best(p, error) : AURICLE_OK;
}

auricle_status pretraining_evaluate(struct pretraining *p, auricle_error *error)
{
    auricle_error reason = {0};
    const auricle_status status = p->held_out ? evaluate(p, &reason) : AURICLE_OK;
    if (status == AURICLE_NO_MEMORY)
        return error_set(error, status, "%s", reason.text);
    if (status) {
        error_prefix(&reason, status, "what is held out can't be played, nothing is evaluated");
        pretraining_note(p, reason.text);
        loader_destroy(&p->held_out);
    }
    return AURICLE_OK;
}

auricle_status pretraining_take_best(struct pretraining *p, auricle_error *error)
{
    const float *best = p->progress.best;
    if (!p->config->keep_best || !best)
        return AURICLE_OK;
    memcpy(p->parameters.value, best, p->parameters.size * sizeof *best);
    return pretraining_evaluate(p, error);
}
