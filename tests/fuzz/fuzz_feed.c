// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Samples as they come: any bits as floats, in pieces of any length. Two listeners hear the same,
// one in the pieces that the input asks for and one whole; a piece that is refused changes nothing,
// so both give the same bits.
#include "fuzz.h"

#include "base/error.h"
#include "fixture.h"

#include <auricle/listener.h>

#include <stdlib.h>
#include <string.h>

static const int rates[] = {8000, 11025, 16000, 22050, 44100, 48000};

static void add_bits(const auricle_result *result, void *user)
{
    uint64_t *sum = user, bits = result->frame;
    for (int i = 0; result->vector && i < 8; i++) {
        uint32_t number;
        memcpy(&number, &result->vector[i], sizeof number);
        bits = bits * 31 + number;
    }
    for (int i = 0; i < result->heads[0].event_count; i++)
        bits = bits * 31 + (uint64_t)result->heads[0].events[i].label + 1;
    *sum = *sum * UINT64_C(1099511628211) + bits;
}

static auricle_listener *make(auricle_model *model, auricle_head *head, int rate_hz)
{
    const auricle_listener_config config = {.size = sizeof config, .sample_rate_hz = rate_hz};
    auricle_listener *listener = NULL;
    auricle_error error;
    CHECK(!auricle_listener_create(model, &head, 1, &config, &listener, &error));
    return listener;
}

// What was taken in pieces, gathered in heard. Returns how many samples.
static size_t feed_pieces(auricle_listener *listener, const float *samples, size_t count,
                          const uint8_t *sizes, size_t size_count, float *heard, uint64_t *sum)
{
    size_t taken = 0;
    for (size_t at = 0, i = 0, piece; at < count; at += piece, i++) {
        const size_t wanted = size_count ? (size_t)sizes[i % size_count] * 7 : count;
        auricle_error error;
        piece = wanted < count - at ? wanted : count - at;
        piece = piece ? piece : 1;
        const auricle_status status =
            auricle_listener_feed(listener, samples + at, piece, add_bits, sum, &error);
        CHECK(status == AURICLE_OK || status == AURICLE_INVALID);
        if (!status) {
            memcpy(heard + taken, samples + at, piece * sizeof *heard);
            taken += piece;
        }
    }
    auricle_listener_drain(listener, add_bits, sum);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fixture fixture;
    static auricle_head *head;
    if (!head) {
        fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
        head = fixture_head(fixture.model, 3, 20, 5, 0,
                            (auricle_detector_config){0.6f, 0.4f, 1, 0, 0});
    }
    if (size < 2)
        return 0;
    const int rate_hz = rates[data[0] % (sizeof rates / sizeof *rates)];
    const size_t size_count = data[1] % 16 < size - 2 ? data[1] % 16 : size - 2;
    const size_t count = (size - 2 - size_count) / sizeof(float);
    const uint8_t *sizes = data + 2;
    float *samples = malloc(2 * (count + 1) * sizeof *samples), *heard = samples + count + 1;
    uint64_t in_pieces = 0, whole = 0;
    auricle_error error;
    memcpy(samples, sizes + size_count, count * sizeof *samples);
    auricle_listener *listener = make(fixture.model, head, rate_hz);
    const size_t taken =
        feed_pieces(listener, samples, count, sizes, size_count, heard, &in_pieces);
    auricle_listener_reset(listener);
    CHECK(!auricle_listener_feed(listener, heard, taken, add_bits, &whole, &error));
    auricle_listener_drain(listener, add_bits, &whole);
    CHECK(in_pieces == whole);
    auricle_listener_destroy(&listener);
    free(samples);
    return 0;
}
