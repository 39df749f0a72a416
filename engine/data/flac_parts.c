// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// FLAC (RFC 9639): frames with a checksum of their header, a checksum of all, and their place. The
// frames between damaged bytes are the parts; silence stands for the frames that are missing.
#include "data/sound_bytes.h"

#include "base/error.h"

#include <string.h>

enum { STREAMINFO_AT = 8, STREAMINFO_BYTES = 34, MOST_HEADER = 16, TOTAL_AT = 21 };

struct frame {
    int64_t at;            // byte
    int64_t first;         // sample
    int64_t length;        // samples
    unsigned char kind[2]; // what the frames of a file have in common: strategy, channels and bits
};

struct flac {
    struct sound_bytes *bytes;
    struct sound_parts *parts;
    uint8_t crc8[256];
    uint16_t crc16[256];
    int64_t block;   // samples of a frame, where all have as many
    int64_t audio;   // byte
    int64_t next;    // sample that the next good frame begins with, when nothing is missing
    bool any;        // a good frame was met
    bool contiguous; // the part goes on to the byte that follows
    unsigned char kind[2];
    struct sound_part part;
};

static void make_tables(struct flac *flac)
{
    for (unsigned i = 0; i < 256; i++) {
        unsigned small = i, large = i << 8;
        for (int bit = 0; bit < 8; bit++) {
            small = small << 1 ^ (small & 0x80 ? 0x107u : 0);
            large = large << 1 ^ (large & 0x8000 ? 0x18005u : 0);
        }
        flac->crc8[i] = (uint8_t)small;
        flac->crc16[i] = (uint16_t)large;
    }
}

// The number of a frame (of its first sample), coded as in UTF-8. Returns its bytes, 0 = it is
// wrong.
static int coded_number(const unsigned char *at, int64_t *number)
{
    int bytes = 1;
    if (at[0] < 0x80) {
        *number = at[0];
        return 1;
    }
    while (bytes < 7 && at[0] << bytes & 0x80)
        bytes++;
    if (bytes == 1 || at[0] == 0xff)
        return 0;
    *number = bytes < 7 ? at[0] & (0x7f >> bytes) : 0;
    for (int i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *number = *number << 6 | (at[i] & 0x3f);
    }
    return bytes;
}

// The samples of a frame; *used: bytes after the number that say so.
static int64_t block_length(int code, const unsigned char *after, int *used)
{
    *used = code == 6 ? 1 : code == 7 ? 2 : 0;
    if (code == 6)
        return after[0] + 1;
    if (code == 7)
        return (after[0] << 8 | after[1]) + 1;
    return code == 0 ? 0 : code == 1 ? 192 : code < 6 ? 576 << (code - 2) : 256 << (code - 8);
}

static bool frame_at(struct flac *flac, int64_t place, struct frame *frame)
{
    const unsigned char *at = sound_bytes_at(flac->bytes, place, MOST_HEADER);
    int64_t number = 0;
    int used = 0;
    if (!at || at[0] != 0xff || (at[1] & 0xfe) != 0xf8 || at[3] & 1)
        return false;
    const int coded = coded_number(at + 4, &number), rate = at[2] & 15;
    const int64_t length = block_length(at[2] >> 4, at + 4 + coded, &used);
    if (coded == 0 || length == 0 || rate == 15)
        return false;
    const int count = 4 + coded + used + (rate == 12) + 2 * (rate > 12);
    uint8_t crc = 0;
    for (int i = 0; i < count; i++)
        crc = flac->crc8[crc ^ at[i]];
    if (crc != at[count])
        return false;
    *frame = (struct frame){.at = place,
                            .first = at[1] & 1 ? number : number * flac->block,
                            .length = length,
                            .kind = {at[1], at[3] & 15}};
    return !flac->any || memcmp(frame->kind, flac->kind, sizeof flac->kind) == 0;
}

static bool close_part(struct flac *flac)
{
    const bool open = flac->part.end > flac->part.begin;
    return !open || sound_parts_add(flac->parts, flac->part);
}

