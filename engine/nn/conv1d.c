// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Causal convolution over time: output j sees the kernel frames that end with x's (j+1)*stride-1.
 *
 *     history [kernel-stride] | x [T]          window j = kernel*in contiguous numbers
 *     [------ window 0 ------]
 *          stride -> [------ window 1 ------]
 *
 * Three ways to the same numbers, the cheapest that fits:
 *   kernel == stride    windows don't overlap: x is (B, T/stride, stride*in) and this is linear
 *   blocks              kernel a multiple of stride, blocks of stride*in wide enough for a GEMM:
 *                       a sum over kernel/stride taps of GEMMs on shifted views, nothing copied
 *   windows             the windows are written out side by side (im2col), then one GEMM */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/packed.h"
#include "nn/rows.h"

#include <string.h>

enum { MIN_BLOCK = 128 }; // narrower blocks: the GEMM's work no longer covers its overhead

struct conv1d {
    struct tensor *x, *w, *bias, *y;
    struct conv1d_shape shape;
    float *history; // [B][kernel-stride][in] before x, NULL = zeros
    float *windows; // [B*T/stride][kernel*in] when written out, else NULL
};

static int past_frames(const struct conv1d_shape *shape)
{
    return shape->kernel - shape->stride;
}

static size_t past_size(const struct conv1d_shape *shape)
{
    return (size_t)past_frames(shape) * (size_t)shape->in;
}

static float *stream_of(const struct tensor *x, float *numbers, int stream)
{
    return numbers + (size_t)stream * (size_t)x->t * (size_t)x->c;
}

// history becomes the last frames of history | x.
static void history_update(const struct conv1d_shape *shape, float *history, const float *x,
                           size_t x_size)
{
    size_t size = past_size(shape), kept = x_size < size ? size - x_size : 0;
    memmove(history, history + (size - kept), kept * sizeof *history);
    memcpy(history + kept, x + (x_size - (size - kept)), (size - kept) * sizeof *history);
}

// ---- windows

// Window j of one stream is split at x's start: before it history (or zeros), from there on x.
static void write_windows(const struct conv1d_shape *shape, int count, const float *history,
                          const float *x, float *windows)
{
    size_t width = (size_t)shape->kernel * (size_t)shape->in;
    size_t past = past_size(shape), stride = (size_t)shape->stride * (size_t)shape->in;
    for (int j = 0; j < count; j++, windows += width) {
        size_t start = (size_t)j * stride; // in history | x
        size_t old = start < past ? past - start : 0;
        if (history)
            memcpy(windows, history + (old ? start : 0), old * sizeof *windows);
        else
            memset(windows, 0, old * sizeof *windows);
        memcpy(windows + old, x + (start + old - past), (width - old) * sizeof *windows);
    }
}

static void add_windows(const struct conv1d_shape *shape, int count, const float *windows, float *x)
{
    size_t width = (size_t)shape->kernel * (size_t)shape->in;
    size_t past = past_size(shape), stride = (size_t)shape->stride * (size_t)shape->in;
    for (int j = 0; j < count; j++, windows += width) {
        size_t start = (size_t)j * stride;
        size_t old = start < past ? past - start : 0;
        row_add(width - old, windows + old, x + (start + old - past));
    }
}

static void windows_forward(struct tape *tape, struct conv1d *l)
{
    int rows = tensor_rows(l->y), width = l->w->c, out = l->y->c;
    l->windows = tape_scratch(tape, (size_t)rows * (size_t)width * sizeof *l->windows);
    for (int b = 0; b < l->x->b; b++)
        write_windows(&l->shape, l->y->t,
                      l->history ? l->history + (size_t)b * past_size(&l->shape) : NULL,
                      stream_of(l->x, l->x->data, b),
                      l->windows + (size_t)b * (size_t)l->y->t * (size_t)width);
    kernels()->sgemm(false, true, rows, out, width, 1, l->windows, width, l->w->data, width,
                     l->bias ? 1 : 0, l->y->data, out);
}

