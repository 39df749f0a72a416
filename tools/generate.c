// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle generate: sound that was never recorded. */
#define _POSIX_C_SOURCE 200809L
#include "tool.h"
#include "tool_json.h"

#include <auricle/generate.h>

#include <limits.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char summary[] =
    "Writes a WAV of sound made by an encoder pretrained with --objective jukebox and the prior "
    "that\n"
    "auricle prior learned: out of nothing, going on from a prompt, or of one label. The same "
    "files\n"
    "and seed give the same bytes. --reconstruct: the prompt as its codes have it, without a "
    "prior.\n"
    "--check compares what was made with real recordings and with white noise.";

static const char examples[] =
    "  auricle generate --model juke/model.safetensors --seconds 10 --seed 7 --out new.wav\n"
    "  auricle generate -m juke/model.safetensors --prompt a.wav --prompt-seconds 2 --out on.wav\n"
    "  auricle generate -m juke/model.safetensors --label music --out tune.wav\n"
    "  auricle generate -m juke/model.safetensors --reconstruct --prompt a.wav --check a.wav \\\n"
    "      --out again.wav\n";

struct options {
    auricle_generate_config config;
    const char *out, *check;
    int64_t seed;
    bool json, quiet;
};

struct watch {
    struct progress_view view;
    const volatile sig_atomic_t *stop;
};

static bool show(double share, double bits, void *user)
{
    struct watch *watch = user;
    (void)bits;
    progress_show(&watch->view, share, false, "codes");
    return !*watch->stop;
}

// ---- writing

static auricle_status failed(auricle_error *error, const char *path, const char *reason)
{
    return tool_fail(error, AURICLE_IO, "cannot write %.300s: %.150s", path, reason);
}

