// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One frame of GRU and LSTM from bytes: both products of a register of units, then the gates on
 * them while they are still in registers. With one stream the gates cost next to nothing: they are
 * computed while the next units' weights come from the second-level cache. Formulas: nn/gru.c,
 * nn/lstm.c. Included by kernels/body.c only. */
#ifndef AURICLE_KERNELS_INT8_CELLS_H
#define AURICLE_KERNELS_INT8_CELLS_H

#include "kernels/int8_body.h"
#include "kernels/skinny_cells.h"

enum {
    INT8_GRU_COUNT = INT8_CELL_SUMS / GRU_GATES,
    INT8_LSTM_COUNT = INT8_CELL_SUMS / LSTM_GATES,
};

// All gates of LANES units from unit on.
INLINE struct int8_rows int8_gate_rows(const struct int8_matrix *w, int gates, int unit)
{
    const int width = gates * INT8_BLOCK, group = unit / INT8_BLOCK, within = unit % INT8_BLOCK;
    return (struct int8_rows){.packed = w->packed + (ptrdiff_t)group * width * w->column_bytes +
                                        (ptrdiff_t)within * INT8_PACK,
                              .width = width,
                              .first = group * width + within,
                              .step = INT8_BLOCK,
                              .vectors = gates};
}

// The gates of one stream; xs, hs: W x and U h with their biases.
INLINE void int8_gru_gates(const struct int8_cell *cell, int unit, const vector *xs,
                           const vector *hs, const float *h, float *next)
{
    gru_gates(xs[0] + hs[0], xs[1] + hs[1], xs[2], hs[2], h + unit, next + unit,
              cell->hidden - unit);
}

INLINE void int8_lstm_gates(const struct int8_cell *cell, int unit, const vector *xs,
                            const vector *hs, float *c, float *next)
{
    const vector sums[LSTM_GATES] = {xs[0] + hs[0], xs[1] + hs[1], xs[2] + hs[2], xs[3] + hs[3]};
    lstm_gates(sums, c + unit, next + unit, cell->hidden - unit);
}

/** The products of count streams from stream at on with the gates of a register of units, or of one
 * stream from what the tiles have made. */
struct int8_halves {
    vector xs[INT8_CELL_SUMS], hs[INT8_CELL_SUMS];
};

INLINE void int8_halves(const struct int8_cell *cell, int gates, int unit, int at, int count,
                        struct int8_halves *halves)
{
    int8_values(cell->w, cell->x, int8_gate_rows(cell->w, gates, unit), at, count, halves->xs);
    int8_values(cell->u, cell->h, int8_gate_rows(cell->u, gates, unit), at, count, halves->hs);
}

INLINE void int8_gru_tile(const struct int8_cell *cell, const float *const *h, float *const *next,
                          int unit, int at, int count)
{
    struct int8_halves halves;
    int8_halves(cell, GRU_GATES, unit, at, count, &halves);
    INT8_UNROLL for (int i = 0; i < count; i++)
    {
        int8_gru_gates(cell, unit, halves.xs + i * GRU_GATES, halves.hs + i * GRU_GATES, h[at + i],
                       next[at + i]);
    }
}

INLINE void int8_lstm_tile(const struct int8_cell *cell, float *const *c, float *const *next,
                           int unit, int at, int count)
{
    struct int8_halves halves;
    int8_halves(cell, LSTM_GATES, unit, at, count, &halves);
    INT8_UNROLL for (int i = 0; i < count; i++)
    {
        int8_lstm_gates(cell, unit, halves.xs + i * LSTM_GATES, halves.hs + i * LSTM_GATES,
                        c[at + i], next[at + i]);
    }
}

// As many streams as go sixteen at a time, all units: returns how many. finish(i, unit): stream i.
#if defined(__AMX_INT8__)
INLINE void int8_cell_sixteen(const struct int8_cell *cell, int gates, int unit, int at,
                              int32_t *made_x, int32_t *made_h)
{
    const struct int8_vectors *x = cell->x, *h = cell->h;
    amx_sums(int8_gate_rows(cell->w, gates, unit).packed, gates, cell->w->column_bytes,
             x->bytes + at * x->step, x->step, made_x);
    amx_sums(int8_gate_rows(cell->u, gates, unit).packed, gates, cell->u->column_bytes,
             h->bytes + at * h->step, h->step, made_h);
}

#define INT8_CELL_SIXTEENS(gates, finish)                                                          \
    int at = 0;                                                                                    \
    _Alignas(64) int32_t made_x[AMX_VECTORS * INT8_BLOCK * (gates)];                               \
    _Alignas(64) int32_t made_h[AMX_VECTORS * INT8_BLOCK * (gates)];                               \
    if (cell->x->count >= AMX_VECTORS)                                                             \
        amx_begin();                                                                               \
    for (; at + AMX_VECTORS <= cell->x->count; at += AMX_VECTORS)                                  \
        for (int unit = 0; unit < cell->hidden; unit += INT8_BLOCK) {                              \
            int8_cell_sixteen(cell, gates, unit, at, made_x, made_h);                              \
            for (int i = 0; i < AMX_VECTORS; i++) {                                                \
                const int made = i * INT8_BLOCK * (gates);                                         \
                vector xs[gates], hs[gates];                                                       \
                int8_values_of(cell->w, cell->x, int8_gate_rows(cell->w, gates, unit), at + i,     \
                               made_x + made, xs);                                                 \
                int8_values_of(cell->u, cell->h, int8_gate_rows(cell->u, gates, unit), at + i,     \
                               made_h + made, hs);                                                 \
                finish;                                                                            \
            }                                                                                      \
        }                                                                                          \
    if (cell->x->count >= AMX_VECTORS)                                                             \
        _tile_release();
#else
#define INT8_CELL_SIXTEENS(gates, finish) int at = 0;
#endif

static void int8_gru(const struct int8_cell *cell, const float *const *h, float *const *next)
{
    INT8_CELL_SIXTEENS(GRU_GATES, int8_gru_gates(cell, unit, xs, hs, h[at + i], next[at + i]))
    for (int unit = 0; unit < cell->hidden; unit += LANES)
        for (int s = at, n; s < cell->x->count; s += n) {
            n = skinny_share(cell->x->count - s, INT8_GRU_COUNT);
            INT8_SWITCH(n, int8_gru_tile(cell, h, next, unit, s, skinny_least(N, INT8_GRU_COUNT)))
        }
}

static void int8_lstm(const struct int8_cell *cell, float *const *c, float *const *next)
{
    INT8_CELL_SIXTEENS(LSTM_GATES, int8_lstm_gates(cell, unit, xs, hs, c[at + i], next[at + i]))
    for (int unit = 0; unit < cell->hidden; unit += LANES)
        for (int s = at, n; s < cell->x->count; s += n) {
            n = skinny_share(cell->x->count - s, INT8_LSTM_COUNT);
            INT8_SWITCH(n, int8_lstm_tile(cell, c, next, unit, s, skinny_least(N, INT8_LSTM_COUNT)))
        }
}

#endif
