// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// From /proc/cpuinfo and /sys/devices/system/cpu: what is not there is not printed.
#include "machine.h"

#include "tool_json.h"

#include <auricle/machine.h>
#include <auricle/status.h>
#include <auricle/pretrain.h>

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CACHES = 8, MOST_LINE = 8192 };

// Of x86-64 and aarch64, in the kernel's names.
static const char *const features[] = {
    "sse4_2",      "avx2",     "fma",         "avx512f",  "avx512bw", "avx512vl",
    "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16",
    "asimd",       "asimddp",  "i8mm",        "bf16",     "sve",      "sve2"};
enum { FEATURE_COUNT = sizeof features / sizeof *features };

struct cache {
    int level;
    char type[16]; // Data, Instruction, Unified
    long kilobytes;
};

struct machine {
    char cpu[256];
    int processors;
    bool has[FEATURE_COUNT];
    struct cache caches[MOST_CACHES];
    int cache_count;
};

static void find_features(struct machine *machine, char *words)
{
    for (char *word = strtok(words, " \t\n"); word; word = strtok(NULL, " \t\n"))
        for (int i = 0; i < FEATURE_COUNT; i++)
            machine->has[i] |= strcmp(word, features[i]) == 0;
}

static void read_processor(struct machine *machine)
{
    static char line[MOST_LINE];
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        char *value = strchr(line, ':');
        if (!value)
            continue;
        value++;
        machine->processors += !strncmp(line, "processor", 9);
        if (!strncmp(line, "model name", 10))
            snprintf(machine->cpu, sizeof machine->cpu, "%.*s", (int)strcspn(value + 1, "\n"),
                     value + 1);
        else if (!strncmp(line, "flags", 5) || !strncmp(line, "Features", 8))
            find_features(machine, value);
    }
    if (file)
        fclose(file);
}

// One word or number of /sys about the first processor's cache; false when there is none.
static bool read_cache(int index, const char *what, char *text, int size)
{
    char path[128];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, what);
    FILE *file = fopen(path, "r");
    bool found = file && fgets(text, size, file);
    if (found)
        text[strcspn(text, "\n")] = 0;
    if (file)
        fclose(file);
    return found;
}

static void read_caches(struct machine *machine)
{
    for (int i = 0; i < MOST_CACHES; i++) {
        struct cache *cache = &machine->caches[machine->cache_count];
        char level[16], size[32];
        if (!read_cache(i, "level", level, sizeof level) ||
            !read_cache(i, "type", cache->type, sizeof cache->type) ||
            !read_cache(i, "size", size, sizeof size))
            return;
        cache->level = atoi(level);
        cache->kilobytes = atol(size); // "1024K"
        machine->cache_count++;
    }
}

static void print_text(const struct machine *machine)
{
    printf("auricle     %s\ncpu         %s\nprocessors  %d\nfeatures   ", auricle_version(),
           machine->cpu, machine->processors);
    for (int i = 0; i < FEATURE_COUNT; i++)
        if (machine->has[i])
            printf(" %s", features[i]);
    printf("\ncaches     ");
    for (int i = 0; i < machine->cache_count; i++) {
        const struct cache *cache = &machine->caches[i];
        printf("%s L%d%s %ld KiB", i ? "," : "", cache->level,
               cache->type[0] == 'D'   ? "d"
               : cache->type[0] == 'I' ? "i"
                                       : "",
               cache->kilobytes);
    }
    printf("\nkernels     %s (AURICLE_KERNELS chooses among:", auricle_kernels_in_use());
    for (int i = 0; auricle_kernels_name(i); i++)
        printf(" %s", auricle_kernels_name(i));
    printf(")\n");
    if (auricle_bf16_unit())
        printf("bf16        %s\n", auricle_bf16_unit());
    if (auricle_kernels_amx_refusal())
        printf("no AMX      %s\n", auricle_kernels_amx_refusal());
    if (auricle_blas_core_missed())
        printf("blas        OpenBLAS does not know this CPU: what learns is started with "
               "OPENBLAS_CORETYPE=%s\n",
               auricle_blas_core_missed());
}

static void print_json(const struct machine *machine)
{
    json_t *found = json_array(), *caches = json_array(), *choices = json_array();
    for (int i = 0; i < FEATURE_COUNT; i++)
        if (machine->has[i])
            json_array_append_new(found, json_string(features[i]));
    for (int i = 0; i < machine->cache_count; i++) {
        const struct cache *cache = &machine->caches[i];
        json_array_append_new(caches,
                              json_pack("{s:i, s:s, s:I}", "level", cache->level, "type",
                                        cache->type, "bytes", (json_int_t)cache->kilobytes * 1024));
    }
    for (int i = 0; auricle_kernels_name(i); i++)
        json_array_append_new(choices, json_string(auricle_kernels_name(i)));
    json_t *all =
        json_pack("{s:s, s:s, s:i, s:o, s:o, s:s, s:o, s:s?, s:s?, s:s?}", "version",
                  auricle_version(), "cpu", machine->cpu, "processors", machine->processors,
                  "features", found, "caches", caches, "kernels", auricle_kernels_in_use(),
                  "kernel_choices", choices, "no_amx", auricle_kernels_amx_refusal(), "bf16",
                  auricle_bf16_unit(), "blas_core_missed", auricle_blas_core_missed());
    tool_json_print(all);
}

void machine_print(bool json)
{
    struct machine machine = {.cpu = "unknown"};
    read_processor(&machine);
    read_caches(&machine);
    json ? print_json(&machine) : print_text(&machine);
}
