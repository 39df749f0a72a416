// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Counts what the whole process takes from the heap, shared libraries included, by standing in
 * front of glibc's allocator. Include in one file of a test program. The sanitizers stand there
 * already: under them nothing is counted and ALLOCATIONS_COUNTED is 0. */
#ifndef AURICLE_TESTS_ALLOCATIONS_H
#define AURICLE_TESTS_ALLOCATIONS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ALLOCATIONS_COUNTED 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define ALLOCATIONS_COUNTED 0
#endif
#ifndef ALLOCATIONS_COUNTED
#define ALLOCATIONS_COUNTED 1
#endif

static atomic_size_t allocations_calls __attribute__((unused));
static atomic_size_t allocations_bytes __attribute__((unused));

#if ALLOCATIONS_COUNTED
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *memory);

// Seen by the shared libraries too, though this program hides what it defines.
#define IN_FRONT __attribute__((visibility("default")))

static void allocations_note(size_t bytes)
{
    atomic_fetch_add(&allocations_calls, 1);
    atomic_fetch_add(&allocations_bytes, bytes);
}

IN_FRONT void *malloc(size_t bytes)
{
    allocations_note(bytes);
    return __libc_malloc(bytes);
}

IN_FRONT void *calloc(size_t count, size_t bytes)
{
    allocations_note(count * bytes);
    return __libc_calloc(count, bytes);
}

IN_FRONT void *realloc(void *old, size_t bytes)
{
    allocations_note(bytes);
    return __libc_realloc(old, bytes);
}

IN_FRONT void *aligned_alloc(size_t alignment, size_t bytes)
{
    allocations_note(bytes);
    return __libc_memalign(alignment, bytes);
}

IN_FRONT void free(void *memory)
{
    atomic_fetch_add(&allocations_calls, memory != NULL); // giving back takes the same lock
    __libc_free(memory);
}
#endif

#endif
