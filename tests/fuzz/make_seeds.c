// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Writes the fuzz targets' first inputs: make_seeds FOLDER -> FOLDER/TARGET/... */
#include "fixture.h"

#include "base/error.h"
#include "base/file.h"

#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *folder;

static const char *path_of(const char *target, const char *name)
{
    static char path[FILENAME_MAX];
    auricle_error error;
    CHECK(snprintf(path, sizeof path, "%s/%s", folder, target) < (int)sizeof path - 64);
    CHECK(!file_make_folders(path, &error));
    strcat(strcat(path, "/"), name);
    return path;
}

static void put(const char *target, const char *name, const void *bytes, size_t count)
{
    const struct file_part part = {bytes, count};
    auricle_error error;
    CHECK(!file_replace(path_of(target, name), &part, 1, &error));
}

static void put_text(const char *target, const char *name, const char *text)
{
    put(target, name, text, strlen(text));
}

static void write_encoders(void)
{
    for (int kind = 0; kind < FIXTURE_FLOAT_KINDS; kind++) {
        struct fixture fixture;
        char name[32];
        auricle_error error;
        json_t *card = json_pack("{s:s}", "data", "none: a test");
        snprintf(name, sizeof name, "%d", kind);
        fixture_draw(&fixture, kind);
        CHECK(!model_write(path_of("encoder", name), &fixture.shape, &fixture.parameters, card,
                           NULL, &error));
        json_decref(card);
        parameters_free(&fixture.parameters);
    }
}

static void write_heads(void)
{
    struct fixture fixture;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    fixture_write_head(path_of("head", "frame"), fixture.model, 3, 1, 1, 0,
                       (auricle_detector_config){0.6f, 0.4f, 1, 0, 0});
    fixture_write_head(path_of("head", "clip"), fixture.model, 3, 20, 5, 4,
                       (auricle_detector_config){0.6f, 0.4f, 1, 0, 0});
    fixture_destroy(&fixture);
}

static void write_tables(void)
{
    put_text("table", "csv",
             "\"file_name,label,speaker,split,start,end\na.wav,yes,ann,train,0,1.5\n"
             "b.wav,\"no, \"\"never\"\"\",bob,dev,,\n");
    put_text("table", "jsonl",
             "!{\"file_name\": \"a.wav\", \"label\": \"yes\", \"start\": 0.5, \"end\": 1}\n"
             "{\"file_name\": \"b.wav\", \"label\": null, \"seconds\": 2}\n");
}

// What once broke a promise of the reader.
static void write_tables_found(void)
{
    put_text("table", "start-without-end", "!{\"file_name\": \"a.wav\", \"start\": 0.5}\n");
}

static void write_rows(void)
{
    char file[128 + 24] = "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, "
                          "'shape': (3, 2), }";
    memset(file + 10 + strlen(file + 10), ' ', 128 - 10 - strlen(file + 10));
    file[127] = '\n';
    put("npy", "rows", file, sizeof file);
}

static void write_recordings(void)
{
    static const struct {
        const char *name;
        int format;
    } kinds[] = {
        {"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},   {"float", SF_FORMAT_WAV | SF_FORMAT_FLOAT},
        {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16}, {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
        {"opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},    {"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16}};
    float *sound = fixture_sound(4000, 8000, 1);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        SF_INFO info = {.samplerate = 8000, .channels = 1, .format = kinds[i].format};
        SNDFILE *file = sf_open(path_of("audio", kinds[i].name), SFM_WRITE, &info);
        CHECK(file && sf_writef_float(file, sound, 4000) == 4000 && sf_close(file) == 0);
    }
    free(sound);
}

static void write_feeds(void)
{
    enum { COUNT = 2000 };
    float *sound = fixture_sound(COUNT, 16000, 1);
    unsigned char bytes[2 + 4 + COUNT * sizeof(float)] = {2, 4, 23, 1, 0, 255};
    memcpy(bytes + 6, sound, COUNT * sizeof *sound);
    put("feed", "sound", bytes, sizeof bytes);
    memset(bytes + 4000, 0xff, 64); // not numbers
    put("feed", "nan", bytes, sizeof bytes);
    free(sound);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    folder = argv[1];
    write_encoders();
    write_heads();
    write_tables();
    write_tables_found();
    write_rows();
    write_recordings();
    write_feeds();
    return 0;
}
