// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The tensors of an encoder file, each where the live path wants it:
 *
 *   F32                    stays in the map
 *   F16 (matrices)         becomes floats
 *   I8 + .scale (matrices) convolutions and recurrent layers are packed as they are; what only
 *                          predictors multiply with becomes floats                            */
#include "model/model.h"

#include "base/error.h"
#include "base/half.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** One parameter as the file has it. */
struct stored {
    enum dtype dtype;
    const void *values;
    const float *scale; // [rows] with I8
};

struct reading {
    auricle_model *model;
    struct parameters declared;
    struct encoder_layout layout;
    struct stored stored[MAX_PARAMETERS];
    const float *values[MAX_PARAMETERS]; // as encoder_weights_from wants them
    int scales;                          // tensors beside the declared ones
};

static const char *const storage_names[STORAGES] = {"fp32", "fp16", "int8"};

const char *model_storage_name(enum storage storage)
{
    return storage_names[storage];
}

static void scale_name(const struct parameter *parameter, char name[PARAMETER_NAME + 8])
{
    snprintf(name, PARAMETER_NAME + 8, "%s.scale", parameter->name);
}

// A byte times its scale is a weight: none beyond what F32 may hold, none lost to denormals.
static auricle_status read_scale(struct reading *reading, const struct parameter *parameter,
                                 struct stored *stored, auricle_error *error)
{
    char name[PARAMETER_NAME + 8];
    scale_name(parameter, name);
    auricle_status status =
        safetensors_float(&reading->model->file, name, 1, parameter->dims, &stored->scale, error);
    for (int r = 0; !status && r < parameter->dims[0]; r++)
        if (!(stored->scale[r] >= INT8_SCALE_MIN && stored->scale[r] <= WEIGHT_MAX / 128))
            status = error_set(
                error, AURICLE_FORMAT, "tensor '%s': value %d is %g, must be %g to %g", name, r,
                (double)stored->scale[r], (double)INT8_SCALE_MIN, (double)(WEIGHT_MAX / 128));
    reading->scales++;
    return status;
}

static int columns_of(const struct parameter *parameter)
{
    return parameter->dims[1] * (parameter->rank == 3 ? parameter->dims[2] : 1);
}

static auricle_status read_parameter(struct reading *reading, int index, auricle_error *error)
{
    const struct parameter *parameter = &reading->declared.list[index];
    struct stored *stored = &reading->stored[index];
    auricle_status status =
        safetensors_find(&reading->model->file, parameter->name, parameter->rank, parameter->dims,
                         &stored->dtype, &stored->values, error);
    if (status || stored->dtype == DTYPE_F32)
        return status;
    bool matrix = parameter->rank > 1;
    if (!matrix || (stored->dtype != DTYPE_F16 && stored->dtype != DTYPE_I8))
        return error_set(error, AURICLE_FORMAT, "tensor '%s': dtype is %s, must be F32%s",
                         parameter->name, dtype_name(stored->dtype), matrix ? ", F16 or I8" : "");
    if (stored->dtype == DTYPE_F16)
        return AURICLE_OK;
    if (columns_of(parameter) > INT8_MAX_COLUMNS)
        return error_set(error, AURICLE_FORMAT, "tensor '%s': I8 with %d columns, at most %d fit",
                         parameter->name, columns_of(parameter), INT8_MAX_COLUMNS);
    return read_scale(reading, parameter, stored, error);
}

static bool is_scale(const struct reading *reading, const char *name)
{
    char scale[PARAMETER_NAME + 8];
    for (int i = 0; i < reading->declared.count; i++) {
        scale_name(&reading->declared.list[i], scale);
        if (reading->stored[i].dtype == DTYPE_I8 && !strcmp(name, scale))
            return true;
    }
    return false;
}

static auricle_status refuse_strangers(const struct reading *reading, auricle_error *error)
{
    const struct safetensors *file = &reading->model->file;
    if (safetensors_count(file) == reading->declared.count + reading->scales)
        return AURICLE_OK; // each of these was found, so there is no other
    for (void *at = json_object_iter(file->header); at;
         at = json_object_iter_next(file->header, at)) {
        const char *name = json_object_iter_key(at);
        if (parameters_find(&reading->declared, name) < 0 && !is_scale(reading, name) &&
            safetensors_has(file, name))
            return error_set(error, AURICLE_FORMAT,
                             "tensor '%.60s' is not part of the shape in the card", name);
    }
    CHECK(!"a tensor too many, and none unknown");
    return AURICLE_FORMAT;
}

static auricle_status check_statistics(const struct encoder_shape *shape,
                                       const struct encoder_weights *weights, auricle_error *error)
{
    for (int m = 0; m < encoder_shape_feature_dim(shape); m++)
        if (!(weights->feature_std[m] >= 1e-3f))
            return error_set(error, AURICLE_FORMAT,
                             "features.std of mel %d is %g, must be 0.001 or more", m,
                             (double)weights->feature_std[m]);
    return AURICLE_OK;
}

// ---- tensors that are not F32

static bool is_packed(const struct reading *reading, int index)
{
    const struct encoder_shape *shape = &reading->model->shape;
    bool found = false;
    for (int i = 0; i < shape->conv_layers; i++)
        found |= index == reading->layout.conv[i].weight;
    for (int i = 0; i < shape->context_layers; i++)
        found |= index == reading->layout.context[i].weight_ih ||
                 index == reading->layout.context[i].weight_hh;
    return found && reading->stored[index].dtype == DTYPE_I8;
}

