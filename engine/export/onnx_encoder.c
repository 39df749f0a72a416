// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** encoder_step as an ONNX graph: what engine/model/encoder_live.c computes, node for node.
 *
 *   input --level, drift--> features --[history | x, windows, Gemm, norm, activation]*--> latent
 *         --[GRU or LSTM]*--> next.context.I                                                    */
#include <auricle/export.h>

#include "base/error.h"
#include "model/model.h"
#include "model/normalise.h"
#include "export/onnx_linear.h"

#include <math.h>
#include <stdlib.h>

static const float NORM_EPSILON = 1e-5f; // as nn/layer_norm.c

struct exporter {
    struct onnx_graph graph;
    const struct encoder_shape *shape;
    const struct encoder_weights *weights;
    struct onnx_style style;
};

// The value of that name: made by this node.
static struct onnx_value made(struct onnx_graph *graph, const char *name, const char *op,
                              struct onnx_value a, struct onnx_value b)
{
    const struct onnx_value inputs[] = {a, b};
    struct onnx_value y = onnx_name("%s", name);
    onnx_node(graph, op, inputs, 2, &y, 1, NULL);
    return y;
}

// ---- columns

static const struct onnx_attribute along_columns[] = {{"axis", ONNX_INT, .i = 1}, {NULL}};

static void slice(struct onnx_graph *graph, struct onnx_value x, int64_t from, int64_t to, int axis,
                  struct onnx_value *y)
{
    const int64_t axes[] = {axis};
    const struct onnx_value inputs[] = {x, onnx_ints(graph, &from, 1), onnx_ints(graph, &to, 1),
                                        onnx_ints(graph, axes, 1)};
    onnx_node(graph, "Slice", inputs, 4, y, 1, NULL);
}

static struct onnx_value reshape(struct onnx_graph *graph, struct onnx_value x, int64_t a,
                                 int64_t b, int64_t c)
{
    const int64_t dims[] = {a, b, c};
    return onnx_binary(graph, "Reshape", x, onnx_ints(graph, dims, c ? 3 : 2));
}

// ---- normalisation: engine/model/normalise.c

static struct onnx_value raise_to_level(struct exporter *e, struct onnx_value x)
{
    static const struct onnx_attribute row_maximum[] = {
        {"axes", ONNX_INTS, .ints = {1}, .count = 1}, {"keepdims", ONNX_INT, .i = 1}, {NULL}};
    const struct logmel_shape *shape = &e->shape->logmel;
    const float nepers_per_db = 0.230258509f; // of a power: ln 10 / 10
    struct onnx_graph *graph = &e->graph;
    struct onnx_value level = onnx_input(graph, 1, "level"), loudest = {""};
    struct onnx_value fall = onnx_float(graph, normalise_level_fall(shape));
    struct onnx_value lowest = onnx_float(graph, normalise_lowest_level(shape));
    struct onnx_value range = onnx_float(graph, shape->range_db * nepers_per_db);
    struct onnx_value fallen = onnx_binary(graph, "Sub", level, fall);
    struct onnx_value quieter = onnx_binary(graph, "Max", fallen, onnx_float(graph, 0));
    onnx_node(graph, "ReduceMax", &x, 1, &loudest, 1, row_maximum);
    struct onnx_value top =
        onnx_binary(graph, "Max", loudest, onnx_binary(graph, "Add", quieter, lowest));
    onnx_output(graph, made(graph, "next.level", "Sub", top, lowest), 1);
    x = onnx_binary(graph, "Max", x, onnx_binary(graph, "Sub", top, range));
    return shape->follow_db_s > 0 ? onnx_binary(graph, "Sub", x, top) : x;
}