static void windows_backward(struct tape *tape, const struct conv1d *l)
{
    int rows = tensor_rows(l->y), width = l->w->c, out = l->y->c;
    if (l->w->grad)
        kernels()->sgemm(true, false, out, width, rows, 1, l->y->grad, out, l->windows, width, 1,
                         l->w->grad, width);
    if (!l->x->grad)
        return;
    float *grads = tape_scratch(tape, (size_t)rows * (size_t)width * sizeof *grads);
    kernels()->sgemm(false, false, rows, width, out, 1, l->y->grad, out, l->w->data, width, 0,
                     grads, width);
    for (int b = 0; b < l->x->b; b++)
        add_windows(&l->shape, l->y->t, grads + (size_t)b * (size_t)l->y->t * (size_t)width,
                    stream_of(l->x, l->x->grad, b));
}

// ---- blocks

// Tap k of a window that starts `late` = taps-1-k blocks before the newest: outputs [0, old) read
// history's blocks [k, k + old), outputs [old, T) read x's blocks [0, T - old).
//
// All streams are one product: x's and y's blocks lie one stream after another, `late` apart. What
// crosses from one stream into the next are a stream's first `old` outputs; they are kept aside.
struct tap {
    int width; // of a block
    int old;
    int rows;      // of the product with x, 0: the windows reach back past all of it
    size_t offset; // of the tap's columns in w, and of its first block in history
    size_t skip;   // numbers of y before the first that reads x
};

static int tap_count(const struct conv1d_shape *shape)
{
    return shape->kernel / shape->stride;
}

static struct tap tap_of(const struct conv1d *l, int k)
{
    int late = tap_count(&l->shape) - 1 - k, frames = l->y->t;
    struct tap tap = {.width = l->shape.stride * l->shape.in};
    tap.old = late < frames ? late : frames;
    tap.rows = late < frames ? l->y->b * frames - late : 0;
    tap.offset = (size_t)k * (size_t)tap.width;
    tap.skip = (size_t)tap.old * (size_t)l->shape.out;
    return tap;
}

// The first `old` outputs of every stream but the first: y -> kept, or back.
static void crossings_copy(const struct conv1d *l, const struct tap *tap, float *y, float *kept,
                           bool back)
{
    for (int b = 1; b < l->y->b; b++, kept += tap->skip) {
        float *at = stream_of(l->y, y, b);
        memcpy(back ? at : kept, back ? kept : at, tap->skip * sizeof *kept);
    }
}

static void crossings_clear(const struct conv1d *l, const struct tap *tap, float *y)
{
    for (int b = 1; b < l->y->b; b++)
        memset(stream_of(l->y, y, b), 0, tap->skip * sizeof *y);
}

static void tap_forward(const struct conv1d *l, int k, float *kept)
{
    const struct tap tap = tap_of(l, k);
    const float *w = l->w->data + tap.offset;
    const int out = l->y->c, y_stride = l->y->t * out;
    if (tap.rows > 0) {
        crossings_copy(l, &tap, l->y->data, kept, false);
        kernels()->sgemm(false, true, tap.rows, out, tap.width, 1, l->x->data, tap.width, w,
                         l->w->c, 1, l->y->data + tap.skip, out);
        crossings_copy(l, &tap, l->y->data, kept, true);
    }
    for (int i = 0; l->history && i < tap.old; i++)
        kernels()->sgemm(false, true, l->y->b, out, tap.width, 1,
                         l->history + tap.offset + (size_t)i * (size_t)tap.width,
                         (int)past_size(&l->shape), w, l->w->c, 1,
                         l->y->data + (size_t)i * (size_t)out, y_stride);
}

static void tap_backward(const struct conv1d *l, int k, float *kept)
{
    const struct tap tap = tap_of(l, k);
    const int out = l->y->c, y_stride = l->y->t * out;
    float *dw = l->w->grad ? l->w->grad + tap.offset : NULL, *dy = l->y->grad;
    for (int i = 0; dw && l->history && i < tap.old; i++)
        kernels()->sgemm(true, false, out, tap.width, l->y->b, 1, dy + (size_t)i * (size_t)out,
                         y_stride, l->history + tap.offset + (size_t)i * (size_t)tap.width,
                         (int)past_size(&l->shape), 1, dw, l->w->c);
    if (tap.rows == 0)
        return;
    crossings_copy(l, &tap, dy, kept, false);
    crossings_clear(l, &tap, dy);
    if (dw)
        kernels()->sgemm(true, false, out, tap.width, tap.rows, 1, dy + tap.skip, out, l->x->data,
                         tap.width, 1, dw, l->w->c);
    if (l->x->grad)
        kernels()->sgemm(false, false, tap.rows, tap.width, out, 1, dy + tap.skip, out,
                         l->w->data + tap.offset, l->w->c, 1, l->x->grad, tap.width);
    crossings_copy(l, &tap, dy, kept, true);
}

