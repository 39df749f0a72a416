// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   file --sound_bytes: parts--> part --libsndfile--> [frames][channels]
//                                gap  --------------> silence
#define _POSIX_C_SOURCE 200809L
#include "data/sound_file.h"

#include "base/error.h"
#include "data/sound_bytes.h"
#include "data/sound_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_GAP_S = 600, TOLERANCE_MS = 100 };
static const int64_t ENDLESS = INT64_C(1) << 40;     // bytes: no estimate from it is too short
static const int64_t MOST_FRAMES = INT64_C(1) << 34; // a length beyond is not known, or estimated

struct damage {
    int count;
    int64_t silence;  // frames that are replaced, in all
    char reason[200]; // of the first, with its place
};

struct sound_file {
    int descriptor;
    bool streamed; // a pipe: libsndfile reads the descriptor itself
    struct sound_parts parts;
    size_t part;          // being decoded
    int64_t virtual_at;   // place in it
    SNDFILE *sound;       // of the part; NULL = between two
    SF_INFO info;         // of the first part
    int64_t frames;       // of the first part, as libsndfile states
    int64_t part_frames;  // of this part, as libsndfile states; INT64_MAX = not known
    int64_t part_read;    // of this part
    int64_t position;     // frames given
    int64_t recording_at; // position where this part's recording begins
    int64_t gap;          // frames of silence to come before the part
    bool ended;
    bool searched; // a FLAC whose damage is known
    struct damage damage;
};

// ---- libsndfile's view of a part

static const struct sound_part *part_of(const struct sound_file *file)
{
    return &file->parts.list[file->part];
}

static sf_count_t part_bytes(void *user)
{
    const struct sound_part *part = part_of(user);
    return part->head_end - part->head_begin + part->end - part->begin;
}

// An MP3 decoder estimates the length from the size, and then stops there: it sees an endless file.
static sf_count_t part_seek(sf_count_t offset, int whence, void *user)
{
    struct sound_file *file = user;
    const int64_t from = whence == SEEK_SET   ? 0
                         : whence == SEEK_CUR ? file->virtual_at
                                              : part_bytes(file);
    if (from + offset < 0)
        return -1;
    file->virtual_at = from + offset;
    return whence == SEEK_END && part_of(file)->endless ? file->virtual_at + ENDLESS
                                                        : file->virtual_at;
}

static sf_count_t part_tell(void *user)
{
    return ((struct sound_file *)user)->virtual_at;
}

static void apply_patch(const struct sound_parts *parts, int64_t place, unsigned char *bytes,
                        size_t count)
{
    for (size_t i = 0; i < parts->patch_count; i++) {
        const int64_t at = parts->patch_at + (int64_t)i - place;
        if (at >= 0 && at < (int64_t)count)
            bytes[at] = parts->patch[i];
    }
}

static sf_count_t part_read(void *to, sf_count_t count, void *user)
{
    struct sound_file *file = user;
    const struct sound_part *part = part_of(file);
    const int64_t head = part->head_end - part->head_begin;
    sf_count_t done = 0;
    while (done < count) {
        const bool in_head = file->virtual_at < head;
        const int64_t place =
            in_head ? part->head_begin + file->virtual_at : part->begin + file->virtual_at - head;
        const int64_t left = (in_head ? part->head_end : part->end) - place;
        const sf_count_t wanted = count - done < left ? count - done : left;
        if (wanted <= 0)
            break;
        ssize_t got = pread(file->descriptor, (char *)to + done, (size_t)wanted, place);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        apply_patch(&file->parts, place, (unsigned char *)to + done, (size_t)got);
        done += got;
        file->virtual_at += got;
    }
    return done;
}

static SNDFILE *open_part(struct sound_file *file, SF_INFO *info)
{
    static const SF_VIRTUAL_IO view = {
        .get_filelen = part_bytes, .seek = part_seek, .read = part_read, .tell = part_tell};
    *info = (SF_INFO){0};
    file->virtual_at = 0;
    if (file->streamed)
        return sf_open_fd(file->descriptor, SFM_READ, info, SF_FALSE);
    return sf_open_virtual((SF_VIRTUAL_IO *)&view, SFM_READ, info, file);
}

