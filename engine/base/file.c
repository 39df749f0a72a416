// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _DEFAULT_SOURCE // MAP_ANONYMOUS
#include "base/file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int descriptor, const struct file_part *part)
{
    const char *bytes = part->bytes;
    for (size_t done = 0; done < part->count;) {
        ssize_t wrote = write(descriptor, bytes + done, part->count - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        done += (size_t)wrote;
    }
    return 0;
}

static void folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) : 1;
    snprintf(folder, PATH_MAX, "%.*s", length > 0 ? length : 1, slash ? path : ".");
}

// The rename itself has to reach the disk: sync the folder that holds the name.
static void sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    folder_of(path, folder);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    (void)fsync(descriptor); // some file systems refuse this; the data itself is synced already
    close(descriptor);
}

auricle_status file_replace(const char *path, const struct file_part *parts, int part_count,
                            auricle_error *error)
{
    char temporary[PATH_MAX];
    int length = snprintf(temporary, sizeof temporary, "%s.tmp-%ld", path, (long)getpid());
    if (length < 0 || length >= (int)sizeof temporary)
        return error_set(error, AURICLE_INVALID, "%.80s...: the path is too long", path);
    struct stat old;
    const bool replaces = stat(path, &old) == 0;
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return error_set(error, AURICLE_IO, "cannot write %s: %s", path, strerror(errno));
    if (replaces && fchmod(descriptor, old.st_mode & 07777) < 0)
        goto fail;
    for (int i = 0; i < part_count; i++)
        if (write_all(descriptor, &parts[i]) < 0)
            goto fail;
    if (fsync(descriptor) < 0)
        goto fail;
    if (close(descriptor) < 0) {
        descriptor = -1;
        goto fail;
    }
    descriptor = -1;
    if (rename(temporary, path) < 0)
        goto fail;
    sync_folder_of(path);
    return AURICLE_OK;
fail:
    error_set(error, AURICLE_IO, "cannot write %s: %s; what was there is untouched", path,
              strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    unlink(temporary);
    return AURICLE_IO;
}

auricle_status file_make_private(const char *path, auricle_error *error)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 && errno != EEXIST)
        return error_set(error, AURICLE_IO, "cannot write %s: %s", path, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return AURICLE_OK;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

auricle_status file_check_place(const char *path, auricle_error *error)
{
    char folder[PATH_MAX];
    folder_of(path, folder);
    if (is_folder(path))
        return error_set(error, AURICLE_IO, "cannot write %s: it is a folder", path);
    if (access(folder, W_OK | X_OK) == 0)
        return AURICLE_OK;
    return error_set(error, AURICLE_IO, "cannot write %s: folder %s: %s", path, folder,
                     strerror(errno));
}

auricle_status file_make_folders(const char *path, auricle_error *error)
{
    char part[PATH_MAX];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return error_set(error, AURICLE_INVALID, "%.80s...: the path is too long", path);
    for (char *slash = part + 1; *part && (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        (void)mkdir(part, 0777); // what matters is whether the last can be made
    }
    if (mkdir(part, 0777) == 0 || (errno == EEXIST && is_folder(part)))
        return AURICLE_OK;
    return error_set(error, AURICLE_IO, "cannot make the folder %s: %s", path, strerror(errno));
}

auricle_status file_map_open(const char *path, struct file_map *map, auricle_error *error)
{
    *map = (struct file_map){0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe would have it wait
    if (descriptor < 0)
        return error_set(error, errno == ENOENT ? AURICLE_NOT_FOUND : AURICLE_IO,
                         "cannot open %s: %s", path, strerror(errno));
    struct stat status;
    auricle_status result = AURICLE_OK;
    if (fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode)) {
        result = error_set(error, AURICLE_IO, "%s is not a file", path);
    } else if (status.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (bytes == MAP_FAILED)
            result = error_set(error, AURICLE_IO, "cannot map %s: %s", path, strerror(errno));
        else
            *map = (struct file_map){bytes, (size_t)status.st_size};
    }
    close(descriptor);
    return result;
}

auricle_status file_map_copy(const void *bytes, size_t count, struct file_map *map,
                             auricle_error *error)
{
    *map = (struct file_map){0};
    if (count == 0)
        return AURICLE_OK;
    void *copy = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED)
        return error_set(error, AURICLE_NO_MEMORY, "no memory for a copy of %zu bytes", count);
    memcpy(copy, bytes, count);
    mprotect(copy, count, PROT_READ); // its failure only loses the protection
    *map = (struct file_map){copy, count};
    return AURICLE_OK;
}

void file_map_close(struct file_map *map)
{
    if (map->bytes)
        munmap((void *)(uintptr_t)map->bytes, map->count);
    *map = (struct file_map){0};
}
