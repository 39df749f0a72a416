// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The weights a training begins with, from an encoder that was trained before. */
#include "pretrain/run.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static bool same_logmel(const struct encoder_shape *a, const struct encoder_shape *b)
{
    _Static_assert(sizeof(struct logmel_shape) == 10 * 4, "no padding is compared");
    return a->front_end == FRONT_END_LOGMEL && b->front_end == FRONT_END_LOGMEL &&
           memcmp(&a->logmel, &b->logmel, sizeof a->logmel) == 0;
}

static bool is_statistic(const struct pretraining *p, int index)
{
    return p->settings.shape.front_end == FRONT_END_LOGMEL &&
           (index == p->layout.feature_mean || index == p->layout.feature_std);
}

// Copies every deployed tensor that the file has in the same shape; returns how many.
static int copy_tensors(struct pretraining *p, const auricle_model *model)
{
    int copied = 0;
    for (int i = 0; i < p->parameters.count; i++) {
        const struct parameter *parameter = &p->parameters.list[i];
        size_t size = sizeof(float);
        const float *values;
        if (!parameter->deployed || (is_statistic(p, i) && !p->features_known) ||
            safetensors_float(&model->file, parameter->name, parameter->rank, parameter->dims,
                              &values, NULL))
            continue;
        for (int d = 0; d < parameter->rank; d++)
            size *= (size_t)parameter->dims[d];
        memcpy(p->parameters.value + parameter->offset, values, size);
        copied += !is_statistic(p, i);
    }
    return copied;
}

static int deployed_tensors(const struct pretraining *p)
{
    int count = 0;
    for (int i = 0; i < p->parameters.count; i++)
        count += p->parameters.list[i].deployed && !is_statistic(p, i);
    return count;
}

auricle_status pretraining_warm_start(struct pretraining *p, auricle_error *error)
{
    const char *path = p->config->from;
    auricle_model *model = NULL;
    char line[256];
    if (!path || p->config->resume)
        return AURICLE_OK;
    auricle_status status = auricle_model_open(path, &model, error);
    if (status)
        return status;
    if (model->storage != STORAGE_FP32) {
        status = error_set(error, AURICLE_INVALID, "%s holds %s weights: training needs fp32", path,
                           model_storage_name(model->storage));
        goto done;
    }
    p->features_known = same_logmel(&p->settings.shape, &model->shape);
    const int copied = copy_tensors(p, model), all = deployed_tensors(p);
    if (copied == 0)
        status = error_set(error, AURICLE_INVALID,
                           "%s: none of its tensors has the shape of this encoder's", path);
    snprintf(line, sizeof line, "from %.100s: %d of %d tensors%s", path, copied, all,
             p->features_known ? " and the feature statistics" : "");
    if (!status)
        pretraining_note(p, line);
    snprintf(p->progress.from, sizeof p->progress.from, "%s", model->hash);
done:
    auricle_model_unref(&model);
    return status;
}
