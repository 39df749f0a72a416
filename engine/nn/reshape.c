// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Sums, cuts and joins of tensors, and unit length. */
#include "base/error.h"
#include "kernels/kernels.h"
#include "nn/layers.h"
#include "nn/rows.h"

#include <math.h>
#include <string.h>

static const float LENGTH_FLOOR = 1e-8f;

static bool same_shape(const struct tensor *x, const struct tensor *y)
{
    return x->b == y->b && x->t == y->t && x->c == y->c;
}

static size_t row_bytes(const struct tensor *x)
{
    return (size_t)x->c * sizeof *x->data;
}

// ---- add

struct add {
    struct tensor *x, *y, *sum;
};

static void add_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct add *a = context;
    size_t n = tensor_size(a->sum);
    if (a->x->grad)
        row_add(n, a->sum->grad, a->x->grad);
    if (a->y->grad)
        row_add(n, a->sum->grad, a->y->grad);
}

struct tensor *tape_add(struct tape *tape, struct tensor *x, struct tensor *y)
{
    CHECK(same_shape(x, y));
    struct tensor *sum = tape_result(tape, x->b, x->t, x->c, x->grad || y->grad);
    for (size_t i = 0, n = tensor_size(x); i < n; i++)
        sum->data[i] = x->data[i] + y->data[i];
    if (sum->grad) {
        struct add *a = tape_scratch(tape, sizeof *a);
        *a = (struct add){x, y, sum};
        tape_record(tape, add_backward, a);
    }
    return sum;
}

// ---- scale

struct scale {
    struct tensor *x, *y;
    float factor;
};

static void scale_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct scale *s = context;
    const float *restrict dy = s->y->grad;
    float *restrict dx = s->x->grad;
    for (size_t i = 0, n = tensor_size(s->y); i < n; i++)
        dx[i] += s->factor * dy[i];
}

struct tensor *tape_scale(struct tape *tape, struct tensor *x, float factor)
{
    struct tensor *y = tape_result(tape, x->b, x->t, x->c, x->grad);
    for (size_t i = 0, n = tensor_size(x); i < n; i++)
        y->data[i] = factor * x->data[i];
    if (y->grad) {
        struct scale *s = tape_scratch(tape, sizeof *s);
        *s = (struct scale){x, y, factor};
        tape_record(tape, scale_backward, s);
    }
    return y;
}

// ---- concat

struct concat {
    struct tensor **parts, *y;
    int count;
};

static void concat_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct concat *l = context;
    for (int i = 0; i < tensor_rows(l->y); i++) {
        const float *dy = tensor_grad_row(l->y, i);
        for (int p = 0; p < l->count; dy += l->parts[p]->c, p++)
            if (l->parts[p]->grad)
                row_add((size_t)l->parts[p]->c, dy, tensor_grad_row(l->parts[p], i));
    }
}

struct tensor *tape_concat(struct tape *tape, struct tensor **parts, int count)
{
    CHECK(count > 0);
    int channels = 0;
    bool learns = false;
    for (int p = 0; p < count; p++) {
        CHECK(parts[p]->b == parts[0]->b && parts[p]->t == parts[0]->t);
        channels += parts[p]->c;
        learns = learns || parts[p]->grad;
    }
    struct tensor *y = tape_result(tape, parts[0]->b, parts[0]->t, channels, learns);
    for (int i = 0; i < tensor_rows(y); i++) {
        float *to = tensor_row(y, i);
        for (int p = 0; p < count; to += parts[p]->c, p++)
            memcpy(to, tensor_row(parts[p], i), row_bytes(parts[p]));
    }
    if (y->grad) {
        struct concat *l = tape_scratch(tape, sizeof *l);
        size_t bytes = (size_t)count * sizeof(struct tensor *);
        *l = (struct concat){memcpy(tape_scratch(tape, bytes), parts, bytes), y, count};
        tape_record(tape, concat_backward, l);
    }
    return y;
}

// ---- gather; a slice is one with rows in order

struct gather {
    struct tensor *x, *y;
    int *rows;
};

static void gather_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct gather *g = context;
    for (int i = 0; i < tensor_rows(g->y); i++)
        row_add((size_t)g->y->c, tensor_grad_row(g->y, i), tensor_grad_row(g->x, g->rows[i]));
}