// Whole or absent.
static auricle_status write_wav(const char *path, const float *samples, size_t count,
                                auricle_error *error)
{
    char part[PATH_MAX];
    SF_INFO info = {.samplerate = AURICLE_GENERATE_RATE_HZ,
                    .channels = 1,
                    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return failed(error, path, "the path is too long");
    SNDFILE *file = sf_open(part, SFM_WRITE, &info);
    if (!file)
        return failed(error, path, sf_strerror(NULL));
    sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
    const bool whole = sf_write_float(file, samples, (sf_count_t)count) == (sf_count_t)count;
    sf_write_sync(file);
    if (sf_close(file) == 0 && whole && rename(part, path) == 0)
        return AURICLE_OK;
    unlink(part);
    return failed(error, path, "the disk is full or the folder can't be written to");
}

// ---- checking

enum { MADE, REAL, NOISE, SOUNDS };

// White noise as loud as the real sound.
static float *white_noise(size_t count, double rms_db)
{
    float *samples = malloc((count + 1) * sizeof *samples);
    const double scale = pow(10, rms_db / 20) * sqrt(3);
    uint64_t state = 88172645463325252u; // xorshift (Marsaglia 2003): fixed, it is only a yardstick
    for (size_t i = 0; samples && i < count; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        samples[i] = (float)(scale * (2 * (double)(state >> 11) / 9007199254740992.0 - 1));
    }
    return samples;
}

static const char *const sound_names[SOUNDS] = {"made", "real", "white_noise"};

static void print_check_json(const auricle_sound_statistics *s, const double *distance)
{
    json_t *json = json_object();
    for (int i = 0; i < SOUNDS; i++) {
        const double away = auricle_sound_spectrum_distance(&s[i], &s[REAL]);
        json_t *sound = json_object();
        json_object_set_new(sound, "rms_db", tool_json_number(s[i].rms_db, 4));
        json_object_set_new(sound, "flatness", tool_json_number(s[i].flatness, 6));
        json_object_set_new(sound, "level_spread_db", tool_json_number(s[i].level_spread_db, 4));
        json_object_set_new(sound, "modulation", tool_json_number(s[i].modulation, 6));
        json_object_set_new(sound, "spectrum_to_real_db", tool_json_number(away, 4));
        if (distance)
            json_object_set_new(sound, "spectral_distance", tool_json_number(distance[i], 6));
        json_object_set_new(json, sound_names[i], sound);
    }
    tool_json_print(json);
}

static void print_check(const auricle_sound_statistics *s, const double *distance)
{
    printf("%-12s %8s %9s %13s %11s %20s%s\n", "", "rms dB", "flatness", "level spread",
           "modulation", "spectrum to real, dB", distance ? "  spectral distance" : "");
    for (int i = 0; i < SOUNDS; i++) {
        const double away = auricle_sound_spectrum_distance(&s[i], &s[REAL]);
        printf("%-12s %8.1f %9.3f %13.1f %11.3f %20.1f", sound_names[i], s[i].rms_db, s[i].flatness,
               s[i].level_spread_db, s[i].modulation, away);
        if (distance)
            printf("  %17.3f", distance[i]);
        printf("\n");
    }
}

// Where the prompt itself was made again, also how far it is from it, moment by moment.
static auricle_status check(const struct options *o, const float *made, size_t count,
                            auricle_error *error)
{
    float *real = NULL, *noise = NULL;
    size_t real_count = 0;
    double distance[SOUNDS] = {0};
    auricle_sound_statistics s[SOUNDS];
    auricle_status status = auricle_sound_load(o->check, 0, &real, &real_count, error);
    if (!status)
        status = auricle_sound_measure(real, real_count, &s[REAL], error);
    if (!status)
        status = auricle_sound_measure(made, count, &s[MADE], error);
    const bool same = o->config.reconstruct && !strcmp(o->check, o->config.prompt);
    const size_t both = real_count < count ? real_count : count;
    if (!status && !(noise = white_noise(count, s[REAL].rms_db)))
        status = error->status = AURICLE_NO_MEMORY;
    if (!status)
        status = auricle_sound_measure(noise, count, &s[NOISE], error);
    if (!status && same)
        status = auricle_sound_distance(made, real, both, &distance[MADE], error);
    if (!status && same)
        status = auricle_sound_distance(noise, real, both, &distance[NOISE], error);
    if (!status)
        (o->json ? print_check_json : print_check)(s, same ? distance : NULL);
    free(real);
    free(noise);
    return status;
}

// ----

static int run(struct options *o)
{
    auricle_error error = {0};
    float *samples = NULL;
    size_t count = 0;
    struct watch watch = {progress_begin(o->quiet), tool_catch_interrupts()};
    o->config.seed = (uint64_t)o->seed;
    o->config.progress = show;
    o->config.user = &watch;
    auricle_status status = auricle_generate(&o->config, &samples, &count, &error);
    progress_end(&watch.view);
    if (!o->config.prompt)
        tool_add_cure(&error,
                      "auricle pretrain --objective jukebox makes encoder and decoder, auricle "
                      "prior the prior");
    if (!status)
        status = write_wav(o->out, samples, count, &error);
    if (!status && o->check)
        status = check(o, samples, count, &error);
    free(samples);
    return status ? tool_failed("generate", &error) : TOOL_DONE;
}

static int parse(struct options *o, int argc, char **argv)
{
    auricle_generate_config *c = &o->config;
    const struct tool_option list[] = {
        TOOL_TEXT("model", 'm', &c->model, "FILE", "the encoder"),
        TOOL_TEXT("decoder", 0, &c->decoder, "FILE", "its decoder; else beside it"),
        TOOL_TEXT("prior", 0, &c->prior, "FILE", "its prior; else beside it"),
        TOOL_TEXT("prompt", 'p', &c->prompt, "FILE", "a recording to go on from"),
        TOOL_FLOAT("prompt-seconds", 0, &c->prompt_seconds, "S", 0, 3600, "of it; 0 = all"),
        TOOL_TEXT("label", 'l', &c->label, "L", "one of the labels the prior was told"),
        TOOL_FLOAT("seconds", 's', &c->seconds, "S", 0.05, AURICLE_GENERATE_MAX_S,
                   "in all, the prompt included"),
        TOOL_INT64("seed", 0, &o->seed, "N", 0, 9e15, "of every random choice"),
        TOOL_FLOAT("temperature", 't', &c->temperature, "T", 0, 10,
                   "1 = as learned, lower = likelier codes"),
        TOOL_FLAG("reconstruct", 0, &c->reconstruct, "the prompt's own codes as sound"),
        TOOL_TEXT("check", 0, &o->check, "FILE", "compare with this recording"),
        TOOL_TEXT("out", 'o', &o->out, "FILE.wav", "where it goes"),
        TOOL_FLAG("json", 0, &o->json, "the comparison as JSON"),
        TOOL_FLAG("quiet", 'q', &o->quiet, "no progress"),
    };
    const struct tool_page page = {"generate", "", summary, list, sizeof list / sizeof *list,
                                   examples};
    int operand = 0, status = tool_parse(&page, argc, argv, &operand);
    if (status != TOOL_GO_ON)
        return status;
    if (operand < argc)
        return tool_wrong("generate", "%s: name a prompt with --prompt", argv[operand]);
    if (!c->model)
        return tool_wrong("generate", "name the encoder with --model");
    if (!o->out)
        return tool_wrong("generate", "say with --out where it goes");
    if (c->reconstruct && !c->prompt)
        return tool_wrong("generate", "--reconstruct: name with --prompt what");
    if (c->reconstruct && c->label)
        return tool_wrong("generate", "--label is the prior's: it doesn't go with --reconstruct");
    return TOOL_GO_ON;
}

int tool_generate(int argc, char **argv)
{
    struct options o = {.config = {.seconds = 10, .temperature = 1}, .seed = 1};
    const int status = parse(&o, argc, argv);
    return status == TOOL_GO_ON ? run(&o) : status;
}
