// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// MPEG-1/2/2.5 audio, layers 2 and 3 (ISO 11172-3, 13818-3): a chain of frames, each with a header
// from which its size follows. No frame knows its place: what damaged bytes held is estimated from
// the mean size of a frame.
#include "data/sound_bytes.h"

#include "base/error.h"

#include <string.h>

enum { HEADER = 4, ID3V2_HEADER = 10, ID3V1 = 128, CHAIN = 2 };

struct frame {
    int64_t count; // bytes
    int rate_hz, samples;
    uint32_t kind; // the bits of the header that all frames of a recording share
};

struct mp3 {
    struct sound_bytes *bytes;
    struct sound_parts *parts;
    struct sound_part part; // being collected
    bool open;              // part has frames
    bool sounds;            // part has frames with sound
    int64_t frames;         // of MPEG, in all
    int64_t frame_bytes;    // the sum of their sizes
    int64_t samples;        // of a frame
    int64_t hole;           // bytes of it, before at
    bool new_recording;     // the next frame begins one
    uint32_t kind;
};

static bool frame_at(struct sound_bytes *bytes, int64_t place, struct frame *frame)
{
    static const short kbits[3][16] = {
        {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0}, // 1, layer 1
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0},    // 1, layer 2
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}};    // 1, layer 3
    static const short kbits_low[16] = {0,  8,  16, 24,  32,  40,  48,  56,
                                        64, 80, 96, 112, 128, 144, 160, 0}; // 2, layers 2 and 3
    static const int rates[] = {44100, 48000, 32000};
    const unsigned char *at = sound_bytes_at(bytes, place, HEADER);
    if (!at || at[0] != 0xFF || (at[1] & 0xE0) != 0xE0)
        return false;
    const int version = at[1] >> 3 & 3,
              layer = 4 - (at[1] >> 1 & 3); // version: 3 = 1, 2 = 2, 0 = 2.5
    const int rate = at[2] >> 2 & 3, bits = at[2] >> 4, padding = at[2] >> 1 & 1;
    if (version == 1 || layer == 4 || layer == 1 || rate == 3 || bits == 0 || bits == 15)
        return false;
    const bool low = version != 3;
    frame->rate_hz = rates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    frame->samples = layer == 3 && low ? 576 : 1152;
    const int rate_kbits = low ? kbits_low[bits] : kbits[layer - 1][bits];
    frame->count = (int64_t)frame->samples / 8 * rate_kbits * 1000 / frame->rate_hz + padding;
    frame->kind = (uint32_t)(at[1] & 0xFE) << 8 | (uint32_t)(at[2] & 0x0C);
    return true;
}

// A frame, and after it another one or the end: chance finds a header in every few kB of noise.
static bool chain_at(struct sound_bytes *bytes, int64_t place, struct frame *frame)
{
    struct frame next;
    int64_t at = place;
    if (!frame_at(bytes, place, frame))
        return false;
    for (int i = 0; i < CHAIN; i++) {
        at += i == 0 ? frame->count : next.count;
        if (at >= bytes->count)
            return i > 0 || at == bytes->count;
        if (!frame_at(bytes, at, &next))
            return sound_bytes_at(bytes, at, 3) &&
                   (!memcmp(sound_bytes_at(bytes, at, 3), "TAG", 3) ||
                    !memcmp(sound_bytes_at(bytes, at, 3), "ID3", 3));
        if (next.kind != frame->kind)
            return false;
    }
    return true;
}

// The length of an ID3v2 tag; 0 = there is none.
static int64_t tag_at(struct sound_bytes *bytes, int64_t place)
{
    const unsigned char *at = sound_bytes_at(bytes, place, ID3V2_HEADER);
    if (!at || memcmp(at, "ID3", 3) != 0)
        return 0;
    const int64_t size = at[6] << 21 | at[7] << 14 | at[8] << 7 | at[9];
    return ID3V2_HEADER + size + (at[5] & 0x10 ? ID3V2_HEADER : 0);
}

// Whether a frame holds no sound, but what an encoder says of a whole recording (Xing, Info, VBRI).
static bool is_about(struct sound_bytes *bytes, int64_t place, const struct frame *frame)
{
    const size_t count = frame->count < 64 ? (size_t)frame->count : 64;
    const unsigned char *at = sound_bytes_at(bytes, place, count);
    for (size_t i = HEADER; at && i + 4 <= count; i++)
        if (!memcmp(at + i, "Xing", 4) || !memcmp(at + i, "Info", 4) || !memcmp(at + i, "VBRI", 4))
            return true;
    return false;
}

static bool close_part(struct mp3 *mp3)
{
    const bool keep = mp3->open && mp3->sounds;
    mp3->open = mp3->sounds = false;
    return !keep || sound_parts_add(mp3->parts, mp3->part);
}

static int64_t frames_in(const struct mp3 *mp3, int64_t bytes)
{
    if (mp3->frame_bytes == 0)
        return 0;
    return (int64_t)((double)bytes * (double)mp3->frames / (double)mp3->frame_bytes + 0.5) *
           mp3->samples;
}

static bool take(struct mp3 *mp3, int64_t place, const struct frame *frame)
{
    if (place + frame->count > mp3->bytes->count) { // a piece of a frame
        mp3->parts->cut = true;
        return true;
    }
    const bool about = is_about(mp3->bytes, place, frame),
               damaged = mp3->hole > 0 && mp3->frames > 0;
    const bool fresh = !mp3->open || mp3->new_recording || about || frame->kind != mp3->kind;
    if (fresh || damaged) {
        if (!close_part(mp3))
            return false;
        mp3->part = (struct sound_part){.begin = place,
                                        .end_frame = -1,
                                        .gap_frames = damaged ? frames_in(mp3, mp3->hole) : 0,
                                        .new_recording = fresh && !damaged,
                                        .damaged = damaged,
                                        .endless = !about};
        mp3->parts->frames += mp3->part.gap_frames;
    }
    mp3->open = true;
    mp3->new_recording = false;
    mp3->hole = 0;
    mp3->kind = frame->kind;
    mp3->part.end = place + frame->count;
    if (!about) {
        mp3->sounds = true;
        mp3->frames++;
        mp3->frame_bytes += frame->count;
        mp3->parts->frames += frame->samples;
    }
    mp3->samples = frame->samples;
    return true;
}

auricle_status mp3_find_parts(struct sound_bytes *bytes, struct sound_parts *parts,
                              auricle_error *error)
{
    struct mp3 mp3 = {.bytes = bytes, .parts = parts};
    struct frame frame;
    bool kept = true;
    int64_t tag = tag_at(bytes, 0);
    if (tag == 0 && !chain_at(bytes, 0, &frame))
        return AURICLE_OK;
    for (int64_t at = 0; at < bytes->count && kept;) {
        const unsigned char *last =
            at == bytes->count - ID3V1 ? sound_bytes_at(bytes, at, 3) : NULL;
        if (last && !memcmp(last, "TAG", 3))
            break;
        if ((tag = tag_at(bytes, at)) > 0) { // before a recording; one within the file joins two
            mp3.new_recording = true;
            at += tag;
        } else if (mp3.hole ? chain_at(bytes, at, &frame) : frame_at(bytes, at, &frame)) {
            kept = take(&mp3, at, &frame);
            at += frame.count;
        } else {
            mp3.hole++;
            at++;
        }
    }
    kept = kept && close_part(&mp3);
    if (mp3.frames == 0)
        sound_parts_free(parts);
    return kept ? AURICLE_OK : error_no_memory(error, "%s", "the parts of a recording");
}
