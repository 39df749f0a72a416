// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Writes three small encoders with random weights and recordings of many formats: make_encoders
 * FOLDER -> encoder.safetensors, other.safetensors, waveform.safetensors, tone.flac, sound.wav,
 * sound.ogg, ... */
#include "../stream/fixture.h"

#include "base/error.h"

#include <jansson.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>

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

// Eight seconds: noise for two, then a beep at the beginning of each second. A decoder that
// estimates the length of an MP3 from its first frames expects half of it.
static float sample(int i, int rate_hz)
{
    static uint32_t state = 1; // a linear congruential generator (Numerical Recipes)
    state = 1664525 * state + 1013904223;
    if (i < 2 * rate_hz)
        return 0.3f * ((float)(state >> 8) / 8388608.0f - 1);
    return i % rate_hz < rate_hz / 8 ? 0.4f * (float)sin(6.2831853 * 700 * i / rate_hz) : 0;
}

static void write_sound(const char *folder, const char *name, int format, int rate_hz)
{
    char path[FILENAME_MAX];
    float block[400];
    SF_INFO info = {.samplerate = rate_hz, .channels = 1, .format = format};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    CHECK(file);
    if ((format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG)
        sf_command(
            file, SFC_SET_BITRATE_MODE,
            &(int){strstr(name, "vbr") ? SF_BITRATE_MODE_VARIABLE : SF_BITRATE_MODE_CONSTANT},
            sizeof(int));
    for (int i = 0; i < 8 * rate_hz; i++) {
        block[i % 400] = sample(i, rate_hz);
        if (i % 400 == 399)
            CHECK(sf_write_float(file, block, 400) == 400);
    }
    sf_close(file);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    write_sound(argv[1], "sound.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000);
    write_sound(argv[1], "sound.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 16000);
    write_sound(argv[1], "sound.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16000);
    write_sound(argv[1], "vbr.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16000);
    write_sound(argv[1], "sound-gsm.wav", SF_FORMAT_WAV | SF_FORMAT_GSM610, 8000);
    write_sound(argv[1], "sound-gsm.aiff", SF_FORMAT_AIFF | SF_FORMAT_GSM610, 8000);
    write_sound(argv[1], "sound.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000);
    write_sound(argv[1], "sound.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
    write_encoder(argv[1], "encoder.safetensors", FIXTURE_LOGMEL_GRU);
    write_encoder(argv[1], "other.safetensors", FIXTURE_LOGMEL_LSTM);
    write_encoder(argv[1], "waveform.safetensors", FIXTURE_WAVEFORM_GRU);
    write_flac(argv[1], "tone.flac");
    return 0;
}
