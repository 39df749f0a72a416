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

static void forget(struct encoder_layout *layout)
{
    int *indices = (int *)layout;
    for (size_t i = 0; i < sizeof *layout / sizeof *indices; i++)
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
                         struct encoder_layout *layout, int i)
{
    struct conv1d_shape conv = encoder_conv_shape(shape, i);
    const int dims[] = {conv.out, conv.kernel, conv.in};
    layout->conv[i].weight = declare(parameters, 3, dims, DECAY, "latent.%d.weight", i);
    layout->conv[i].bias = declare(parameters, 1, dims, KEEP, "latent.%d.bias", i);
    layout->conv[i].norm_weight = declare(parameters, 1, dims, KEEP, "latent.%d.norm.weight", i);
    layout->conv[i].norm_bias = declare(parameters, 1, dims, KEEP, "latent.%d.norm.bias", i);
}

static int context_inputs(const struct encoder_shape *shape, int layer)
{
    return layer > 0 ? shape->context_dim : encoder_shape_latent_dim(shape);
}

static void declare_context(const struct encoder_shape *shape, struct parameters *parameters,
                            struct encoder_layout *layout, int i)
{
    int gates = (shape->cell == CELL_LSTM ? 4 : 3) * shape->context_dim;
    const int ih[] = {gates, context_inputs(shape, i)}, hh[] = {gates, shape->context_dim};
    layout->context[i].weight_ih = declare(parameters, 2, ih, DECAY, "context.%d.weight_ih", i);
    layout->context[i].weight_hh = declare(parameters, 2, hh, DECAY, "context.%d.weight_hh", i);
    layout->context[i].bias_ih = declare(parameters, 1, ih, KEEP, "context.%d.bias_ih", i);
    layout->context[i].bias_hh = declare(parameters, 1, hh, KEEP, "context.%d.bias_hh", i);
}

static void declare_predictors(const struct encoder_shape *shape, struct parameters *parameters,
                               struct encoder_layout *layout)
{
    const int latent[] = {encoder_shape_latent_dim(shape), shape->context_dim};
    const int feature[] = {encoder_shape_feature_dim(shape), shape->context_dim};
    for (int k = 0; k < shape->future_steps; k++)
        layout->future[k] = declare(parameters, 2, latent, DECAY, "predict.future.%d.weight", k);
    if (shape->feature_shift > 0) {
        layout->feature_weight = declare(parameters, 2, feature, DECAY, "predict.feature.weight");
        layout->feature_bias = declare(parameters, 1, feature, KEEP, "predict.feature.bias");
    }
    if (shape->mask_frames > 0) {
        layout->mask_token = declare(parameters, 1, latent, KEEP, "predict.mask.token");
        layout->mask_weight = declare(parameters, 2, feature, DECAY, "predict.mask.weight");
        layout->mask_bias = declare(parameters, 1, feature, KEEP, "predict.mask.bias");
    }
}

void encoder_declare(const struct encoder_shape *shape, struct parameters *parameters,
                     struct encoder_layout *layout)
{
    forget(layout);
    if (shape->front_end == FRONT_END_LOGMEL) {
        layout->feature_mean = declare(parameters, 1, &shape->logmel.mels, KEEP, "features.mean");
        layout->feature_std = declare(parameters, 1, &shape->logmel.mels, KEEP, "features.std");
    }
    for (int i = 0; i < shape->conv_layers; i++)
        declare_conv(shape, parameters, layout, i);
    for (int i = 0; i < shape->context_layers; i++)
        declare_context(shape, parameters, layout, i);
    declare_predictors(shape, parameters, layout);
}

// ---- first values: uniform in +-1/sqrt(fan-in), which is PyTorch's default for all three layers

static void init_uniform(const struct network *network, int index, int fan_in,
                         struct random *random)
{
    parameters_init(network->parameters, index, INIT_UNIFORM, 1 / sqrtf((float)fan_in), random);
}

