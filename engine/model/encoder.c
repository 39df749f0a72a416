// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The tensors of an encoder: their names, their first values, and where the live path finds them.
 */
#include "model/encoder.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum decay { KEEP, DECAY };

__attribute__((format(printf, 5, 6))) static int declare(struct parameters *parameters, int rank,
                                                         const int *dims, enum decay decay,
                                                         const char *format, ...)
{
    char name[PARAMETER_NAME];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    return parameters_declare(parameters, name, rank, dims, decay == DECAY, true);
}

static void forget(struct encoder_parameters *where)
{
    int *indices = (int *)where;
    for (size_t i = 0; i < sizeof *where / sizeof *indices; i++)
        indices[i] = -1;
}

static int conv_inputs(const struct encoder_shape *shape, int layer)
{
    if (layer > 0)
        return shape->conv[layer - 1].channels;
    return shape->front_end == FRONT_END_LOGMEL ? shape->logmel.mels : 1;
}

struct conv1d_shape encoder_conv_shape(const struct encoder_shape *shape, int layer)
{
    return (struct conv1d_shape){.in = conv_inputs(shape, layer),
                                 .out = shape->conv[layer].channels,
                                 .kernel = shape->conv[layer].kernel,
                                 .stride = shape->conv[layer].stride};
}

static void declare_conv(const struct encoder_shape *shape, struct parameters *parameters,
                         struct encoder_parameters *where, int i)
{
    struct conv1d_shape conv = encoder_conv_shape(shape, i);
    const int dims[] = {conv.out, conv.kernel, conv.in};
    where->conv[i].weight = declare(parameters, 3, dims, DECAY, "latent.%d.weight", i);
    where->conv[i].bias = declare(parameters, 1, dims, KEEP, "latent.%d.bias", i);
    where->conv[i].norm_weight = declare(parameters, 1, dims, KEEP, "latent.%d.norm.weight", i);
    where->conv[i].norm_bias = declare(parameters, 1, dims, KEEP, "latent.%d.norm.bias", i);
}

static int context_inputs(const struct encoder_shape *shape, int layer)
{
    return layer > 0 ? shape->context_dim : encoder_shape_latent_dim(shape);
}

static void declare_context(const struct encoder_shape *shape, struct parameters *parameters,
                            struct encoder_parameters *where, int i)
{
    int gates = (shape->cell == CELL_LSTM ? 4 : 3) * shape->context_dim;
    const int ih[] = {gates, context_inputs(shape, i)}, hh[] = {gates, shape->context_dim};
    where->context[i].weight_ih = declare(parameters, 2, ih, DECAY, "context.%d.weight_ih", i);
    where->context[i].weight_hh = declare(parameters, 2, hh, DECAY, "context.%d.weight_hh", i);
    where->context[i].bias_ih = declare(parameters, 1, ih, KEEP, "context.%d.bias_ih", i);
    where->context[i].bias_hh = declare(parameters, 1, hh, KEEP, "context.%d.bias_hh", i);
}

static void declare_predictors(const struct encoder_shape *shape, struct parameters *parameters,
                               struct encoder_parameters *where)
{
    const int latent[] = {encoder_shape_latent_dim(shape), shape->context_dim};
    const int feature[] = {encoder_shape_feature_dim(shape), shape->context_dim};
    for (int k = 0; k < shape->future_steps; k++)
        where->future[k] = declare(parameters, 2, latent, DECAY, "predict.future.%d.weight", k);
    if (shape->feature_shift > 0) {
        where->feature_weight = declare(parameters, 2, feature, DECAY, "predict.feature.weight");
        where->feature_bias = declare(parameters, 1, feature, KEEP, "predict.feature.bias");
    }
    if (shape->mask_frames > 0) {
        where->mask_token = declare(parameters, 1, latent, KEEP, "predict.mask.token");
        where->mask_weight = declare(parameters, 2, feature, DECAY, "predict.mask.weight");
        where->mask_bias = declare(parameters, 1, feature, KEEP, "predict.mask.bias");
    }
}

void encoder_declare(const struct encoder_shape *shape, struct parameters *parameters,
                     struct encoder_parameters *where)
{
    forget(where);
    if (shape->front_end == FRONT_END_LOGMEL) {
        where->feature_mean = declare(parameters, 1, &shape->logmel.mels, KEEP, "features.mean");
        where->feature_std = declare(parameters, 1, &shape->logmel.mels, KEEP, "features.std");
    }
    for (int i = 0; i < shape->conv_layers; i++)
        declare_conv(shape, parameters, where, i);
    for (int i = 0; i < shape->context_layers; i++)
        declare_context(shape, parameters, where, i);
    declare_predictors(shape, parameters, where);
}

// ---- first values: uniform in +-1/sqrt(fan-in), which is PyTorch's default for all three layers

static void init_uniform(struct parameters *parameters, int index, int fan_in,
                         struct random *random)
{
    parameters_init(parameters, index, INIT_UNIFORM, 1 / sqrtf((float)fan_in), random);
}

