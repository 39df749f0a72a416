// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Ogg (RFC 3533): pages with a checksum, a number and the place where they end.
//
//   headers  page page page  ....  page page | headers page page
//            part of recording 1 ^ damaged   ^ another recording
#include "data/sound_bytes.h"

#include "base/error.h"

#include <string.h>

enum { HEADER = 27, CONTINUES = 1, BEGINS = 2, ENDS = 4 };

struct page {
    int64_t at, count; // bytes
    int flags;
    int64_t granule; // -1 = no packet ends here
    uint32_t serial, number;
};

struct ogg {
    struct sound_bytes *bytes;
    struct sound_parts *parts;
    uint32_t crc[256];
    struct sound_part part; // being collected
    bool open;              // part has pages
    bool headers;           // still in the recording's headers
    uint32_t serial, next_number;
    double rate_scale;  // frames of a granule
    int64_t pre_skip;   // granules
    int64_t recordings; // frames of the recordings before
    int64_t last_frame; // of the recording so far
    int last_flags;
    bool other; // several streams side by side, or a codec whose granules we do not know
};

static uint32_t u32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void make_crc_table(uint32_t table[256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i << 24;
        for (int bit = 0; bit < 8; bit++)
            value = value << 1 ^ (value & 0x80000000u ? 0x04C11DB7u : 0);
        table[i] = value;
    }
}

static uint32_t crc_of(const uint32_t table[256], const unsigned char *page, size_t count)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned char byte = i >= 22 && i < 26 ? 0 : page[i]; // its own place counts as 0
        crc = crc << 8 ^ table[crc >> 24 ^ byte];
    }
    return crc;
}

static bool page_at(struct ogg *ogg, int64_t place, struct page *page)
{
    const unsigned char *at = sound_bytes_at(ogg->bytes, place, HEADER);
    if (!at || memcmp(at, "OggS", 4) != 0 || at[4] != 0)
        return false;
    const size_t segments = at[26];
    size_t count = HEADER + segments;
    at = sound_bytes_at(ogg->bytes, place, count);
    for (size_t i = 0; at && i < segments; i++)
        count += at[HEADER + i];
    at = at ? sound_bytes_at(ogg->bytes, place, count) : NULL;
    if (!at || crc_of(ogg->crc, at, count) != u32(at + 22))
        return false;
    *page = (struct page){.at = place,
                          .count = (int64_t)count,
                          .flags = at[5],
                          .granule = (int64_t)(u32(at + 6) | (uint64_t)u32(at + 10) << 32),
                          .serial = u32(at + 14),
                          .number = u32(at + 18)};
    return true;
}

// Rate and granules of a recording, from the packet in its first page.
static void read_codec(struct ogg *ogg, const struct page *page)
{
    const unsigned char *at = sound_bytes_at(ogg->bytes, page->at, (size_t)page->count);
    const unsigned char *packet = at + HEADER + at[26];
    const int64_t left = page->count - (packet - at);
    ogg->rate_scale = 1;
    ogg->pre_skip = 0;
    if (left >= 19 && !memcmp(packet, "OpusHead", 8)) {
        // libsndfile decodes at the next rate that Opus has; granules are of 48 kHz
        static const double rates[] = {8000, 12000, 16000, 24000, 48000};
        const uint32_t rate = u32(packet + 12);
        ogg->rate_scale = 1;
        for (int i = 4; rate > 0 && i >= 0; i--)
            if (rate <= rates[i])
                ogg->rate_scale = rates[i] / 48000;
        ogg->pre_skip = packet[10] | packet[11] << 8;
    } else if (!(left >= 30 && !memcmp(packet, "\001vorbis", 7))) {
        ogg->other = true;
    }
}

static int64_t frame_of(const struct ogg *ogg, int64_t granule)
{
    const int64_t heard = granule - ogg->pre_skip;
    return heard > 0 ? (int64_t)((double)heard * ogg->rate_scale) : 0;
}

static bool close_part(struct ogg *ogg)
{
    if (!ogg->open)
        return true;
    ogg->open = false;
    ogg->part.end_frame = ogg->last_frame;
    return sound_parts_add(ogg->parts, ogg->part);
}

static bool begin_recording(struct ogg *ogg, const struct page *page)
{
    const bool beside = ogg->headers && ogg->parts->count == 0 && ogg->open == false &&
                        ogg->next_number == 1; // a second stream begins before the first has data
    if (!close_part(ogg))
        return false;
    ogg->other |= beside;
    ogg->recordings += ogg->last_frame;
    ogg->last_frame = 0;
    ogg->serial = page->serial;
    ogg->headers = true;
    ogg->part = (struct sound_part){.head_begin = page->at, .new_recording = true};
    read_codec(ogg, page);
    return true;
}

// A page of samples: of the part, or after a hole the first of the next part.
static bool take_page(struct ogg *ogg, const struct page *page, bool damaged)
{
    struct sound_part *part = &ogg->part;
    if (ogg->headers) {
        part->head_end = part->begin = page->at;
        part->damaged = damaged;
    } else if (damaged || !ogg->open) {
        if (!close_part(ogg))
            return false;
        part->begin = page->at;
        part->damaged = true;
        part->new_recording = false;
    }
    ogg->headers = false;
    ogg->open = true;
    part->end = page->at + page->count;
    if (page->granule >= 0)
        ogg->last_frame = frame_of(ogg, page->granule);
    return true;
}

static bool take(struct ogg *ogg, const struct page *page, bool hole)
{
    bool kept = true;
    const bool first = ogg->part.head_end == 0 && ogg->parts->count == 0 && !ogg->headers;
    if (page->flags & BEGINS)
        kept = begin_recording(ogg, page);
    else if (first || page->serial != ogg->serial)
        return true; // of no recording that we know
    else if (!ogg->headers || page->granule > 0)
        kept = take_page(ogg, page, hole || page->number != ogg->next_number);
    else
        ogg->other |= hole; // the headers themselves are damaged
    ogg->next_number = page->number + 1;
    ogg->last_flags = page->flags;
    return kept;
}

auricle_status ogg_find_parts(struct sound_bytes *bytes, struct sound_parts *parts,
                              auricle_error *error)
{
    struct ogg ogg = {.bytes = bytes, .parts = parts};
    struct page page;
    bool hole = false, kept = true;
    const unsigned char *magic = sound_bytes_at(bytes, 0, 4);
    if (!magic || memcmp(magic, "OggS", 4) != 0)
        return AURICLE_OK;
    make_crc_table(ogg.crc);
    for (int64_t at = 0; at < bytes->count && kept && !ogg.other;) {
        if (page_at(&ogg, at, &page)) {
            kept = take(&ogg, &page, hole);
            hole = false;
            at += page.count;
        } else {
            hole = true;
            at++;
        }
    }
    kept = kept && close_part(&ogg);
    parts->cut = hole;
    parts->frames = ogg.recordings + ogg.last_frame;
    if (ogg.other || !kept)
        sound_parts_free(parts);
    return kept ? AURICLE_OK : error_no_memory(error, "%s", "the parts of a recording");
}
