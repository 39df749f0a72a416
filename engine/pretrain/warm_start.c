// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "pretrain/warm_start.h"

#include "base/error.h"
#include "model/model.h"

#include <stdio.h>
#include <string.h>

static bool same_logmel(const struct encoder_shape *a, const struct encoder_shape *b)
{
    _Static_assert(sizeof(struct logmel_shape) == 10 * 4, "no padding is compared");
    return a->front_end == FRONT_END_LOGMEL && b->front_end == FRONT_END_LOGMEL &&
           memcmp(&a->logmel, &b->logmel, sizeof a->logmel) == 0;
}

static bool is_statistic(const struct network *network, int index)
{
    return network->shape->front_end == FRONT_END_LOGMEL &&
           (index == network->layout->feature_mean || index == network->layout->feature_std);
}

// Copies every deployed tensor that the file has in the same shape; returns how many weights.
static int copy_tensors(const struct network *network, const auricle_model *model,
                        bool with_statistics)
{
    const struct parameters *parameters = network->parameters;
    int copied = 0;
    for (int i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->list[i];
        const bool statistic = is_statistic(network, i);
        const float *values;
        if (!parameter->deployed || (statistic && !with_statistics) ||
            safetensors_float(&model->file, parameter->name, parameter->rank, parameter->dims,
                              &values, NULL))
            continue;
        memcpy(parameter->tensor->data, values, tensor_size(parameter->tensor) * sizeof *values);
        copied += !statistic;
    }
    return copied;
}

static int deployed_weights(const struct network *network)
{
    int count = 0;
    for (int i = 0; i < network->parameters->count; i++)
        count += network->parameters->list[i].deployed && !is_statistic(network, i);
    return count;
}

auricle_status warm_start(const char *path, const struct network *network, struct report_sink *sink,
                          struct warm_start *taken, auricle_error *error)
{
    auricle_model *model = NULL;
    char line[256];
    auricle_status status = auricle_model_open(path, &model, error);
    if (status)
        return status;
    if (model->storage != STORAGE_FP32) {
        status = error_set(error, AURICLE_INVALID, "%s holds %s weights: training needs fp32", path,
                           model_storage_name(model->storage));
        goto done;
    }
    taken->features_known = same_logmel(network->shape, &model->shape);
    snprintf(taken->hash, sizeof taken->hash, "%s", model->hash);
    const int copied = copy_tensors(network, model, taken->features_known);
    if (copied == 0) {
        status = error_set(error, AURICLE_INVALID,
                           "%s: none of its tensors has the shape of this encoder's", path);
        goto done;
    }
    snprintf(line, sizeof line, "from %.100s: %d of %d tensors%s", path, copied,
             deployed_weights(network), taken->features_known ? " and the feature statistics" : "");
    report_note(sink, line);
done:
    auricle_model_unref(&model);
    return status;
}
