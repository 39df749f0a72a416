// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "train/playlist.h"

#include "base/error.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 8 };

// MurmurHash3's 32-bit finaliser (Appleby): every input bit reaches every output bit.
static uint32_t scatter(uint32_t x)
{
    x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
    x = (x ^ (x >> 13)) * 0xC2B2AE35u;
    return x ^ (x >> 16);
}

// A Feistel network permutes 2^(2 half_bits) numbers; walking on from a number outside 0..count-1
// until one is inside permutes 0..count-1 (Black & Rogaway 2002, cycle walking).
static uint32_t permuted(struct random *random, uint32_t index, uint32_t count)
{
    uint32_t key[ROUNDS], half_bits = 1;
    for (int i = 0; i < ROUNDS; i++)
        key[i] = (uint32_t)random_bits(random);
    uint32_t turn = (uint32_t)random_below(random, count); // a tiny network alone permutes poorly
    while ((UINT64_C(1) << (2 * half_bits)) < count)
        half_bits++;
    uint32_t mask = (1u << half_bits) - 1;
    do {
        uint32_t left = index >> half_bits, right = index & mask;
        for (int i = 0; i < ROUNDS; i++) {
            uint32_t next = left ^ (scatter(right ^ key[i]) & mask);
            left = right;
            right = next;
        }
        index = left << half_bits | right;
    } while (index >= count);
    return (uint32_t)(((uint64_t)index + turn) % count);
}

int playlist_row(uint64_t seed, int64_t place, int count)
{
    CHECK(place >= 0 && count > 0);
    struct random random = random_for(seed, (uint64_t)(place / count));
    return (int)permuted(&random, (uint32_t)(place % count), (uint32_t)count);
}

auricle_status casualties_open(struct casualties *casualties, int rows, auricle_error *error)
{
    *casualties = (struct casualties){.rows = rows};
    pthread_mutex_init(&casualties->lock, NULL);
    casualties->reason = calloc((size_t)rows, sizeof *casualties->reason);
    if (!casualties->reason)
        return error_set(error, AURICLE_NO_MEMORY, "no memory for %d recordings", rows);
    return AURICLE_OK;
}

void casualties_close(struct casualties *casualties)
{
    for (int i = 0; casualties->reason && i < casualties->rows; i++)
        free(casualties->reason[i]);
    free(casualties->reason);
    pthread_mutex_destroy(&casualties->lock);
}

bool casualties_has(struct casualties *casualties, int row)
{
    pthread_mutex_lock(&casualties->lock);
    bool has = casualties->reason[row] != NULL;
    pthread_mutex_unlock(&casualties->lock);
    return has;
}

void casualties_note(struct casualties *casualties, int row, const char *reason)
{
    size_t bytes = strlen(reason) + 1;
    pthread_mutex_lock(&casualties->lock);
    if (!casualties->reason[row]) {
        casualties->reason[row] = malloc(bytes);
        CHECK(casualties->reason[row] && "memory for a line of text");
        memcpy(casualties->reason[row], reason, bytes);
        casualties->count++;
        casualties->unreported++;
    }
    pthread_mutex_unlock(&casualties->lock);
}

int casualties_count(struct casualties *casualties)
{
    pthread_mutex_lock(&casualties->lock);
    int count = casualties->count;
    pthread_mutex_unlock(&casualties->lock);
    return count;
}

void casualties_report(struct casualties *casualties, void (*log)(void *user, const char *line),
                       void *user)
{
    pthread_mutex_lock(&casualties->lock);
    for (int i = 0; casualties->unreported && i < casualties->rows; i++) {
        char *reason = casualties->reason[i];
        if (!reason || !*reason)
            continue;
        if (log)
            log(user, reason);
        *reason = '\0';
        casualties->unreported--;
    }
    pthread_mutex_unlock(&casualties->lock);
}