static void taps_run(struct tape *tape, const struct conv1d *l,
                     void (*run)(const struct conv1d *, int, float *))
{
    const size_t crossing = (size_t)(tap_count(&l->shape) - 1) * (size_t)l->shape.out;
    float *kept = tape_scratch(tape, (size_t)l->y->b * crossing * sizeof *kept);
    for (int k = 0; k < tap_count(&l->shape); k++)
        run(l, k, kept);
}

// ---- the layer

static void conv1d_backward(struct tape *tape, void *context)
{
    const struct conv1d *l = context;
    if (l->windows)
        windows_backward(tape, l);
    else
        taps_run(tape, l, tap_backward);
    if (l->bias && l->bias->grad)
        rows_sum_columns(tensor_rows(l->y), l->y->c, l->y->grad, l->bias->grad);
}

// The backward needs what history was; the caller's moves on.
static float *history_copy(struct tape *tape, const struct conv1d_shape *shape, int streams,
                           const float *history)
{
    if (!history)
        return NULL;
    size_t bytes = (size_t)streams * past_size(shape) * sizeof *history;
    return memcpy(tape_scratch(tape, bytes), history, bytes);
}

static struct tensor *tape_conv1d_disjoint(struct tape *tape, struct tensor *x, struct tensor *w,
                                           struct tensor *bias, int stride)
{
    struct tensor *view = tape_scratch(tape, sizeof *view);
    *view = (struct tensor){x->data, x->grad, x->b, x->t / stride, x->c * stride};
    return tape_linear(tape, view, w, bias);
}

struct tensor *tape_conv1d(struct tape *tape, struct tensor *x, struct tensor *w,
                           struct tensor *bias, struct conv1d_shape shape, float *history)
{
    CHECK(shape.kernel >= shape.stride && shape.stride > 0 && x->t % shape.stride == 0);
    CHECK(x->c == shape.in && w->t == shape.out && w->c == shape.kernel * shape.in);
    CHECK(!bias || bias->c == shape.out);
    if (shape.kernel == shape.stride)
        return tape_conv1d_disjoint(tape, x, w, bias, shape.stride);

    struct conv1d *l = tape_scratch(tape, sizeof *l);
    *l = (struct conv1d){.x = x, .w = w, .bias = bias, .shape = shape};
    l->history = history_copy(tape, &shape, x->b, history);
    l->y = tape_result(tape, x->b, x->t / shape.stride, shape.out,
                       x->grad || w->grad || (bias && bias->grad));
    bool blocks = shape.kernel % shape.stride == 0 && shape.stride > 1 &&
                  shape.stride * shape.in >= MIN_BLOCK;
    if (bias || blocks)
        rows_fill(tensor_rows(l->y), shape.out, bias ? bias->data : NULL, l->y->data);
    if (blocks)
        taps_run(tape, l, tap_forward);
    else
        windows_forward(tape, l);
    for (int b = 0; history && b < x->b; b++)
        history_update(&shape, history + (size_t)b * past_size(&shape), stream_of(x, x->data, b),
                       (size_t)x->t * (size_t)x->c);
    if (l->y->grad)
        tape_record(tape, conv1d_backward, l);
    return l->y;
}

void conv1d_step(struct conv1d_shape shape, const struct packed_matrix *w, int streams, int count,
                 const struct conv1d_rows *rows, void *scratch)
{
    const ptrdiff_t stride = (ptrdiff_t)shape.stride * shape.in;
    CHECK(w->rows == shape.out && w->columns == shape.kernel * shape.in);
    for (int b = 0, row = 0; b < streams; b++)
        for (int j = 0; j < count; j++, row++) {
            rows->from[row] = rows->joined[b] + j * stride;
            rows->to[row] = rows->outputs[b] + (ptrdiff_t)j * shape.out;
        }
    packed_matrix_product(w, streams * count, rows->from, rows->to, scratch);
}
