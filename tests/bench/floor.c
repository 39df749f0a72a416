// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The floor of this machine: floor [BYTES...] -> JSON
 *   {"v4-vnni": {"fma_gflops": x, "gops": x}, ..., "read_gbs": {"BYTES": x, ...}}
 * of one core: multiply-adds of floats and of bytes (two operations each), and how fast a block of
 * so many bytes is read again and again by the widest registers. Each the best of many short
 * rounds in the thread's own time, so that no neighbour lowers it: a floor is what nobody gets
 * below. */
#include "racer.h"

#include "floor.h"
#include "kernels/variants.h"

enum { ROUNDS = 40 };

static const struct floor_table *const tables[] = {
#if defined(__x86_64__)
    &floor_v3, &floor_v4, &floor_v4_vnni, &floor_v4_amx,
#endif
    &floor_portable};

static const struct floor_table *table_named(const char *name)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (!strcmp(tables[i]->name, name))
            return tables[i];
    return &floor_portable;
}

static double gflops(const struct floor_table *table)
{
    enum { COUNT = 100000 };
    float sink[64] = {0.5f, 0.25f};
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double before = racer_clock_us(CLOCK_THREAD_CPUTIME_ID),
               each = table->multiply(COUNT, sink);
        double rate = 2e-3 * each * COUNT / (racer_clock_us(CLOCK_THREAD_CPUTIME_ID) - before);
        best = rate > best ? rate : best;
    }
    return best;
}

static double gigabytes(const struct floor_table *table, size_t bytes, volatile float *sink)
{
    const size_t count = (bytes / 4 + 255) / 256 * 256;
    const int repeats = (int)(2000000 / count) + 1;
    float *block = aligned_alloc(64, count * sizeof *block);
    double best = 0;
    if (!block)
        return 0;
    memset(block, 0, count * sizeof *block);
    for (int i = 0; i < ROUNDS; i++) {
        double before = racer_clock_us(CLOCK_THREAD_CPUTIME_ID);
        for (int r = 0; r < repeats; r++)
            *sink += table->read(block, count);
        double rate =
            4e-3 * (double)count * repeats / (racer_clock_us(CLOCK_THREAD_CPUTIME_ID) - before);
        best = rate > best ? rate : best;
    }
    free(block);
    return best;
}

static double gops(const struct floor_table *table)
{
    enum { COUNT = 100000 };
    int sink[16] = {1, 2};
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double before = racer_clock_us(CLOCK_THREAD_CPUTIME_ID),
               each = table->multiply_bytes(COUNT, sink);
        double rate = 2e-3 * each * COUNT / (racer_clock_us(CLOCK_THREAD_CPUTIME_ID) - before);
        best = rate > best ? rate : best;
    }
    return best;
}

static void print_table(const struct floor_table *table)
{
    printf("\"%s\": {\"fma_gflops\": %.1f", table->name, gflops(table));
    if (table->multiply_bytes)
        printf(", \"gops\": %.1f", gops(table));
    printf("}, ");
}

int main(int argc, char **argv)
{
    const struct kernel_table *level;
    volatile float sink = 0;
    racer_pin();
    printf("{");
    for (int i = 0; (level = kernels_supported(i)); i++)
        print_table(table_named(level->name));
    printf("\"read_gbs\": {");
    for (int i = 1; i < argc; i++) {
        size_t bytes = strtoul(argv[i], NULL, 10);
        printf("%s\"%zu\": %.1f", i > 1 ? ", " : "", bytes,
               gigabytes(table_named(kernels_supported(0)->name), bytes, &sink));
    }
    printf("}}\n");
    return 0;
}