// ---- damage

__attribute__((format(printf, 3, 4))) static void note(struct sound_file *file, int64_t silence,
                                                       const char *format, ...)
{
    struct damage *damage = &file->damage;
    if (damage->count++ == 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(damage->reason, sizeof damage->reason, format, arguments);
        va_end(arguments);
    }
    damage->silence += silence;
}

static double position_s(const struct sound_file *file)
{
    return (double)file->position / file->info.samplerate;
}

auricle_status sound_file_check(const struct sound_file *file, bool lenient, auricle_error *error)
{
    const struct damage *damage = &file->damage;
    const double rate = file->info.samplerate;
    const double stated = file->parts.stated_share * (double)file->frames;
    char more[64] = "", silence[64] = "";
    if (damage->count > 1)
        snprintf(more, sizeof more, ", and at %d more places", damage->count - 1);
    if (damage->silence > 0)
        snprintf(silence, sizeof silence, " (%.3f s are replaced by silence)",
                 (double)damage->silence / rate);
    if (damage->count > 0)
        return error_set(error, AURICLE_FORMAT, "%s%s%s", damage->reason, more, silence);
    if (!file->ended || lenient || stated < (double)file->position + rate * TOLERANCE_MS / 1000)
        return AURICLE_OK;
    return error_set(error, AURICLE_FORMAT,
                     "it ends at %.3f s, but should at %.3f s: it is damaged or cut off",
                     position_s(file), stated / rate);
}

// ---- parts

// The silence that is missing before a part.
static int64_t gap_before(const struct sound_file *file, const struct sound_part *part)
{
    const int64_t most = (int64_t)MOST_GAP_S * file->info.samplerate;
    int64_t gap = part->gap_frames;
    if (part->end_frame >= 0 && file->part_frames < INT64_MAX)
        gap = file->recording_at + part->end_frame - file->part_frames - file->position;
    return gap < 0 ? 0 : gap > most ? most : gap;
}

// Opens the part. What cannot be decoded is noted and passed over.
static void begin_part(struct sound_file *file)
{
    const struct sound_part *part = part_of(file);
    SF_INFO info;
    file->sound = open_part(file, &info);
    file->part_read = file->gap = 0;
    if (part->new_recording)
        file->recording_at = file->position;
    if (!file->sound) {
        note(file, 0, "it cannot be decoded at %.3f s", position_s(file));
    } else if (info.samplerate != file->info.samplerate || info.channels != file->info.channels) {
        note(file, 0, "at %.3f s a recording of %d Hz and %d channels follows, which is not read",
             position_s(file), info.samplerate, info.channels);
        sf_close(file->sound);
        file->sound = NULL;
    } else {
        file->part_frames = info.frames > 0 && info.frames < SF_COUNT_MAX ? info.frames : INT64_MAX;
        file->gap = part->damaged ? gap_before(file, part) : 0;
        if (part->damaged)
            note(file, file->gap, "it is damaged at %.3f s", position_s(file));
    }
}

static bool states_length(const struct sound_file *file)
{
    const int type = file->info.format & SF_FORMAT_TYPEMASK;
    return type == SF_FORMAT_FLAC || type == SF_FORMAT_OGG || type == SF_FORMAT_MPEG;
}