static void convert(const struct parameter *parameter, const struct stored *stored, float *out)
{
    const int columns = columns_of(parameter);
    for (int r = 0; r < parameter->dims[0]; r++)
        for (int c = 0; c < columns; c++) {
            size_t at = (size_t)r * (size_t)columns + (size_t)c;
            out[at] = stored->dtype == DTYPE_F16
                          ? half_to_float(((const uint16_t *)stored->values)[at])
                          : stored->scale[r] * (float)((const int8_t *)stored->values)[at];
        }
}

// values: where each parameter's floats are, NULL for those that will be packed from bytes.
static auricle_status place_values(struct reading *reading, auricle_error *error)
{
    size_t floats = 0;
    for (int pass = 0; pass < 2; pass++) { // count, then convert
        if (pass && floats && !(reading->model->converted = malloc(floats * sizeof(float))))
            return error_no_memory(error, "the model");
        floats = 0;
        for (int i = 0; i < reading->declared.count; i++) {
            const struct parameter *parameter = &reading->declared.list[i];
            const struct stored *stored = &reading->stored[i];
            if (stored->dtype == DTYPE_F32)
                reading->values[i] = stored->values;
            if (stored->dtype == DTYPE_F32 || is_packed(reading, i))
                continue;
            if (pass)
                convert(parameter, stored, reading->model->converted + floats);
            reading->values[i] = pass ? reading->model->converted + floats : NULL;
            floats += (size_t)parameter->dims[0] * (size_t)columns_of(parameter);
        }
    }
    return AURICLE_OK;
}

static auricle_status pack_conv(const struct reading *reading, int layer, auricle_error *error)
{
    const int index = reading->layout.conv[layer].weight;
    const struct parameter *parameter = &reading->declared.list[index];
    const struct stored *stored = &reading->stored[index];
    struct encoder_weights *weights = &reading->model->weights;
    if (stored->dtype != DTYPE_I8)
        return AURICLE_OK;
    weights->conv[layer].packed =
        packed_matrix_create_int8(kernels(), parameter->dims[0], columns_of(parameter),
                                  stored->values, stored->scale, weights->conv[layer].bias);
    return weights->conv[layer].packed ? AURICLE_OK : error_no_memory(error, "the model");
}

static auricle_status pack_context(const struct reading *reading, int layer, auricle_error *error)
{
    const struct stored *ih = &reading->stored[reading->layout.context[layer].weight_ih];
    const struct stored *hh = &reading->stored[reading->layout.context[layer].weight_hh];
    struct encoder_weights *weights = &reading->model->weights;
    const struct recurrent_step_weights *floats = &weights->context[layer];
    if ((ih->dtype == DTYPE_I8) != (hh->dtype == DTYPE_I8))
        return error_set(error, AURICLE_FORMAT,
                         "tensors 'context.%d.weight_ih' and '.weight_hh': one is I8, must be both",
                         layer);
    if (ih->dtype != DTYPE_I8)
        return AURICLE_OK;
    const struct recurrent_int8_weights source = {.weight_ih = ih->values,
                                                  .weight_hh = hh->values,
                                                  .scale_ih = ih->scale,
                                                  .scale_hh = hh->scale,
                                                  .bias_ih = floats->bias_ih,
                                                  .bias_hh = floats->bias_hh,
                                                  .in = floats->in,
                                                  .hidden = floats->hidden};
    int gates = reading->model->shape.cell == CELL_LSTM ? 4 : 3;
    weights->packed_context[layer] = packed_recurrent_create_int8(kernels(), gates, &source);
    return weights->packed_context[layer] ? AURICLE_OK : error_no_memory(error, "the model");
}

static auricle_status pack_bytes(const struct reading *reading, auricle_error *error)
{
    const struct encoder_shape *shape = &reading->model->shape;
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < shape->conv_layers && !status; i++)
        status = pack_conv(reading, i, error);
    for (int i = 0; i < shape->context_layers && !status; i++)
        status = pack_context(reading, i, error);
    return status;
}

// The narrowest type that a matrix has names the whole.
static enum storage storage_of(const struct reading *reading)
{
    enum storage storage = STORAGE_FP32;
    for (int i = 0; i < reading->declared.count; i++) {
        if (reading->stored[i].dtype == DTYPE_I8)
            return STORAGE_INT8;
        if (reading->stored[i].dtype == DTYPE_F16)
            storage = STORAGE_FP16;
    }
    return storage;
}

static auricle_status find_all(struct reading *reading, auricle_error *error)
{
    auricle_model *model = reading->model;
    auricle_status status = AURICLE_OK;
    encoder_declare(&model->shape, &reading->declared, &reading->layout);
    for (int i = 0; i < reading->declared.count && !status; i++)
        status = read_parameter(reading, i, error);
    if (!status)
        status = refuse_strangers(reading, error);
    if (!status)
        status = place_values(reading, error);
    if (status)
        return status;
    encoder_weights_from(&model->shape, &reading->layout, reading->values, &model->weights);
    model->storage = storage_of(reading);
    status = check_statistics(&model->shape, &model->weights, error);
    return status ? status : pack_bytes(reading, error);
}

auricle_status model_find_weights(auricle_model *model, auricle_error *error)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (!reading)
        return error_no_memory(error, "the model");
    reading->model = model;
    auricle_status status = find_all(reading, error);
    free(reading);
    return status;
}
