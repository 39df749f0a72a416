// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "data/playlist.h"

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

auricle_status casualties_open(struct casualties *casualties, const struct corpus *corpus,
                               auricle_error *error)
{
    *casualties = (struct casualties){.rows = corpus->count};
    pthread_mutex_init(&casualties->lock, NULL);
    casualties->list = calloc((size_t)corpus->count, sizeof *casualties->list);
    if (!casualties->list)
        return error_no_memory(error, "%d recordings", corpus->count);
    for (int i = 0; i < corpus->count; i++) {
        const bool again = i > 0 && corpus->rows[i].path == corpus->rows[i - 1].path;
        casualties->list[i].first = again ? casualties->list[i - 1].first : i;
        casualties->recordings += !again;
    }
    return AURICLE_OK;
}

void casualties_close(struct casualties *casualties)
{
    for (int i = 0; casualties->list && i < casualties->rows; i++)
        free(casualties->list[i].reason);
    free(casualties->list);
    pthread_mutex_destroy(&casualties->lock);
}

static struct casualty *casualty_of(struct casualties *casualties, int row)
{
    return &casualties->list[casualties->list[row].first];
}

bool casualties_lost(struct casualties *casualties, int row)
{
    pthread_mutex_lock(&casualties->lock);
    bool lost = casualty_of(casualties, row)->lost;
    pthread_mutex_unlock(&casualties->lock);
    return lost;
}

bool casualties_lost_all(struct casualties *casualties)
{
    pthread_mutex_lock(&casualties->lock);
    bool all = casualties->lost == casualties->recordings;
    pthread_mutex_unlock(&casualties->lock);
    return all;
}

void casualties_note(struct casualties *casualties, int row, bool lost, const char *reason)
{
    size_t bytes = strlen(reason) + 1;
    pthread_mutex_lock(&casualties->lock);
    struct casualty *it = casualty_of(casualties, row);
    casualties->lost += lost && !it->lost;
    it->lost = it->lost || lost;
    if (!it->known) {
        it->known = true;
        casualties->count++;
        it->reason = malloc(bytes);
        if (it->reason) {
            memcpy(it->reason, reason, bytes);
            casualties->unreported++;
        }
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
        char *reason = casualties->list[i].reason;
        if (!reason || !*reason)
            continue;
        if (log)
            log(user, reason);
        *reason = '\0';
        casualties->unreported--;
    }
    pthread_mutex_unlock(&casualties->lock);
}
