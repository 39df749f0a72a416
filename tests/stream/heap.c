// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _GNU_SOURCE // dladdr
#include "heap.h"

#include <dlfcn.h>

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASAN 1
#endif
#endif

#ifdef ASAN
#define OUR(name) __wrap_##name
#define REAL(name) __real_##name
#define REAL_ALIGNED __real_aligned_alloc
#else
#define OUR(name) name
#define REAL(name) __libc_##name
#define REAL_ALIGNED __libc_memalign
#endif
#define IN_FRONT __attribute__((visibility("default")))

void *REAL(malloc)(size_t bytes);
void *REAL(calloc)(size_t count, size_t bytes);
void *REAL(realloc)(void *old, size_t bytes);
void *REAL_ALIGNED(size_t alignment, size_t bytes);
void REAL(free)(void *memory);
IN_FRONT void *OUR(malloc)(size_t bytes);
IN_FRONT void *OUR(calloc)(size_t count, size_t bytes);
IN_FRONT void *OUR(realloc)(void *old, size_t bytes);
IN_FRONT void *OUR(aligned_alloc)(size_t alignment, size_t bytes);
IN_FRONT void OUR(free)(void *memory);

static atomic_long calls, live, countdown;

static const char *spared_library;

static bool is_spared(void *caller)
{
    Dl_info info;
    return spared_library && dladdr(caller, &info) && strstr(info.dli_fname, spared_library);
}

static bool refused(void *caller)
{
    atomic_fetch_add(&calls, 1);
    if (atomic_load(&countdown) == 0 || is_spared(caller))
        return false;
    return atomic_load(&countdown) > 0 && atomic_fetch_sub(&countdown, 1) == 1;
}

static void *taken(void *memory)
{
    atomic_fetch_add(&live, memory != NULL);
    return memory;
}

void *OUR(malloc)(size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : taken(REAL(malloc)(bytes));
}

void *OUR(calloc)(size_t count, size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : taken(REAL(calloc)(count, bytes));
}

void *OUR(realloc)(void *old, size_t bytes)
{
    if (refused(__builtin_return_address(0)))
        return NULL;
    return old ? REAL(realloc)(old, bytes) : taken(REAL(realloc)(old, bytes));
}

void *OUR(aligned_alloc)(size_t alignment, size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : taken(REAL_ALIGNED(alignment, bytes));
}

void OUR(free)(void *memory)
{
    atomic_fetch_add(&calls, memory != NULL);
    atomic_fetch_sub(&live, memory != NULL);
    REAL(free)(memory);
}

#ifdef ASAN // glibc's own strdup calls what stands in front of malloc; under --wrap it can't
IN_FRONT char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
    char *copy = __wrap_malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}
#endif

static long armed;

long heap_calls(void)
{
    return atomic_load(&calls);
}

long heap_live(void)
{
#ifdef ASAN
    return 0;
#else
    return atomic_load(&live);
#endif
}

void heap_fail_at(long ordinal, const char *spared)
{
    spared_library = spared;
    armed = ordinal;
    atomic_store(&countdown, ordinal);
}

bool heap_failed(void)
{
    return armed > 0 && atomic_load(&countdown) == 0;
}
