// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// WAV (RIFF, RF64): finds the chunk of samples. A recorder that was killed, or that wrote into a
// pipe, left a size of 0 or 0xFFFFFFFF there: the samples then go on to the end of the file.
#include "data/sound_bytes.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

enum { CHUNK_HEADER = 8, FIRST_CHUNK = 12, MOST_CHUNKS = 1000, DS64_DATA = 8 };

static const int64_t PLACEHOLDER = 0x7FFFF000; // sizes from here on are not meant

static int64_t u32(const unsigned char *at)
{
    return (int64_t)(at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24);
}

// Whether the bytes from a place on are chunks, down to the last byte.
static bool are_chunks(struct sound_bytes *bytes, int64_t at)
{
    while (at < bytes->count) {
        const unsigned char *chunk = sound_bytes_at(bytes, at, CHUNK_HEADER);
        for (int i = 0; chunk && i < 4; i++)
            if (chunk[i] < ' ' || chunk[i] > '~')
                return false;
        if (!chunk)
            return false;
        const int64_t size = u32(chunk + 4);
        at += CHUNK_HEADER + size + (size & 1);
    }
    return at <= bytes->count + 1; // an odd last chunk may lack its pad byte
}

static void patch(struct sound_parts *parts, int64_t at, uint64_t value, size_t count)
{
    parts->patch_at = at;
    parts->patch_count = count;
    for (size_t i = 0; i < count; i++)
        parts->patch[i] = (unsigned char)(value >> 8 * i);
}

// data: the chunk of samples; ds64: an RF64's chunk with the sizes of 64 bits, or 0.
static void state_size(struct sound_bytes *bytes, struct sound_parts *parts, int64_t data,
                       int64_t ds64)
{
    const int64_t place = ds64 ? ds64 + CHUNK_HEADER + DS64_DATA : data + 4;
    const int64_t begin = data + CHUNK_HEADER, left = bytes->count - begin;
    const unsigned char *at = sound_bytes_at(bytes, place, ds64 ? 8 : 4);
    if (!at)
        return;
    const int64_t size = ds64 && u32(at + 4) >= 1 << 30 ? PLACEHOLDER
                         : ds64                         ? u32(at) + (u32(at + 4) << 32)
                                                        : u32(at);
    const bool unknown = size == 0 ? left > 0 && !are_chunks(bytes, begin)
                                   : !ds64 && size >= PLACEHOLDER && size > left;
    if (unknown || (ds64 && size == PLACEHOLDER))
        patch(parts, place, ds64 ? (uint64_t)left : 0xFFFFFFFFu, ds64 ? 8 : 4);
    else if (size > left)
        parts->stated_share = left > 0 ? (double)size / (double)left : HUGE_VAL;
}

auricle_status wav_find_parts(struct sound_bytes *bytes, struct sound_parts *parts,
                              auricle_error *error)
{
    const unsigned char *at = sound_bytes_at(bytes, 0, FIRST_CHUNK);
    int64_t ds64 = 0, place = FIRST_CHUNK;
    if (!at || (memcmp(at, "RIFF", 4) != 0 && memcmp(at, "RF64", 4) != 0) ||
        memcmp(at + 8, "WAVE", 4) != 0)
        return AURICLE_OK;
    if (!sound_parts_add(parts, (struct sound_part){
                                    .end = bytes->count, .end_frame = -1, .new_recording = true}))
        return error_no_memory(error, "%s", "the parts of a recording");
    parts->frames = -1;
    for (int i = 0; i < MOST_CHUNKS; i++) {
        const unsigned char *chunk = sound_bytes_at(bytes, place, CHUNK_HEADER);
        if (!chunk)
            break;
        if (!memcmp(chunk, "ds64", 4))
            ds64 = place;
        if (!memcmp(chunk, "data", 4)) {
            state_size(bytes, parts, place, ds64);
            break;
        }
        const int64_t size = u32(chunk + 4);
        place += CHUNK_HEADER + size + (size & 1);
    }
    return AURICLE_OK;
}