// A frame whose bytes up to end are whole.
static bool take(struct flac *flac, const struct frame *frame, int64_t end)
{
    const bool follows = flac->any && flac->contiguous && frame->first == flac->next;
    if (!follows) {
        if (!close_part(flac))
            return false;
        flac->part = (struct sound_part){.head_end = flac->audio,
                                         .begin = frame->at,
                                         .end_frame = -1,
                                         .gap_frames = frame->first - flac->next,
                                         .new_recording = !flac->any,
                                         .damaged = flac->any || frame->first > 0};
    }
    memcpy(flac->kind, frame->kind, sizeof flac->kind);
    flac->any = flac->contiguous = true;
    flac->part.end = end;
    flac->next = frame->first + frame->length;
    return true;
}

// The next frame, or the end of the file; *whole: where the checksum of this frame came out last.
static bool find_next(struct flac *flac, const struct frame *frame, struct frame *next,
                      int64_t *whole)
{
    uint16_t crc = 0;
    *whole = -1;
    for (int64_t at = frame->at; at < flac->bytes->count; at++) {
        const bool good = at > frame->at && crc == 0;
        if (good)
            *whole = at;
        if (at > frame->at && frame_at(flac, at, next) && (good || next->first > frame->first))
            return true;
        crc = (uint16_t)(crc << 8 ^ flac->crc16[crc >> 8 ^ *sound_bytes_at(flac->bytes, at, 1)]);
    }
    if (crc == 0)
        *whole = flac->bytes->count;
    return false;
}

static bool find_frames(struct flac *flac)
{
    struct frame frame, next;
    int64_t whole, at = flac->audio;
    while (at < flac->bytes->count && !frame_at(flac, at, &frame))
        at++;
    for (bool more = at < flac->bytes->count; more; frame = next) {
        more = find_next(flac, &frame, &next, &whole);
        const bool good = more ? whole == next.at : whole > 0;
        if (good && frame.first >= flac->next && !take(flac, &frame, whole))
            return false;
        flac->contiguous = flac->contiguous && good;
    }
    return close_part(flac);
}

// The first byte after the blocks of metadata; 0 = the file is not FLAC, or they are damaged.
static int64_t audio_begins(struct sound_bytes *bytes)
{
    const unsigned char *at = sound_bytes_at(bytes, 0, STREAMINFO_AT + STREAMINFO_BYTES);
    int64_t place = 4;
    if (!at || memcmp(at, "fLaC", 4) != 0 || at[4] & 0x7f)
        return 0;
    for (bool last = false; !last;) {
        at = sound_bytes_at(bytes, place, 4);
        if (!at)
            return 0;
        last = at[0] & 0x80;
        place += 4 + (at[1] << 16 | at[2] << 8 | at[3]);
    }
    return place;
}

auricle_status flac_find_parts(struct sound_bytes *bytes, struct sound_parts *parts,
                               auricle_error *error)
{
    struct flac flac = {.bytes = bytes, .parts = parts, .audio = audio_begins(bytes)};
    if (flac.audio == 0)
        return AURICLE_OK;
    const unsigned char *info = sound_bytes_at(bytes, STREAMINFO_AT, STREAMINFO_BYTES);
    flac.block = info[2] << 8 | info[3];
    const int64_t total = (int64_t)(info[13] & 15) << 32 | (int64_t)info[14] << 24 |
                          info[15] << 16 | info[16] << 8 | info[17];
    // a part has fewer samples than the file states: it states none
    parts->patch_at = TOTAL_AT;
    parts->patch_count = 5;
    memset(parts->patch, 0, sizeof parts->patch);
    parts->patch[0] = info[13] & 0xf0;
    make_tables(&flac);
    const bool kept = find_frames(&flac);
    parts->cut = total > flac.next;
    parts->frames = flac.next;
    if (!kept)
        sound_parts_free(parts);
    return kept ? AURICLE_OK : error_no_memory(error, "%s", "the parts of a recording");
}
