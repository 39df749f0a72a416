// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   pipe --first bytes--> FLAC, MP3: all of it --> temporary file, which can seek
//                         else: header with a size that is meant --thread--> another pipe
#define _GNU_SOURCE // pipe2
#include "data/sound_pipe.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAGIC = 12, CHUNK_HEADER = 8, MOST_HEAD = 1 << 16, PIECE = 1 << 15, MOST_CHUNK = 1 << 24 };

struct pump {
    int from, to;
    size_t count; // of head
    unsigned char head[MOST_HEAD];
};

// Fewer than count bytes only at the end.
static size_t read_full(int from, unsigned char *bytes, size_t count)
{
    size_t done = 0;
    while (done < count) {
        const ssize_t got = read(from, bytes + done, count - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done;
}

static bool write_full(int to, const unsigned char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t put = write(to, bytes, count);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes += put;
        count -= (size_t)put;
    }
    return true;
}

// The rest of from, as it comes. false: it could not be written.
static bool copy(int from, int to)
{
    unsigned char piece[PIECE];
    for (;;) {
        const ssize_t got = read(from, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return true;
        if (!write_full(to, piece, (size_t)got))
            return false;
    }
}

static bool fill(struct pump *pump, size_t count)
{
    if (pump->count + count > MOST_HEAD)
        return false;
    const size_t got = read_full(pump->from, pump->head + pump->count, count);
    pump->count += got;
    return got == count;
}

static uint32_t u32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool is_chunk(const unsigned char *at)
{
    for (int i = 0; i < 4; i++)
        if (at[i] < ' ' || at[i] > '~')
            return false;
    return u32(at + 4) < MOST_CHUNK;
}

// Reads a WAV's header down to its samples. A size of 0 there is of who could not know it.
static void read_wav(struct pump *pump)
{
    while (fill(pump, CHUNK_HEADER)) {
        unsigned char *chunk = pump->head + pump->count - CHUNK_HEADER;
        const uint32_t size = u32(chunk + 4);
        if (memcmp(chunk, "data", 4) != 0) {
            if (!fill(pump, (size_t)size + (size & 1)))
                return;
            continue;
        }
        if (size == 0 && fill(pump, CHUNK_HEADER) && !is_chunk(chunk + CHUNK_HEADER))
            memset(chunk + 4, 0xff, 4);
        return;
    }
}

static void *run(void *user)
{
    struct pump *pump = user;
    sigset_t broken; // a reader that has left is no reason to end the process
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, NULL);
    if (write_full(pump->to, pump->head, pump->count))
        copy(pump->from, pump->to);
    close(pump->from);
    close(pump->to);
    free(pump);
    return NULL;
}

static bool needs_to_seek(const struct pump *pump)
{
    const unsigned char *at = pump->head;
    return pump->count >= 4 && (memcmp(at, "fLaC", 4) == 0 || memcmp(at, "ID3", 3) == 0 ||
                                (at[0] == 0xff && (at[1] & 0xe0) == 0xe0));
}

// Takes the pump over where it succeeds.
static auricle_status spool(struct pump *pump, int *descriptor, auricle_error *error)
{
    FILE *file = tmpfile();
    const int kept = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 3) : -1;
    if (file)
        fclose(file);
    if (kept < 0 || !write_full(kept, pump->head, pump->count) || !copy(pump->from, kept) ||
        lseek(kept, 0, SEEK_SET) < 0) {
        const int reason = errno;
        if (kept >= 0)
            close(kept);
        return error_set(error, AURICLE_IO, "a temporary file for what the pipe brings: %s",
                         strerror(reason));
    }
    close(pump->from);
    free(pump);
    *descriptor = kept;
    return AURICLE_OK;
}

static auricle_status start(struct pump *pump, int *descriptor, auricle_error *error)
{
    pthread_t thread;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set(error, AURICLE_IO, "a pipe: %s", strerror(errno));
    pump->to = ends[1];
    const int failed = pthread_create(&thread, NULL, run, pump);
    if (failed) {
        close(ends[0]);
        close(ends[1]);
        return error_set(error, AURICLE_IO, "a thread for a pipe: %s", strerror(failed));
    }
    pthread_detach(thread);
    *descriptor = ends[0];
    return AURICLE_OK;
}

auricle_status sound_pipe_open(int *descriptor, bool *seekable, auricle_error *error)
{
    struct pump *pump = malloc(sizeof *pump);
    if (!pump)
        return error_no_memory(error, "%s", "reading a pipe");
    pump->from = *descriptor;
    pump->count = 0;
    const bool whole = fill(pump, MAGIC);
    if (whole && memcmp(pump->head, "RIFF", 4) == 0 && memcmp(pump->head + 8, "WAVE", 4) == 0)
        read_wav(pump);
    *seekable = needs_to_seek(pump);
    const auricle_status status =
        *seekable ? spool(pump, descriptor, error) : start(pump, descriptor, error);
    if (status)
        free(pump);
    return status;
}
