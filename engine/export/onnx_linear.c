// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "export/onnx_linear.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- w x + b

// [rows][columns] -> [columns][rows]
static float *transposed(struct onnx_graph *graph, const float *w, int rows, int columns)
{
    float *t = malloc((size_t)rows * (size_t)columns * sizeof *t);
    graph->constants.failed |= !t;
    for (int r = 0; t && r < rows; r++)
        for (int c = 0; c < columns; c++)
            t[(size_t)c * (size_t)rows + (size_t)r] = w[(size_t)r * (size_t)columns + (size_t)c];
    return t;
}

static struct onnx_value linear_float(struct onnx_graph *graph, const float *w, const float *bias,
                                      int rows, int columns, struct onnx_value x)
{
    float *t = transposed(graph, w, rows, columns);
    struct onnx_value y = {""};
    if (!t)
        return y;
    const struct onnx_value inputs[] = {x, onnx_floats(graph, t, columns, rows),
                                        onnx_floats(graph, bias, rows, 0)};
    onnx_node(graph, "Gemm", inputs, 3, &y, 1, NULL);
    free(t);
    return y;
}

// Symmetric, a scale a row: w = scale * q, q in -127..127. q is [columns][rows].
static void quantise(const float *w, int rows, int columns, int8_t *q, float *scale)
{
    for (int r = 0; r < rows; r++, w += columns) {
        float most = 0;
        for (int c = 0; c < columns; c++)
            most = fmaxf(most, fabsf(w[c]));
        scale[r] = most > 0 ? most / 127 : 1;
        for (int c = 0; c < columns; c++)
            q[(size_t)c * (size_t)rows + (size_t)r] = (int8_t)lrintf(w[c] / scale[r]);
    }
}

// The order of nodes is the one runtimes know as a pattern and replace by one fused operator.
static struct onnx_value integer_product(struct onnx_graph *graph, struct onnx_value x,
                                         struct onnx_value w, struct onnx_value scale)
{
    static const struct onnx_attribute to_float[] = {{"to", ONNX_INT, .i = 1}, {NULL}};
    struct onnx_value quantised[3] = {{""}, {""}, {""}}; // x as bytes, scale, zero point
    onnx_node(graph, "DynamicQuantizeLinear", &x, 1, quantised, 3, NULL);
    const struct onnx_value inputs[] = {quantised[0], w, quantised[2]};
    struct onnx_value sum = {""}, y = {""};
    onnx_node(graph, "MatMulInteger", inputs, 3, &sum, 1, NULL);
    onnx_node(graph, "Cast", &sum, 1, &y, 1, to_float);
    return onnx_binary(graph, "Mul", y, onnx_binary(graph, "Mul", quantised[1], scale));
}

static struct onnx_value linear_int8(struct onnx_graph *graph, const float *w, const float *bias,
                                     int rows, int columns, struct onnx_value x)
{
    int8_t *q = malloc((size_t)rows * (size_t)columns);
    float *scale = malloc((size_t)rows * sizeof *scale);
    struct onnx_value y = {""};
    if (q && scale) {
        quantise(w, rows, columns, q, scale);
        y = integer_product(graph, x, onnx_signed_bytes(graph, q, columns, rows),
                            onnx_floats(graph, scale, rows, 0));
        y = onnx_binary(graph, "Add", y, onnx_floats(graph, bias, rows, 0));
    }
    graph->constants.failed |= !q || !scale;
    free(q);
    free(scale);
    return y;
}

struct onnx_value onnx_linear(struct onnx_graph *graph, const struct onnx_style *style,
                              const float *w, const float *bias, int rows, int columns,
                              struct onnx_value x)
{
    return style->int8 ? linear_int8(graph, w, bias, rows, columns, x)
                       : linear_float(graph, w, bias, rows, columns, x);
}

// ---- recurrent cells

// W_ih x + b_ih and W_hh h + b_hh, each cut into gates parts.
static void products(struct onnx_graph *graph, const struct onnx_style *style,
                     const struct recurrent_step_weights *weights, int gates, struct onnx_value x,
                     struct onnx_value h, struct onnx_value both[2])
{
    const int rows = gates * weights->hidden;
    both[0] = onnx_linear(graph, style, weights->weight_ih, weights->bias_ih, rows, weights->in, x);
    both[1] =
        onnx_linear(graph, style, weights->weight_hh, weights->bias_hh, rows, weights->hidden, h);
}

static void split(struct onnx_graph *graph, struct onnx_value x, const int64_t *widths, int count,
                  struct onnx_value *parts)
{
    static const struct onnx_attribute columns[] = {{"axis", ONNX_INT, .i = 1}, {NULL}};
    const struct onnx_value inputs[] = {x, onnx_ints(graph, widths, count)};
    for (int i = 0; i < count; i++)
        *parts[i].name = 0;
    onnx_node(graph, "Split", inputs, 2, parts, count, columns);
}