// rows lives on the tape already.
static struct tensor *gather(struct tape *tape, struct tensor *x, int *rows, int b, int t)
{
    struct tensor *y = tape_result(tape, b, t, x->c, x->grad);
    for (int i = 0; i < tensor_rows(y); i++) {
        CHECK(rows[i] >= 0 && rows[i] < tensor_rows(x));
        memcpy(tensor_row(y, i), tensor_row(x, rows[i]), row_bytes(x));
    }
    if (y->grad) {
        struct gather *g = tape_scratch(tape, sizeof *g);
        *g = (struct gather){x, y, rows};
        tape_record(tape, gather_backward, g);
    }
    return y;
}

struct tensor *tape_gather(struct tape *tape, struct tensor *x, const int *rows, int count)
{
    size_t bytes = (size_t)count * sizeof *rows;
    return gather(tape, x, memcpy(tape_scratch(tape, bytes), rows, bytes), 1, count);
}

struct tensor *tape_slice(struct tape *tape, struct tensor *x, int start, int count)
{
    CHECK(start >= 0 && count > 0 && start + count <= x->t);
    int *rows = tape_scratch(tape, (size_t)x->b * (size_t)count * sizeof *rows);
    for (int b = 0; b < x->b; b++)
        for (int t = 0; t < count; t++)
            rows[b * count + t] = b * x->t + start + t;
    return gather(tape, x, rows, x->b, count);
}

// ---- mask

struct mask {
    struct tensor *x, *token, *y;
    unsigned char *hidden; // [B*T]
};

static void mask_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct mask *m = context;
    for (int i = 0; i < tensor_rows(m->y); i++) {
        const float *dy = tensor_grad_row(m->y, i);
        if (m->hidden[i] && m->token->grad)
            row_add((size_t)m->y->c, dy, m->token->grad);
        if (!m->hidden[i] && m->x->grad)
            row_add((size_t)m->y->c, dy, tensor_grad_row(m->x, i));
    }
}

struct tensor *tape_mask(struct tape *tape, struct tensor *x, struct tensor *token,
                         const unsigned char *mask)
{
    CHECK(token->c == x->c);
    struct tensor *y = tape_result(tape, x->b, x->t, x->c, x->grad || token->grad);
    for (int i = 0; i < tensor_rows(x); i++)
        memcpy(tensor_row(y, i), mask[i] ? token->data : tensor_row(x, i), row_bytes(x));
    if (y->grad) {
        struct mask *m = tape_scratch(tape, sizeof *m);
        size_t bytes = (size_t)tensor_rows(x);
        *m = (struct mask){x, token, y, memcpy(tape_scratch(tape, bytes), mask, bytes)};
        tape_record(tape, mask_backward, m);
    }
    return y;
}

// ---- unit length

struct unit {
    struct tensor *x, *y;
    float *length; // [B*T], without the floor
};

// y = x / s, s = |x| + floor:  dx = (dy - y (y . dy) s / |x|) / s
static void unit_backward(struct tape *tape, void *context)
{
    (void)tape;
    const struct unit *u = context;
    for (int i = 0; i < tensor_rows(u->y); i++) {
        const float *dy = tensor_grad_row(u->y, i), *y = tensor_row(u->y, i);
        float *dx = tensor_grad_row(u->x, i);
        float length = u->length[i], inverse = 1 / (length + LENGTH_FLOOR);
        float along = length > 0 ? kernels()->dot(u->y->c, y, dy) / length : 0;
        for (int c = 0; c < u->y->c; c++)
            dx[c] += dy[c] * inverse - y[c] * along;
    }
}

struct tensor *tape_unit(struct tape *tape, struct tensor *x)
{
    struct tensor *y = tape_result(tape, x->b, x->t, x->c, x->grad);
    float *length = tape_scratch(tape, (size_t)tensor_rows(x) * sizeof *length);
    for (int i = 0; i < tensor_rows(x); i++) {
        const float *from = tensor_row(x, i);
        float *to = tensor_row(y, i);
        length[i] = sqrtf(kernels()->dot(x->c, from, from));
        float inverse = 1 / (length[i] + LENGTH_FLOOR);
        for (int c = 0; c < x->c; c++)
            to[c] = from[c] * inverse;
    }
    if (y->grad) {
        struct unit *u = tape_scratch(tape, sizeof *u);
        *u = (struct unit){x, y, length};
        tape_record(tape, unit_backward, u);
    }
    return y;
}

struct tensor *tape_stop(struct tape *tape, struct tensor *x)
{
    return tape_constant(tape, x->data, x->b, x->t, x->c);
}
