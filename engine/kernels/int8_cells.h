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
    INT8_LONE = 2, // registers of units that one stream's tile computes
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

/** W x and U h of a tile: [count][gates] registers of units. */
struct int8_halves {
    vector xs[INT8_CELL_SUMS], hs[INT8_CELL_SUMS];
};

INLINE void int8_halves(const struct int8_cell *cell, int gates, int unit, int at, int count,
                        struct int8_halves *halves)
{
    int8_values(cell->w, cell->x, int8_gate_rows(cell->w, gates, unit), at, count, halves->xs);
    int8_values(cell->u, cell->h, int8_gate_rows(cell->u, gates, unit), at, count, halves->hs);
}

// One stream's gates are a long chain: those of INT8_LONE registers of units run side by side.
INLINE void int8_gru_tile(const struct int8_cell *cell, const float *const *h, float *const *next,
                          int unit, int registers, int at, int count)
{
    struct int8_halves halves[INT8_LONE];
    for (int v = 0; v < registers; v++)
        int8_halves(cell, GRU_GATES, unit + v * LANES, at, count, &halves[v]);
    INT8_UNROLL for (int v = 0; v < registers; v++) INT8_UNROLL for (int i = 0; i < count; i++)
    {
        int8_gru_gates(cell, unit + v * LANES, halves[v].xs + i * GRU_GATES,
                       halves[v].hs + i * GRU_GATES, h[at + i], next[at + i]);
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

// As many streams as go sixteen at a time, all units: returns how many. h of a GRU, c of an LSTM.
INLINE int int8_cell_sixteens(const struct int8_cell *cell, int gates, const float *const *h,
                              float *const *c, float *const *next)
{
    int at = 0;
#if defined(__AMX_INT8__)
    const struct int8_vectors *x = cell->x, *hs = cell->h;
    _Alignas(64) int32_t of_x[AMX_VECTORS * INT8_BLOCK * LSTM_GATES];
    _Alignas(64) int32_t of_h[AMX_VECTORS * INT8_BLOCK * LSTM_GATES];
    if (x->count >= AMX_VECTORS)
        amx_begin();
    for (; at + AMX_VECTORS <= x->count; at += AMX_VECTORS)
        for (int unit = 0; unit < cell->hidden; unit += INT8_BLOCK) {
            const struct int8_rows w = int8_gate_rows(cell->w, gates, unit);
            const struct int8_rows u = int8_gate_rows(cell->u, gates, unit);
            amx_sums(w.packed, gates, cell->w->column_bytes, x->bytes + at * x->step, x->step,
                     of_x);
            amx_sums(u.packed, gates, cell->u->column_bytes, hs->bytes + at * hs->step, hs->step,
                     of_h);
            for (int i = 0; i < AMX_VECTORS; i++) {
                struct int8_halves halves;
                int8_values_of(cell->w, x, w, at + i, of_x + i * w.width, halves.xs);
                int8_values_of(cell->u, hs, u, at + i, of_h + i * u.width, halves.hs);
                if (gates == GRU_GATES)
                    int8_gru_gates(cell, unit, halves.xs, halves.hs, h[at + i], next[at + i]);
                else
                    int8_lstm_gates(cell, unit, halves.xs, halves.hs, c[at + i], next[at + i]);
            }
        }
    if (x->count >= AMX_VECTORS)
        _tile_release();
#else
    (void)cell, (void)gates, (void)h, (void)c, (void)next;
#endif
    return at;
}

static void int8_gru(const struct int8_cell *cell, const float *const *h, float *const *next)
{
    const int at = int8_cell_sixteens(cell, GRU_GATES, h, NULL, next);
    int unit = 0;
    for (; cell->x->count - at == 1 && unit + INT8_LONE * LANES <= cell->hidden;
         unit += INT8_LONE * LANES)
        int8_gru_tile(cell, h, next, unit, INT8_LONE, at, 1);
    for (; unit < cell->hidden; unit += LANES)
        for (int s = at, n; s < cell->x->count; s += n) {
            n = skinny_share(cell->x->count - s, INT8_GRU_COUNT);
            INT8_SWITCH(n,
                        int8_gru_tile(cell, h, next, unit, 1, s, skinny_least(N, INT8_GRU_COUNT)))
        }
}

static void int8_lstm(const struct int8_cell *cell, float *const *c, float *const *next)
{
    const int at = int8_cell_sixteens(cell, LSTM_GATES, NULL, c, next);
    for (int unit = 0; unit < cell->hidden; unit += LANES)
        for (int s = at, n; s < cell->x->count; s += n) {
            n = skinny_share(cell->x->count - s, INT8_LSTM_COUNT);
            INT8_SWITCH(n, int8_lstm_tile(cell, c, next, unit, s, skinny_least(N, INT8_LSTM_COUNT)))
        }
}

#endif