static void init_conv(const struct encoder_shape *shape, struct parameters *parameters,
                      const struct encoder_parameters *where, int i, struct random *random)
{
    struct conv1d_shape conv = encoder_conv_shape(shape, i);
    init_uniform(parameters, where->conv[i].weight, conv.kernel * conv.in, random);
    init_uniform(parameters, where->conv[i].bias, conv.kernel * conv.in, random);
    parameters_init(parameters, where->conv[i].norm_weight, INIT_ONE, 0, random);
    parameters_init(parameters, where->conv[i].norm_bias, INIT_ZERO, 0, random);
}

static void init_context(const struct encoder_shape *shape, struct parameters *parameters,
                         const struct encoder_parameters *where, int i, struct random *random)
{
    init_uniform(parameters, where->context[i].weight_ih, shape->context_dim, random);
    init_uniform(parameters, where->context[i].weight_hh, shape->context_dim, random);
    init_uniform(parameters, where->context[i].bias_ih, shape->context_dim, random);
    init_uniform(parameters, where->context[i].bias_hh, shape->context_dim, random);
}

void encoder_init(const struct encoder_shape *shape, struct parameters *parameters,
                  const struct encoder_parameters *where, struct random *random)
{
    if (where->feature_mean >= 0) {
        parameters_init(parameters, where->feature_mean, INIT_ZERO, 0, random);
        parameters_init(parameters, where->feature_std, INIT_ONE, 0, random);
    }
    for (int i = 0; i < shape->conv_layers; i++)
        init_conv(shape, parameters, where, i, random);
    for (int i = 0; i < shape->context_layers; i++)
        init_context(shape, parameters, where, i, random);
    for (int k = 0; k < shape->future_steps; k++)
        init_uniform(parameters, where->future[k], shape->context_dim, random);
    const int read_outs[] = {where->feature_weight, where->feature_bias, where->mask_weight,
                             where->mask_bias};
    for (int i = 0; i < 4; i++)
        if (read_outs[i] >= 0)
            init_uniform(parameters, read_outs[i], shape->context_dim, random);
    if (where->mask_token >= 0) // wav2vec 2.0 (Baevski et al. 2020) draws it uniform in 0..1
        parameters_init(parameters, where->mask_token, INIT_UNIFORM, 1, random);
}

// ---- live weights

void encoder_weights_from(const struct encoder_shape *shape, const struct encoder_parameters *where,
                          const float *const *values, struct encoder_weights *weights)
{
#define AT(index) ((index) < 0 ? NULL : values[index])
    *weights = (struct encoder_weights){
        .feature_mean = AT(where->feature_mean),
        .feature_std = AT(where->feature_std),
        .feature_weight = AT(where->feature_weight),
        .feature_bias = AT(where->feature_bias),
        .mask_token = AT(where->mask_token),
        .mask_weight = AT(where->mask_weight),
        .mask_bias = AT(where->mask_bias),
    };
    for (int i = 0; i < shape->conv_layers; i++) {
        weights->conv[i].weight = AT(where->conv[i].weight);
        weights->conv[i].bias = AT(where->conv[i].bias);
        weights->conv[i].norm_weight = AT(where->conv[i].norm_weight);
        weights->conv[i].norm_bias = AT(where->conv[i].norm_bias);
    }
    for (int i = 0; i < shape->context_layers; i++)
        weights->context[i] =
            (struct recurrent_step_weights){.weight_ih = AT(where->context[i].weight_ih),
                                            .weight_hh = AT(where->context[i].weight_hh),
                                            .bias_ih = AT(where->context[i].bias_ih),
                                            .bias_hh = AT(where->context[i].bias_hh),
                                            .in = context_inputs(shape, i),
                                            .hidden = shape->context_dim};
    for (int k = 0; k < shape->future_steps; k++)
        weights->future[k] = AT(where->future[k]);
#undef AT
}

void encoder_weights_of(const struct encoder_shape *shape, struct parameters *parameters,
                        const struct encoder_parameters *where, struct encoder_weights *weights)
{
    const float *values[MAX_PARAMETERS];
    for (int i = 0; i < parameters->count; i++)
        values[i] = parameters->value + parameters->list[i].offset;
    encoder_weights_from(shape, where, values, weights);
}

bool encoder_weights_pack(const struct encoder_shape *shape, const struct kernel_table *table,
                          struct encoder_weights *weights)
{
    for (int i = 0; i < shape->conv_layers; i++) {
        struct conv1d_shape conv = encoder_conv_shape(shape, i);
        if (!weights->conv[i].packed)
            weights->conv[i].packed =
                packed_matrix_create(table, conv.out, conv.kernel * conv.in,
                                     weights->conv[i].weight, weights->conv[i].bias);
        if (!weights->conv[i].packed)
            return false;
    }
    for (int i = 0; i < shape->context_layers; i++) {
        if (!weights->packed_context[i])
            weights->packed_context[i] = packed_recurrent_create(
                table, shape->cell == CELL_LSTM ? 4 : 3, &weights->context[i]);
        if (!weights->packed_context[i])
            return false;
    }
    return true;
}

void encoder_weights_unpack(struct encoder_weights *weights)
{
    for (int i = 0; i < MAX_CONV_LAYERS; i++)
        packed_matrix_destroy(&weights->conv[i].packed);
    for (int i = 0; i < MAX_CONTEXT_LAYERS; i++)
        packed_recurrent_destroy(&weights->packed_context[i]);
}
