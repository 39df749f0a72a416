// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "data/sound_bytes.h"

#include "base/error.h"
#include "base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WINDOW = 1 << 18 }; // more than an Ogg page can have

auricle_status sound_bytes_open(struct sound_bytes *bytes, int descriptor, auricle_error *error)
{
    struct stat about;
    *bytes = (struct sound_bytes){.descriptor = descriptor};
    if (fstat(descriptor, &about) < 0)
        return error_set(error, AURICLE_IO, "%s", strerror(errno));
    bytes->count = about.st_size;
    bytes->window = malloc(WINDOW);
    return bytes->window ? AURICLE_OK : error_no_memory(error, "%d bytes", WINDOW);
}

void sound_bytes_close(struct sound_bytes *bytes)
{
    free(bytes->window);
    bytes->window = NULL;
}

static bool fill(struct sound_bytes *bytes, int64_t place)
{
    bytes->window_at = place;
    bytes->window_count = 0;
    while (bytes->window_count < WINDOW) {
        ssize_t got = pread(bytes->descriptor, bytes->window + bytes->window_count,
                            WINDOW - bytes->window_count, place + (int64_t)bytes->window_count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        bytes->window_count += (size_t)got;
    }
    return true;
}

const unsigned char *sound_bytes_at(struct sound_bytes *bytes, int64_t place, size_t count)
{
    const int64_t end = place + (int64_t)count;
    CHECK(count <= WINDOW);
    if (place < 0 || end > bytes->count)
        return NULL;
    const bool inside =
        place >= bytes->window_at && end <= bytes->window_at + (int64_t)bytes->window_count;
    if (!inside && (!fill(bytes, place) || end > place + (int64_t)bytes->window_count))
        return NULL;
    return bytes->window + (place - bytes->window_at);
}

bool sound_parts_add(struct sound_parts *parts, struct sound_part part)
{
    if (!GROW(parts->list, parts->count + 1, parts->room))
        return false;
    parts->list[parts->count++] = part;
    return true;
}

void sound_parts_free(struct sound_parts *parts)
{
    free(parts->list);
    *parts = (struct sound_parts){0};
}
