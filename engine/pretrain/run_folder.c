// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _DEFAULT_SOURCE // flock
#include "pretrain/run_folder.h"

#include "base/error.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

// The temporary names of file_replace, for the files that a training writes.
static bool is_unfinished(const char *name)
{
    static const char *const written[] = {"checkpoint.safetensors", "metrics.jsonl",
                                          "model.safetensors", "model.decoder.safetensors"};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        const size_t length = strlen(written[i]);
        const char *tail = strncmp(name, written[i], length) == 0 ? name + length : "";
        if (strncmp(tail, ".tmp-", 5) == 0 && tail[5] && !tail[5 + strspn(tail + 5, "0123456789")])
            return true;
    }
    return false;
}

static void remove_unfinished(const char *folder)
{
    char path[PATH_MAX];
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        if (is_unfinished(entry->d_name) &&
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path)
            (void)unlink(path); // what stays does no harm
    if (directory)
        closedir(directory);
}

auricle_status run_folder_open(const char *folder, int *lock, auricle_error *error)
{
    char path[PATH_MAX];
    *lock = -1;
    auricle_status status = file_make_folders(folder, error);
    if (status)
        return status;
    if (snprintf(path, sizeof path, "%s/lock", folder) >= (int)sizeof path)
        return error_set(error, AURICLE_INVALID, "%.80s...: the path is too long", folder);
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0)
        return error_set(error, AURICLE_IO, "cannot write %s: %s", path, strerror(errno));
    if (flock(*lock, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        run_folder_close(lock);
        return error_set(error, AURICLE_INVALID,
                         "another training is writing to %s: wait until it ends, or name another "
                         "folder",
                         folder);
    } // a file system without locks: go on without one
    remove_unfinished(folder);
    return AURICLE_OK;
}

void run_folder_close(int *lock)
{
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}
