// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Writes three small encoders with random weights and a recording: make_encoders FOLDER ->
 * encoder.safetensors, other.safetensors, waveform.safetensors, tone.flac. */
#include "../stream/fixture.h"

#include "base/error.h"

#include <jansson.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>

static void write_encoder(const char *folder, const char *name, enum fixture_kind kind)
{
    struct fixture fixture;
    char path[FILENAME_MAX];
    auricle_error error = {0};
    json_t *card = json_pack("{s:s}", "licence", "CC0-1.0");
    fixture_draw(&fixture, kind);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (model_write(path, &fixture.shape, &fixture.parameters, card, NULL, &error))
        fprintf(stderr, "%s\n", error.text);
    CHECK(error.status == AURICLE_OK);
    json_decref(card);
    parameters_free(&fixture.parameters);
}

// Four seconds of a rising tone.
static void write_flac(const char *folder, const char *name)
{
    char path[FILENAME_MAX];
    short block[1600];
    SF_INFO info = {
        .samplerate = 16000, .channels = 1, .format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    CHECK(file);
    for (int i = 0; i < 64000; i++) {
        block[i % 1600] = (short)(8000 * sin(0.05 * i * (1 + 1e-5 * i)));
        if (i % 1600 == 1599)
            CHECK(sf_write_short(file, block, 1600) == 1600);
    }
    sf_close(file);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    write_encoder(argv[1], "encoder.safetensors", FIXTURE_LOGMEL_GRU);
    write_encoder(argv[1], "other.safetensors", FIXTURE_LOGMEL_LSTM);
    write_encoder(argv[1], "waveform.safetensors", FIXTURE_WAVEFORM_GRU);
    write_flac(argv[1], "tone.flac");
    return 0;
}
