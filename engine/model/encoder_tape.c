// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The encoder over windows of B streams, on the tape. The live path is encoder_live.c. */
#include "model/encoder.h"

#include "base/error.h"
#include "model/normalise.h"

#include <stdlib.h>
#include <string.h>

struct carry_widths encoder_carry_widths(const struct encoder_shape *shape)
{
    struct carry_widths widths = {.drift = 0};
    for (int i = 0; i < shape->conv_layers; i++) {
        const struct conv1d_shape conv = encoder_conv_shape(shape, i);
        widths.history[i] = (size_t)(conv.kernel - conv.stride) * (size_t)conv.in;
    }
    for (int i = 0; i < shape->context_layers; i++)
        widths.context[i] = (size_t)shape->context_dim * (shape->cell == CELL_LSTM ? 2 : 1);
    if (shape->front_end == FRONT_END_LOGMEL)
        widths.drift = (size_t)encoder_shape_drift_dim(shape);
    return widths;
}

bool encoder_carry_create(const struct encoder_shape *shape, int streams,
                          struct encoder_carry *carry)
{
    const struct carry_widths widths = encoder_carry_widths(shape);
    const size_t b = (size_t)streams;
    bool whole = true;
    *carry = (struct encoder_carry){.streams = streams};
    for (int i = 0; i < shape->conv_layers; i++) // + 1: a layer without history is not an error
        whole &= !!(carry->history[i] = calloc(b * widths.history[i] + 1, sizeof(float)));
    for (int i = 0; i < shape->context_layers; i++)
        whole &= !!(carry->context[i] = calloc(b * widths.context[i], sizeof(float)));
    if (widths.drift)
        whole &= !!(carry->drift = calloc(b * widths.drift, sizeof(float)));
    if (!whole)
        encoder_carry_free(carry);
    return whole;
}

void encoder_carry_free(struct encoder_carry *carry)
{
    for (int i = 0; i < MAX_CONV_LAYERS; i++)
        free(carry->history[i]);
    for (int i = 0; i < MAX_CONTEXT_LAYERS; i++)
        free(carry->context[i]);
    free(carry->drift);
    *carry = (struct encoder_carry){0};
}

static void clear_row(float *rows, int row, size_t floats)
{
    memset(rows + (size_t)row * floats, 0, floats * sizeof *rows);
}

void encoder_carry_reset(const struct encoder_shape *shape, struct encoder_carry *carry, int stream)
{
    const struct carry_widths widths = encoder_carry_widths(shape);
    CHECK(stream >= 0 && stream < carry->streams);
    for (int i = 0; i < shape->conv_layers; i++)
        clear_row(carry->history[i], stream, widths.history[i]);
    for (int i = 0; i < shape->context_layers; i++)
        clear_row(carry->context[i], stream, widths.context[i]);
    if (carry->drift)
        clear_row(carry->drift, stream, widths.drift);
}

static struct tensor *weights_at(const struct network *network, int index)
{
    return parameters_tensor(network->parameters, index);
}

void encoder_normalise(const struct network *network, struct encoder_carry *carry, float *features,
                       int streams, int frames)
{
    const struct encoder_shape *shape = network->shape;
    CHECK(shape->front_end == FRONT_END_LOGMEL && streams <= carry->streams);
    const float *mean = weights_at(network, network->layout->feature_mean)->data;
    const float *std = weights_at(network, network->layout->feature_std)->data;
    size_t mels = (size_t)shape->logmel.mels, drift = (size_t)encoder_shape_drift_dim(shape);
    for (int b = 0; b < streams; b++) {
        float *window = features + (size_t)b * (size_t)frames * mels;
        normalise_block(&shape->logmel, mean, std, carry->drift + (size_t)b * drift, window, frames,
                        window);
    }
}

struct tensor *encoder_latents(struct tape *tape, const struct network *network, struct tensor *x,
                               struct encoder_carry *carry)
{
    const struct encoder_shape *shape = network->shape;
    CHECK(!carry || carry->streams >= x->b);
    for (int i = 0; i < shape->conv_layers; i++) {
        struct tensor *gain = weights_at(network, network->layout->conv[i].norm_weight);
        struct tensor *bias = weights_at(network, network->layout->conv[i].norm_bias);
        x = tape_conv1d(tape, x, weights_at(network, network->layout->conv[i].weight),
                        weights_at(network, network->layout->conv[i].bias),
                        encoder_conv_shape(shape, i), carry ? carry->history[i] : NULL);
        if (shape->activation == ACTIVATION_GELU)
            x = tape_gelu(tape, tape_layer_norm(tape, x, gain, bias));
        else
            x = tape_norm_relu(tape, x, gain, bias);
    }
    return x;
}

void encoder_contexts(struct tape *tape, const struct network *network, struct tensor *z,
                      struct encoder_carry *carry, struct tensor **contexts)
{
    const struct encoder_shape *shape = network->shape;
    CHECK(!carry || carry->streams >= z->b);
    struct tensor *x = z;
    for (int i = 0; i < shape->context_layers; i++) {
        struct recurrent_weights weights = {
            .weight_ih = weights_at(network, network->layout->context[i].weight_ih),
            .weight_hh = weights_at(network, network->layout->context[i].weight_hh),
            .bias_ih = weights_at(network, network->layout->context[i].bias_ih),
            .bias_hh = weights_at(network, network->layout->context[i].bias_hh),
        };
        float *state = carry ? carry->context[i] : NULL;
        contexts[i] = shape->cell == CELL_LSTM ? tape_lstm(tape, x, weights, state)
                                               : tape_gru(tape, x, weights, state);
        bool last = i == shape->context_layers - 1;
        if (!last)
            x = shape->residual ? tape_add(tape, contexts[i], x) : contexts[i];
    }
}
