// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Preloaded into the program: the n-th allocation that the program and its libraries ask for
 * fails, n = FAIL_AT (0 = none). At exit their number is written to the file COUNT_TO. What other
 * libraries allocate for themselves succeeds. */
#define _GNU_SOURCE // RTLD_NEXT, dl_iterate_phdr
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RANGES = 16, EARLY_BYTES = 1 << 16 };

static struct {
    uintptr_t begin, end;
} ranges[MOST_RANGES];
static int range_count;
static atomic_long asked;
static long fail_at;
static char count_to[4096];
static bool ready;

static void *(*next_malloc)(size_t), *(*next_calloc)(size_t, size_t),
    *(*next_realloc)(void *, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);
static int (*next_posix_memalign)(void **, size_t, size_t);
static void (*next_free)(void *);

// For what the dynamic linker itself asks for while the next functions are looked up.
static _Alignas(16) unsigned char early[EARLY_BYTES];
static size_t early_used;

static void *early_take(size_t bytes)
{
    void *taken = early + early_used;
    early_used += (bytes + 15) & ~(size_t)15;
    return early_used <= sizeof early ? taken : NULL;
}

static bool is_early(const void *memory)
{
    return (const unsigned char *)memory >= early &&
           (const unsigned char *)memory < early + sizeof early;
}

static int note_object(struct dl_phdr_info *object, size_t size, void *user)
{
    (void)size;
    (void)user;
    const bool program = !*object->dlpi_name;
    if (!program && !strstr(object->dlpi_name, "/libauricle"))
        return 0;
    for (int i = 0; i < object->dlpi_phnum && range_count < MOST_RANGES; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
            continue;
        ranges[range_count].begin = object->dlpi_addr + part->p_vaddr;
        ranges[range_count++].end = object->dlpi_addr + part->p_vaddr + part->p_memsz;
    }
    return 0;
}

static void look_up(void)
{
    static bool busy;
    if (next_free || busy)
        return;
    busy = true;
    *(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&next_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&next_realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&next_aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    *(void **)&next_posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    *(void **)&next_free = dlsym(RTLD_NEXT, "free");
    busy = false;
}

static void write_count(void)
{
    FILE *file = *count_to ? fopen(count_to, "w") : NULL;
    if (!file)
        return;
    fprintf(file, "%ld\n", atomic_load(&asked));
    fclose(file);
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAIL_AT"), *to = getenv("COUNT_TO");
    look_up();
    dl_iterate_phdr(note_object, NULL);
    fail_at = at ? atol(at) : 0;
    snprintf(count_to, sizeof count_to, "%s", to ? to : "");
    atexit(write_count);
    ready = true;
}

static bool refused(void *caller)
{
    const uintptr_t place = (uintptr_t)caller;
    for (int i = 0; ready && i < range_count; i++)
        if (place >= ranges[i].begin && place < ranges[i].end) {
            const bool fails = atomic_fetch_add(&asked, 1) + 1 == fail_at;
            errno = fails ? ENOMEM : errno;
            return fails;
        }
    return false;
}

#pragma GCC visibility push(default) // these stand in front of the C library's

#define REFUSED() refused(__builtin_return_address(0))

void *malloc(size_t bytes)
{
    look_up();
    return REFUSED() ? NULL : next_malloc ? next_malloc(bytes) : early_take(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    look_up();
    return REFUSED() ? NULL : next_calloc ? next_calloc(count, bytes) : early_take(count * bytes);
}

void *realloc(void *old, size_t bytes)
{
    look_up();
    if (REFUSED())
        return NULL;
    if (!is_early(old))
        return next_realloc(old, bytes);
    void *moved = next_malloc(bytes);
    const size_t behind = (size_t)(early + sizeof early - (unsigned char *)old);
    return moved ? memcpy(moved, old, bytes < behind ? bytes : behind) : NULL;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    look_up();
    return REFUSED() ? NULL : next_aligned_alloc(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    look_up();
    return REFUSED() ? ENOMEM : next_posix_memalign(memory, alignment, bytes);
}

char *strdup(const char *text)
{
    const size_t bytes = strlen(text) + 1;
    look_up();
    char *copy = REFUSED() ? NULL : next_malloc ? next_malloc(bytes) : early_take(bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

void free(void *memory)
{
    look_up();
    if (memory && !is_early(memory) && next_free)
        next_free(memory);
}

#pragma GCC visibility pop