// Notes why no more frames of the part came, where it should go on. The length of an MP3 is exact
// but for the padding of its last frame.
static void check_part(struct sound_file *file)
{
    const double rate = file->info.samplerate;
    const int64_t missing = file->part_frames - file->part_read;
    const bool states = states_length(file) && file->part_frames < MOST_FRAMES;
    const bool mp3 = (file->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG;
    if (states && (double)missing > (mp3 ? rate * TOLERANCE_MS / 1000 : 0))
        note(file, 0, "it ends at %.3f s, but should at %.3f s: it is damaged or cut off",
             position_s(file), position_s(file) + (double)missing / rate);
    else if (sf_error(file->sound) != SF_ERR_NO_ERROR && !(mp3 && states))
        note(file, 0, "decoding stops at %.3f s: %s", position_s(file), sf_strerror(file->sound));
}

static void end_part(struct sound_file *file)
{
    if (file->sound) {
        check_part(file);
        sf_close(file->sound);
    }
    file->sound = NULL;
    if (file->part + 1 < file->parts.count) {
        file->part++;
        begin_part(file);
        return;
    }
    file->ended = true;
    if (file->parts.cut && file->damage.count == 0)
        note(file, 0, "it is cut off at %.3f s", position_s(file));
}

// ---- opening

static auricle_status find_parts(struct sound_file *file, auricle_error *error)
{
    struct sound_bytes bytes;
    auricle_status status = sound_bytes_open(&bytes, file->descriptor, error);
    file->parts.frames = 0;
    if (!status)
        status = ogg_find_parts(&bytes, &file->parts, error);
    if (!status && file->parts.count == 0)
        status = wav_find_parts(&bytes, &file->parts, error);
    if (!status && file->parts.count == 0)
        status = mp3_find_parts(&bytes, &file->parts, error);
    if (!status && file->parts.count == 0) {
        file->parts.frames = -1;
        if (!sound_parts_add(
                &file->parts,
                (struct sound_part){.end = bytes.count, .end_frame = -1, .new_recording = true}))
            status = error_no_memory(error, "%s", "the parts of a recording");
    }
    sound_bytes_close(&bytes);
    return status;
}

static auricle_status open_descriptor(const char *path, struct sound_file *file,
                                      auricle_error *error)
{
    struct stat about;
    file->descriptor =
        strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : fcntl(0, F_DUPFD_CLOEXEC, 3);
    if (file->descriptor < 0)
        return error_set(error, errno == ENOENT ? AURICLE_NOT_FOUND : AURICLE_IO,
                         "cannot open %s: %s", path, strerror(errno));
    if (fstat(file->descriptor, &about) == 0 && S_ISDIR(about.st_mode))
        return error_set(error, AURICLE_IO, "cannot open %s: it is a folder", path);
    file->streamed = !S_ISREG(about.st_mode);
    if (!S_ISFIFO(about.st_mode))
        return AURICLE_OK;
    bool seekable;
    const auricle_status status = sound_pipe_open(&file->descriptor, &seekable, error);
    file->streamed = !seekable;
    return status;
}

auricle_status sound_file_open(const char *path, struct sound_file **file, auricle_error *error)
{
    *file = NULL;
    struct sound_file *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "reading %s", path);
    made->descriptor = -1;
    auricle_status status = open_descriptor(path, made, error);
    if (!status && !made->streamed)
        status = find_parts(made, error);
    if (!status && made->streamed &&
        !sound_parts_add(&made->parts, (struct sound_part){.end_frame = -1, .new_recording = true}))
        status = error_no_memory(error, "reading %s", path);
    if (!status) {
        made->sound = open_part(made, &made->info);
        if (!made->sound)
            status = error_set(error, AURICLE_FORMAT,
                               "%s is not audio that can be read: %s (wav, flac, ogg, opus and mp3 "
                               "can)",
                               path, sf_strerror(NULL));
    }
    if (status) {
        sound_file_close(&made);
        return status;
    }
    made->frames = made->info.frames;
    made->part_frames = made->frames > 0 && made->frames < SF_COUNT_MAX ? made->frames : INT64_MAX;
    made->gap = part_of(made)->damaged ? gap_before(made, part_of(made)) : 0;
    if (part_of(made)->damaged)
        note(made, made->gap, "it is damaged at its beginning");
    *file = made;
    return AURICLE_OK;
}

void sound_file_close(struct sound_file **file)
{
    struct sound_file *gone = *file;
    *file = NULL;
    if (!gone)
        return;
    if (gone->sound)
        sf_close(gone->sound);
    if (gone->descriptor >= 0)
        close(gone->descriptor);
    sound_parts_free(&gone->parts);
    free(gone);
}

