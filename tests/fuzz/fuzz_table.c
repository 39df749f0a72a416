// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// A folder's table of recordings: metadata.csv, or metadata.jsonl where the first byte is odd.
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"

#include "base/error.h"
#include "data/corpus.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/auricle-fuzz-XXXXXX";

static void put(const char *name, const uint8_t *data, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0 && write(file, data, size) == (ssize_t)size && close(file) == 0);
}

static void leave(void)
{
    static const char *const names[] = {"a.wav", "b.wav", "metadata.csv", "metadata.jsonl"};
    char path[64];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void enter(void)
{
    static bool there;
    if (there)
        return;
    there = true;
    CHECK(mkdtemp(folder) && atexit(leave) == 0);
    put("a.wav", NULL, 0);
    put("b.wav", NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct corpus corpus = {0};
    const struct corpus_filter filter = {0};
    auricle_error error;
    char path[64];
    if (size == 0)
        return 0;
    enter();
    const char *name = data[0] & 1 ? "metadata.jsonl" : "metadata.csv";
    put(name, data + 1, size - 1);
    const auricle_status status = corpus_add(&corpus, folder, &filter, &error);
    fuzz_check_refusal(status, corpus.count ? &corpus : NULL, &error);
    for (int i = 0; i < corpus.count; i++) {
        const struct corpus_row *row = &corpus.rows[i];
        CHECK(access(row->path, R_OK) == 0);
        CHECK(row->seconds >= 0 && row->start_s >= 0 && row->end_s >= row->start_s);
    }
    corpus_free(&corpus);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
    return 0;
}