static void init_conv(const struct network *network, int i, struct random *random)
{
    const struct encoder_layout *layout = network->layout;
    const struct conv1d_shape conv = encoder_conv_shape(network->shape, i);
    init_uniform(network, layout->conv[i].weight, conv.kernel * conv.in, random);
    init_uniform(network, layout->conv[i].bias, conv.kernel * conv.in, random);
    parameters_init(network->parameters, layout->conv[i].norm_weight, INIT_ONE, 0, random);
    parameters_init(network->parameters, layout->conv[i].norm_bias, INIT_ZERO, 0, random);
}

static void init_context(const struct network *network, int i, struct random *random)
{
    const struct encoder_layout *layout = network->layout;
    init_uniform(network, layout->context[i].weight_ih, network->shape->context_dim, random);
    init_uniform(network, layout->context[i].weight_hh, network->shape->context_dim, random);
    init_uniform(network, layout->context[i].bias_ih, network->shape->context_dim, random);
    init_uniform(network, layout->context[i].bias_hh, network->shape->context_dim, random);
}

void encoder_init(const struct network *network, struct random *random)
{
    const struct encoder_shape *shape = network->shape;
    const struct encoder_layout *layout = network->layout;
    if (layout->feature_mean >= 0) {
        parameters_init(network->parameters, layout->feature_mean, INIT_ZERO, 0, random);
        parameters_init(network->parameters, layout->feature_std, INIT_ONE, 0, random);
    }
    for (int i = 0; i < shape->conv_layers; i++)
        init_conv(network, i, random);
    for (int i = 0; i < shape->context_layers; i++)
        init_context(network, i, random);
    for (int k = 0; k < shape->future_steps; k++)
        init_uniform(network, layout->future[k], shape->context_dim, random);
    const int read_outs[] = {layout->feature_weight, layout->feature_bias, layout->mask_weight,
                             layout->mask_bias};
    for (int i = 0; i < 4; i++)
        if (read_outs[i] >= 0)
            init_uniform(network, read_outs[i], shape->context_dim, random);
    if (layout->mask_token >= 0) // wav2vec 2.0 (Baevski et al. 2020) draws it uniform in 0..1
        parameters_init(network->parameters, layout->mask_token, INIT_UNIFORM, 1, random);
}

// ---- live weights

void encoder_weights_from(const struct encoder_shape *shape, const struct encoder_layout *layout,
                          const float *const *values, struct encoder_weights *weights)
{
#define AT(index) ((index) < 0 ? NULL : values[index])
    *weights = (struct encoder_weights){
        .feature_mean = AT(layout->feature_mean),
        .feature_std = AT(layout->feature_std),
        .feature_weight = AT(layout->feature_weight),
        .feature_bias = AT(layout->feature_bias),
        .mask_token = AT(layout->mask_token),
        .mask_weight = AT(layout->mask_weight),
        .mask_bias = AT(layout->mask_bias),
    };
    for (int i = 0; i < shape->conv_layers; i++) {
        weights->conv[i].weight = AT(layout->conv[i].weight);
        weights->conv[i].bias = AT(layout->conv[i].bias);
        weights->conv[i].norm_weight = AT(layout->conv[i].norm_weight);
        weights->conv[i].norm_bias = AT(layout->conv[i].norm_bias);
    }
    for (int i = 0; i < shape->context_layers; i++)
        weights->context[i] =
            (struct recurrent_step_weights){.weight_ih = AT(layout->context[i].weight_ih),
                                            .weight_hh = AT(layout->context[i].weight_hh),
                                            .bias_ih = AT(layout->context[i].bias_ih),
                                            .bias_hh = AT(layout->context[i].bias_hh),
                                            .in = context_inputs(shape, i),
                                            .hidden = shape->context_dim};
    for (int k = 0; k < shape->future_steps; k++)
        weights->future[k] = AT(layout->future[k]);
#undef AT
}

void encoder_weights_of(const struct network *network, struct encoder_weights *weights)
{
    const float *values[MAX_PARAMETERS];
    const struct parameters *parameters = network->parameters;
    for (int i = 0; i < parameters->count; i++)
        values[i] = parameters->value + parameters->list[i].offset;
    encoder_weights_from(network->shape, network->layout, values, weights);
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