int sound_file_rate_hz(const struct sound_file *file)
{
    return file->info.samplerate;
}

int sound_file_channels(const struct sound_file *file)
{
    return file->info.channels;
}

int64_t sound_file_frames(const struct sound_file *file)
{
    if (file->parts.count == 1 && file->frames < MOST_FRAMES)
        return file->frames;
    return file->streamed ? -1 : file->parts.frames;
}

int64_t sound_file_position(const struct sound_file *file)
{
    return file->position;
}

// ---- reading

static size_t read_gap(struct sound_file *file, float *interleaved, size_t frames)
{
    const size_t count = file->gap < (int64_t)frames ? (size_t)file->gap : frames;
    memset(interleaved, 0, count * (size_t)file->info.channels * sizeof *interleaved);
    file->gap -= (int64_t)count;
    return count;
}

static bool decode_to(struct sound_file *file, int64_t frame);

// libsndfile passes over the damaged frames of a FLAC, so that the rest comes too early. The file
// is read again from its beginning, in parts. false: it is damaged at its end alone.
static bool search_damage(struct sound_file *file)
{
    const int64_t frame = file->position;
    struct sound_parts found = {0};
    struct sound_bytes bytes;
    auricle_error error;
    file->searched = true;
    auricle_status status = sound_bytes_open(&bytes, file->descriptor, &error);
    if (!status)
        status = flac_find_parts(&bytes, &found, &error);
    sound_bytes_close(&bytes);
    if (status || found.count == 0 || (found.count == 1 && !found.list[0].damaged)) {
        sound_parts_free(&found);
        return false;
    }
    sf_close(file->sound);
    sound_parts_free(&file->parts);
    file->parts = found;
    file->part = 0;
    file->position = 0;
    begin_part(file);
    decode_to(file, frame);
    return true;
}

// read: frames that came of so many. libsndfile says so, or ends before the length that is stated.
static bool is_damaged_flac(const struct sound_file *file, sf_count_t read, size_t frames)
{
    const bool flac = (file->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC;
    if (file->searched || file->streamed || !file->sound || !flac)
        return false;
    return sf_error(file->sound) != SF_ERR_NO_ERROR ||
           (read < (sf_count_t)frames && file->part_frames < MOST_FRAMES &&
            file->part_read + read < file->part_frames);
}

size_t sound_file_read(struct sound_file *file, float *interleaved, size_t frames)
{
    size_t got = 0;
    while (got == 0 && !file->ended && frames > 0) {
        if (file->gap > 0) {
            got = read_gap(file, interleaved, frames);
        } else {
            const sf_count_t read =
                file->sound ? sf_readf_float(file->sound, interleaved, (sf_count_t)frames) : 0;
            if (is_damaged_flac(file, read, frames) && search_damage(file))
                continue;
            got = read > 0 ? (size_t)read : 0;
            file->part_read += (int64_t)got;
        }
        file->position += (int64_t)got;
        if (got == 0)
            end_part(file);
    }
    return got;
}

static bool decode_to(struct sound_file *file, int64_t frame)
{
    enum { PIECE = 1024 };
    float *scratch = malloc(PIECE * (size_t)file->info.channels * sizeof *scratch);
    size_t got = 1;
    while (scratch && got > 0 && file->position < frame) {
        const int64_t left = frame - file->position;
        got = sound_file_read(file, scratch, left < PIECE ? (size_t)left : PIECE);
    }
    free(scratch);
    return file->position == frame;
}

bool sound_file_skip_to(struct sound_file *file, int64_t frame)
{
    const int64_t ahead = frame - file->position;
    const bool one = file->parts.count == 1 && file->sound && file->gap == 0;
    if (ahead <= 0)
        return ahead == 0;
    if (file->parts.count == 1 && file->part_frames < INT64_MAX && frame > file->part_frames)
        return false;
    // the place is exact where there is one part: it begins at frame 0
    if (!one || !file->info.seekable || sf_seek(file->sound, frame, SEEK_SET) != frame)
        return decode_to(file, frame);
    file->position = file->part_read = frame;
    return true;
}
