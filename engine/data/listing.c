// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "data/listing.h"

#include "base/error.h"
#include "base/grow.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool listing_has(const struct listing *listing, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = listing->text; (at = strstr(at, value)); at++) {
        bool begins = at == listing->text || at[-1] == ' ';
        if (begins && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

void listing_note(struct listing *listing, const char *value)
{
    size_t used = strlen(listing->text), room = sizeof listing->text - used;
    bool full = used >= 3 && strcmp(listing->text + used - 3, "...") == 0;
    if (!*value || full || listing_has(listing, value))
        return;
    const char *between = used ? ", " : "";
    bool fits = strlen(value) + 10 < room; // with room left for the dots
    snprintf(listing->text + used, room, "%s%s", between, fits ? value : "...");
}

const char *listing_text(const struct listing *listing)
{
    return *listing->text ? listing->text : "none";
}

struct tree {
    bool (*keep)(const char *name);
    char **paths;
    int count;
    size_t capacity;
};

static auricle_status tree_note(struct tree *tree, char *path, auricle_error *error)
{
    if (!GROW(tree->paths, (size_t)tree->count + 1, tree->capacity)) {
        free(path);
        return error_no_memory(error, "%d file names", tree->count + 1);
    }
    tree->paths[tree->count++] = path;
    return AURICLE_OK;
}

static char *join(const char *folder, const char *name)
{
    size_t bytes = strlen(folder) + strlen(name) + 2;
    char *path = malloc(bytes);
    if (path)
        snprintf(path, bytes, "%s/%s", folder, name);
    return path;
}

static auricle_status tree_walk(struct tree *tree, const char *folder, auricle_error *error);

// Takes path over.
static auricle_status tree_entry(struct tree *tree, char *path, const char *name,
                                 auricle_error *error)
{
    struct stat itself, behind;
    auricle_status status = AURICLE_OK;
    if (lstat(path, &itself) == 0 && S_ISDIR(itself.st_mode))
        status = tree_walk(tree, path, error);
    else if (tree->keep(name) && stat(path, &behind) == 0 && S_ISREG(behind.st_mode))
        return tree_note(tree, path, error);
    free(path);
    return status;
}

static auricle_status tree_walk(struct tree *tree, const char *folder, auricle_error *error)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return error_set(error, AURICLE_IO, "cannot read folder %s: %s", folder, strerror(errno));
    auricle_status status = AURICLE_OK;
    struct dirent *entry;
    while (status == AURICLE_OK && (entry = readdir(directory))) {
        if (entry->d_name[0] == '.')
            continue;
        char *path = join(folder, entry->d_name);
        status = path ? tree_entry(tree, path, entry->d_name, error)
                      : error_no_memory(error, "a file name");
    }
    closedir(directory);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

auricle_status listing_tree(const char *folder, bool (*keep)(const char *name), char ***paths,
                            int *count, auricle_error *error)
{
    struct tree tree = {.keep = keep};
    auricle_status status = tree_walk(&tree, folder, error);
    if (tree.count)
        qsort(tree.paths, (size_t)tree.count, sizeof *tree.paths, by_name);
    *paths = tree.paths;
    *count = tree.count;
    return status;
}

void listing_tree_free(char ***paths, int count)
{
    for (int i = 0; i < count; i++)
        free((*paths)[i]);
    free(*paths);
    *paths = NULL;
}