static void gru_of_parts(struct onnx_graph *graph, const struct onnx_style *style,
                         const struct recurrent_step_weights *weights, struct onnx_value x,
                         struct onnx_value h, struct onnx_value next)
{
    const int64_t hidden = weights->hidden, widths[] = {2 * hidden, hidden},
                  halves[] = {hidden, hidden};
    struct onnx_value both[2], from_x[2], from_h[2], rz[2];
    products(graph, style, weights, 3, x, h, both);
    split(graph, both[0], widths, 2, from_x);
    split(graph, both[1], widths, 2, from_h);
    struct onnx_value gates =
        onnx_unary(graph, "Sigmoid", onnx_binary(graph, "Add", from_x[0], from_h[0]));
    split(graph, gates, halves, 2, rz);
    struct onnx_value m = onnx_binary(graph, "Mul", rz[0], from_h[1]);
    struct onnx_value n = onnx_unary(graph, "Tanh", onnx_binary(graph, "Add", from_x[1], m));
    // (1 - z) n + z h
    struct onnx_value kept = onnx_binary(graph, "Mul", rz[1], onnx_binary(graph, "Sub", h, n));
    const struct onnx_value inputs[] = {n, kept};
    onnx_node(graph, "Add", inputs, 2, &next, 1, NULL);
}

// ONNX orders the gates z, r, n; PyTorch and we r, z, n.
static struct onnx_value reordered(struct onnx_graph *graph, const float *from, int hidden,
                                   int columns, float *to)
{
    const size_t block = (size_t)hidden * (size_t)columns;
    memcpy(to, from + block, block * sizeof *to);
    memcpy(to + block, from, block * sizeof *to);
    memcpy(to + 2 * block, from + 2 * block, block * sizeof *to);
    return onnx_floats(graph, to, 3 * hidden, columns);
}

// (batch, ...) -> (1, batch, ...) or back
static struct onnx_value lifted(struct onnx_graph *graph, const char *op, struct onnx_value x)
{
    return onnx_binary(graph, op, x, onnx_ints(graph, (const int64_t[]){0}, 1));
}

static struct onnx_value with_direction(struct onnx_graph *graph, struct onnx_value x)
{
    return lifted(graph, "Unsqueeze", x);
}

static void gru_of_onnx(struct onnx_graph *graph, const struct recurrent_step_weights *weights,
                        struct onnx_value x, struct onnx_value h, struct onnx_value next)
{
    const int hidden = weights->hidden, most = hidden > weights->in ? hidden : weights->in;
    float *scratch = malloc(3 * (size_t)hidden * (size_t)most * sizeof *scratch);
    graph->constants.failed |= !scratch;
    if (!scratch)
        return;
    struct onnx_value w = reordered(graph, weights->weight_ih, hidden, weights->in, scratch);
    struct onnx_value r = reordered(graph, weights->weight_hh, hidden, hidden, scratch);
    reordered(graph, weights->bias_ih, hidden, 1, scratch);
    float *biases = scratch + 3 * hidden;
    memcpy(biases, weights->bias_hh + hidden, (size_t)hidden * sizeof *biases);
    memcpy(biases + hidden, weights->bias_hh, (size_t)hidden * sizeof *biases);
    memcpy(biases + 2 * hidden, weights->bias_hh + 2 * hidden, (size_t)hidden * sizeof *biases);
    const struct onnx_value inputs[] = {
        lifted(graph, "Unsqueeze", x),
        with_direction(graph, w),
        with_direction(graph, r),
        with_direction(graph, onnx_floats(graph, scratch, 6 * hidden, 0)),
        {""},
        lifted(graph, "Unsqueeze", h)};
    const struct onnx_attribute attributes[] = {
        {"hidden_size", ONNX_INT, .i = hidden}, {"linear_before_reset", ONNX_INT, .i = 1}, {NULL}};
    struct onnx_value outputs[] = {{""}, {""}};
    onnx_node(graph, "GRU", inputs, 6, outputs, 2, attributes);
    const struct onnx_value last[] = {outputs[1], onnx_ints(graph, (const int64_t[]){0}, 1)};
    onnx_node(graph, "Squeeze", last, 2, &next, 1, NULL);
    free(scratch);
}

void onnx_gru(struct onnx_graph *graph, const struct onnx_style *style,
              const struct recurrent_step_weights *weights, struct onnx_value x,
              struct onnx_value h, struct onnx_value next)
{
    if (style->gru_operator)
        gru_of_onnx(graph, weights, x, h, next);
    else
        gru_of_parts(graph, style, weights, x, h, next);
}

void onnx_lstm(struct onnx_graph *graph, const struct onnx_style *style,
               const struct recurrent_step_weights *weights, struct onnx_value x,
               struct onnx_value h, struct onnx_value c, struct onnx_value next_h,
               struct onnx_value next_c)
{
    const int64_t hidden = weights->hidden, widths[] = {hidden, hidden, hidden, hidden};
    struct onnx_value both[2], gates[4];
    products(graph, style, weights, 4, x, h, both);
    split(graph, onnx_binary(graph, "Add", both[0], both[1]), widths, 4, gates); // i, f, g, o
    for (int i = 0; i < 4; i++)
        gates[i] = onnx_unary(graph, i == 2 ? "Tanh" : "Sigmoid", gates[i]);
    const struct onnx_value sum[] = {onnx_binary(graph, "Mul", gates[1], c),
                                     onnx_binary(graph, "Mul", gates[0], gates[2])};
    onnx_node(graph, "Add", sum, 2, &next_c, 1, NULL);
    const struct onnx_value product[] = {gates[3], onnx_unary(graph, "Tanh", next_c)};
    onnx_node(graph, "Mul", product, 2, &next_h, 1, NULL);
}
