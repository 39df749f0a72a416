// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The bytes of a recording's file, and the parts of it that can be decoded one after another.
 *
 * Most files are one part. An Ogg or MP3 file is cut where another recording begins (files that
 * were joined) and where bytes are damaged, a FLAC file where bytes are damaged. A WAV whose header
 * states no size gets one here. */
#ifndef AURICLE_DATA_SOUND_BYTES_H
#define AURICLE_DATA_SOUND_BYTES_H

#include <auricle/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOUND_PATCH_BYTES = 8 };

/** What a decoder sees: bytes head_begin..head_end of the file, then begin..end. */
struct sound_part {
    int64_t head_begin, head_end, begin, end;
    int64_t end_frame;  // frames from the beginning of its recording to its end; -1 = not known
    int64_t gap_frames; // missing before it, where end_frame is not known
    bool new_recording; // it does not continue the part before it
    bool damaged;       // bytes before it could not be used
    bool endless;       // the decoder must not estimate its length from its size
};

struct sound_parts {
    struct sound_part *list; // [count], at least one
    size_t count, room;
    int64_t frames;      // in all, as counted; -1 = not counted
    double stated_share; // a WAV states so many times the samples that there are; 0 = it does not
    bool cut;            // the last bytes of the file are the beginning of something
    int64_t patch_at;    // these bytes of the file are replaced ...
    size_t patch_count;  // 0 = none
    unsigned char patch[SOUND_PATCH_BYTES];
};

/** A reader of a file with a window for scanners. */
struct sound_bytes {
    int descriptor; // borrowed
    int64_t count;
    int64_t window_at;
    size_t window_count;
    unsigned char *window;
};

/** Errors: IO, NO_MEMORY. */
auricle_status sound_bytes_open(struct sound_bytes *bytes, int descriptor, auricle_error *error);
void sound_bytes_close(struct sound_bytes *bytes);
/** count bytes (at most 70000) at a place, valid until the next call; NULL where the file ends
 * before, or cannot be read. */
const unsigned char *sound_bytes_at(struct sound_bytes *bytes, int64_t place, size_t count);

/** false when memory is out. */
bool sound_parts_add(struct sound_parts *parts, struct sound_part part);
void sound_parts_free(struct sound_parts *parts);

/** Each fills parts where the file is of its kind, and else leaves them empty. Errors: NO_MEMORY.
 */
auricle_status ogg_find_parts(struct sound_bytes *bytes, struct sound_parts *parts,
                              auricle_error *error);
auricle_status mp3_find_parts(struct sound_bytes *bytes, struct sound_parts *parts,
                              auricle_error *error);
auricle_status wav_find_parts(struct sound_bytes *bytes, struct sound_parts *parts,
                              auricle_error *error);
/** Reads the whole file: for one that the decoder found damaged. */
auricle_status flac_find_parts(struct sound_bytes *bytes, struct sound_parts *parts,
                               auricle_error *error);

#endif