static struct onnx_value normalise(struct exporter *e, struct onnx_value x)
{
    const struct logmel_shape *shape = &e->shape->logmel;
    struct onnx_graph *graph = &e->graph;
    float inverse[MAX_MELS];
    for (int m = 0; m < shape->mels; m++)
        inverse[m] = 1 / e->weights->feature_std[m];
    struct onnx_value scale = onnx_floats(graph, inverse, shape->mels, 0);
    if (shape->range_db != 0)
        x = raise_to_level(e, x);
    x = onnx_binary(graph, "Sub", x, onnx_floats(graph, e->weights->feature_mean, shape->mels, 0));
    if (shape->normalisation == NORMALISE_RUNNING) {
        struct onnx_value drift = onnx_input(graph, shape->mels, "drift");
        struct onnx_value rate = onnx_float(graph, 1 / shape->running_frames);
        x = onnx_binary(graph, "Sub", x, drift);
        onnx_output(graph,
                    made(graph, "next.drift", "Add", drift, onnx_binary(graph, "Mul", x, rate)),
                    shape->mels);
    }
    x = made(graph, "features", "Mul", x, scale);
    onnx_output(graph, x, shape->mels);
    return x;
}

// ---- convolutions

// (batch, past + count * stride * in) -> the windows (batch * count, kernel * in).
static struct onnx_value windows(struct onnx_graph *graph, struct conv1d_shape conv, int count,
                                 struct onnx_value joined)
{
    const int taps = conv.kernel / conv.stride, block = conv.stride * conv.in;
    struct onnx_value parts[ONNX_MAX_INPUTS], all = {""};
    if (count == 1)
        return joined;
    if (conv.kernel % conv.stride == 0 && taps <= ONNX_MAX_INPUTS) { // shifted views side by side
        static const struct onnx_attribute inside[] = {{"axis", ONNX_INT, .i = 2}, {NULL}};
        struct onnx_value blocks = reshape(graph, joined, 0, count + taps - 1, block);
        for (int k = 0; k < taps; k++) {
            *parts[k].name = 0;
            slice(graph, blocks, k, k + count, 1, &parts[k]);
        }
        onnx_node(graph, "Concat", parts, taps, &all, 1, inside);
    } else {
        CHECK(count <= ONNX_MAX_INPUTS);
        for (int j = 0; j < count; j++) {
            *parts[j].name = 0;
            slice(graph, joined, j * block, j * block + conv.kernel * conv.in, 1, &parts[j]);
        }
        onnx_node(graph, "Concat", parts, count, &all, 1, along_columns);
    }
    return reshape(graph, all, -1, conv.kernel * conv.in, 0);
}

static struct onnx_value join_history(struct onnx_graph *graph, struct conv1d_shape conv, int count,
                                      int layer, struct onnx_value x)
{
    const int past = (conv.kernel - conv.stride) * conv.in, fresh = count * conv.stride * conv.in;
    if (past == 0)
        return x;
    const struct onnx_value parts[] = {onnx_input(graph, past, "history.%d", layer), x};
    struct onnx_value joined = {""}, next = onnx_name("next.history.%d", layer);
    onnx_node(graph, "Concat", parts, 2, &joined, 1, along_columns);
    slice(graph, joined, fresh, fresh + past, 1, &next);
    onnx_output(graph, next, past);
    return joined;
}

static struct onnx_value layer_norm(struct exporter *e, int layer, int channels,
                                    struct onnx_value x)
{
    const struct onnx_attribute attributes[] = {
        {"axis", ONNX_INT, .i = -1}, {"epsilon", ONNX_FLOAT, .f = NORM_EPSILON}, {NULL}};
    const struct onnx_value inputs[] = {
        x, onnx_floats(&e->graph, e->weights->conv[layer].norm_weight, channels, 0),
        onnx_floats(&e->graph, e->weights->conv[layer].norm_bias, channels, 0)};
    struct onnx_value y = {""};
    onnx_node(&e->graph, "LayerNormalization", inputs, 3, &y, 1, attributes);
    return y;
}

// x * 0.5 * (1 + erf(x / sqrt 2)), in the order runtimes know as a pattern
static struct onnx_value gelu(struct onnx_graph *graph, struct onnx_value x, struct onnx_value y)
{
    struct onnx_value root = onnx_binary(graph, "Div", x, onnx_float(graph, sqrtf(2)));
    struct onnx_value sum =
        onnx_binary(graph, "Add", onnx_unary(graph, "Erf", root), onnx_float(graph, 1));
    return made(graph, y.name, "Mul", onnx_binary(graph, "Mul", x, sum), onnx_float(graph, 0.5f));
}

