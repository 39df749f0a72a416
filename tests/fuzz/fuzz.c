// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _GNU_SOURCE // memfd_create
#include "fuzz.h"

#include "base/error.h"

#include <auricle/listener.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SAMPLES = 1600 };

const char *fuzz_file(const uint8_t *data, size_t size)
{
    static int file = -1;
    static char path[64];
    if (file < 0) {
        file = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    CHECK(file >= 0 && ftruncate(file, 0) == 0);
    CHECK(pwrite(file, data, size, 0) == (ssize_t)size);
    return path;
}

void fuzz_check_refusal(auricle_status status, const void *object, const auricle_error *error)
{
    CHECK((status == AURICLE_OK) == (object != NULL));
    CHECK(!status || (error->status == status && strlen(error->text) > 10));
}

struct expected {
    auricle_model_info model;
    auricle_head_info head;
};

static void check_result(const auricle_result *result, void *user)
{
    const struct expected *expected = user;
    for (int i = 0; result->vector && i < expected->model.frame_dim; i++)
        CHECK(isfinite(result->vector[i]));
    for (int i = 0; result->head_count && i < expected->head.class_count; i++)
        CHECK(isfinite(result->heads[0].posteriors[i]));
}

void fuzz_listen(auricle_model *model, auricle_head *head)
{
    struct expected expected;
    auricle_listener *listener = NULL;
    auricle_error error;
    float sound[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        sound[i] = i < SAMPLES / 2 ? 0.5f * sinf(0.3f * (float)i) : 0;
    auricle_model_get_info(model, &expected.model);
    if (head)
        auricle_head_get_info(head, &expected.head);
    const auricle_status status =
        auricle_listener_create(model, &head, head ? 1 : 0, NULL, &listener, &error);
    fuzz_check_refusal(status, listener, &error);
    if (status)
        return;
    CHECK(!auricle_listener_feed(listener, sound, SAMPLES, check_result, &expected, &error));
    auricle_listener_drain(listener, check_result, &expected);
    auricle_listener_destroy(&listener);
}