static struct onnx_value convolution(struct exporter *e, int layer, int count, struct onnx_value x)
{
    const struct conv1d_shape conv = encoder_conv_shape(e->shape, layer);
    const bool last = layer == e->shape->conv_layers - 1;
    struct onnx_graph *graph = &e->graph;
    struct onnx_value y = {""};
    x = join_history(graph, conv, count, layer, x);
    x = windows(graph, conv, count, x);
    x = onnx_linear(graph, &e->style, e->weights->conv[layer].weight, e->weights->conv[layer].bias,
                    conv.out, conv.kernel * conv.in, x);
    x = layer_norm(e, layer, conv.out, x);
    y = last ? onnx_name("latent") : onnx_name("activation.%d", layer);
    if (e->shape->activation == ACTIVATION_GELU)
        y = gelu(graph, x, y);
    else
        onnx_node(graph, "Relu", &x, 1, &y, 1, NULL);
    return count > 1 ? reshape(graph, y, -1, count * conv.out, 0) : y;
}

static struct onnx_value latents(struct exporter *e, struct onnx_value x)
{
    int count = e->shape->front_end == FRONT_END_WAVEFORM ? HOP_SAMPLES : 1;
    for (int i = 0; i < e->shape->conv_layers; i++) {
        count /= e->shape->conv[i].stride;
        x = convolution(e, i, count, x);
    }
    onnx_output(&e->graph, x, encoder_shape_latent_dim(e->shape));
    return x;
}

// ---- recurrent layers

static struct onnx_value context(struct exporter *e, int layer, struct onnx_value x)
{
    const int hidden = e->shape->context_dim;
    struct onnx_graph *graph = &e->graph;
    struct onnx_value h = onnx_input(graph, hidden, "context.%d", layer);
    struct onnx_value next = onnx_name("next.context.%d", layer);
    if (e->shape->cell == CELL_LSTM) {
        struct onnx_value c = onnx_input(graph, hidden, "cell.%d", layer);
        struct onnx_value next_c = onnx_name("next.cell.%d", layer);
        onnx_lstm(graph, &e->style, &e->weights->context[layer], x, h, c, next, next_c);
        onnx_output(graph, next_c, hidden);
    } else {
        onnx_gru(graph, &e->style, &e->weights->context[layer], x, h, next);
    }
    onnx_output(graph, next, hidden);
    return next;
}

static void contexts(struct exporter *e, struct onnx_value x)
{
    for (int i = 0; i < e->shape->context_layers; i++) {
        struct onnx_value y = context(e, i, x);
        bool another = i + 1 < e->shape->context_layers;
        x = e->shape->residual && another ? onnx_binary(&e->graph, "Add", y, x) : y;
    }
}

// ---- all of it

auricle_status auricle_export_onnx(const auricle_model *model, const auricle_onnx_options *options,
                                   const char *path, auricle_error *error)
{
    static const char description[] = "One 10 ms frame of an Auricle encoder for a batch of "
                                      "streams. State NAME of the next frame "
                                      "is output next.NAME of this one; zeros for a new stream.";
    const struct encoder_shape *shape = &model->shape;
    struct exporter e = {.shape = shape, .weights = &model->weights};
    if (options)
        e.style = (struct onnx_style){options->int8, options->gru_operator};
    if (e.style.gru_operator && (shape->cell != CELL_GRU || e.style.int8))
        return error_set(error, AURICLE_INVALID,
                         "ONNX's GRU operator is for float GRU layers: leave the option away");
    if (model->storage == STORAGE_INT8)
        return error_set(error, AURICLE_INVALID,
                         "this encoder is int8: export the one it was made from");
    struct onnx_value x;
    if (shape->front_end == FRONT_END_LOGMEL)
        x = normalise(&e, onnx_input(&e.graph, shape->logmel.mels, "input"));
    else
        x = onnx_input(&e.graph, HOP_SAMPLES, "input");
    contexts(&e, latents(&e, x));
    const char *const metadata[][2] = {{"auricle", auricle_model_card(model)}};
    return onnx_graph_write(&e.graph, path, description, metadata, 1, error);
}
