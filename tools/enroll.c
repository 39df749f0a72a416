// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle enroll: some seconds of a speaker in, a head that knows the speaker out. */
#define _POSIX_C_SOURCE 200809L
#include "microphone.h"
#include "speakers_file.h"
#include "tool.h"
#include "tool_json.h"

#include <auricle/sound.h>
#include <auricle/speaker.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char summary[] =
    "Learns the voice of a speaker from recordings, or from the microphone, and adds it to the "
    "file\n"
    "of enrolled speakers. That file is a head: auricle listen --head FILE names the speaker who\n"
    "talks, or says nothing of a stranger. 20 s of speech are good, 3 s the least. A voice is\n"
    "personal data: the file can be read by its owner only, and auricle forget removes a speaker.";

static const char examples[] =
    "  auricle enroll --speaker anna anna-1.wav anna-2.wav\n"
    "  auricle enroll --speaker ben --microphone\n"
    "  auricle listen call.wav --head ~/.local/share/auricle/speakers.safetensors\n"
    "  auricle forget anna\n";

enum { BLOCK = 4096 };

struct options {
    const char *speaker, *model, *file, *device;
    double seconds;
    bool microphone, json, quiet;
};

struct enrolling {
    auricle_model *model;
    auricle_head *head;
    char path[PATH_MAX];
};

static auricle_status open_head(const struct options *o, struct enrolling *e, auricle_error *error)
{
    char model[PATH_MAX];
    snprintf(model, sizeof model, "%s",
             o->model ? o->model : tool_default_file("encoder.safetensors"));
    auricle_status status = auricle_model_open(model, &e->model, error);
    if (!status && o->file)
        snprintf(e->path, sizeof e->path, "%s", o->file);
    else if (!status)
        status = speakers_default_file(e->path, error);
    if (status)
        return status;
    const char *base = access(e->path, F_OK) ? tool_default_file("speakers.safetensors") : e->path;
    return auricle_head_open(base, e->model, &e->head, error);
}

static auricle_status make_folder(const char *path, auricle_error *error)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) && errno != EEXIST)
            return tool_fail(error, AURICLE_IO, "cannot make the folder %.300s: %s", folder,
                             strerror(errno));
        *slash = '/';
    }
    return AURICLE_OK;
}

static void mix(float *samples, size_t frames, size_t channels)
{
    for (size_t i = 0; i < frames; i++) {
        float sum = 0;
        for (size_t c = 0; c < channels; c++)
            sum += samples[i * channels + c];
        samples[i] = sum / (float)channels;
    }
}

static auricle_status hear_file(auricle_enrolment *enrolment, auricle_sound *sound,
                                auricle_error *error)
{
    const size_t channels = (size_t)auricle_sound_channels(sound);
    float *block = malloc(BLOCK * channels * sizeof *block);
    auricle_status status = block ? AURICLE_OK : tool_fail(error, AURICLE_NO_MEMORY, "no memory");
    for (size_t got = 1; !status && got > 0;) {
        status = auricle_sound_read(sound, block, BLOCK, &got, error);
        mix(block, got, channels);
        if (!status)
            status = auricle_enrolment_feed(enrolment, block, got, error);
    }
    free(block);
    return status ? status : auricle_enrolment_end_recording(enrolment, error);
}

static auricle_status hear_microphone(const struct options *o, auricle_enrolment *enrolment,
                                      struct microphone *microphone, auricle_error *error)
{
    const volatile sig_atomic_t *stop = tool_catch_interrupts();
    float *block = malloc(BLOCK * sizeof *block);
    auricle_status status = block ? AURICLE_OK : tool_fail(error, AURICLE_NO_MEMORY, "no memory");
    if (!o->quiet)
        fprintf(stderr, "speak now, for %g s; Ctrl-C ends without enrolling\n", o->seconds);
    while (!status && auricle_enrolment_seconds(enrolment) < o->seconds) {
        size_t got, lost;
        status = microphone_read(microphone, block, BLOCK, &got, &lost, error);
        if (!status)
            status = auricle_enrolment_feed(enrolment, block, got, error);
        if (!status && *stop)
            status = tool_fail(error, AURICLE_INTERRUPTED, "interrupted: nothing was enrolled");
        if (!status && !o->quiet)
            fprintf(stderr, "\r%4.1f s of speech", auricle_enrolment_seconds(enrolment));
    }
    if (!o->quiet)
        fprintf(stderr, "\n");
    free(block);
    return status ? status : auricle_enrolment_end_recording(enrolment, error);
}

static void report(const struct options *o, const struct enrolling *e,
                   const auricle_enrolment *enrolment)
{
    const double seconds = auricle_enrolment_seconds(enrolment);
    const double likeness = auricle_enrolment_likeness(enrolment);
    if (o->json) {
        json_t *json = json_object();
        json_object_set_new(json, "speaker", tool_json_text(o->speaker));
        json_object_set_new(json, "file", tool_json_text(e->path));
        json_object_set_new(json, "speech_s", tool_json_number(seconds, 2));
        json_object_set_new(json, "likeness", tool_json_number(likeness, 3));
        tool_json_print(json);
        return;
    }
    printf("%s: %.1f s of speech, added to %s\n", o->speaker, seconds, e->path);
    if (isfinite(likeness) && likeness < 2)
        printf("its parts are little alike (%.1f; strangers: 0, one speaker: 4 or so): is it one "
               "speaker, and is speech loud enough?\n",
               likeness);
}

// The enrolment's rate is that of its first sound; files of other rates get an error.
static auricle_status enroll_files(struct enrolling *e, char **files, int count,
                                   auricle_enrolment **enrolment, auricle_error *error)
{
    int rate = 0;
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < count && !status; i++) {
        auricle_sound *sound = NULL;
        status = auricle_sound_open(files[i], &sound, error);
        if (!status && !*enrolment) {
            rate = auricle_sound_rate_hz(sound);
            status = auricle_enrolment_create(
                e->model, e->head, &(auricle_stream_config){.sample_rate_hz = rate, .warm = true},
                enrolment, error);
        }
        if (!status && auricle_sound_rate_hz(sound) != rate)
            status = tool_fail(error, AURICLE_INVALID,
                               "%.200s has %d Hz, the files before it have %d: convert them to one "
                               "rate, for example with sox FILE -r 16000 OUT",
                               files[i], auricle_sound_rate_hz(sound), rate);
        if (!status)
            status = tool_fail_in(error, hear_file(*enrolment, sound, error), files[i]);
        auricle_sound_close(&sound);
    }
    return status;
}

static auricle_status enroll_microphone(const struct options *o, struct enrolling *e,
                                        auricle_enrolment **enrolment, auricle_error *error)
{
    const struct microphone_wish wish = {.device = o->device, .channels = 1};
    struct microphone *microphone;
    auricle_status status = microphone_open(&wish, &microphone, error);
    if (status)
        return status;
    const auricle_stream_config config = {.sample_rate_hz = microphone_rate(microphone),
                                          .warm = true};
    status = auricle_enrolment_create(e->model, e->head, &config, enrolment, error);
    if (!status)
        status = hear_microphone(o, *enrolment, microphone, error);
    microphone_close(&microphone);
    return status;
}

static int run(const struct options *o, char **files, int count)
{
    struct enrolling e = {0};
    auricle_enrolment *enrolment = NULL;
    auricle_error error = {0};
    auricle_status status = open_head(o, &e, &error);
    if (!status)
        status = o->microphone ? enroll_microphone(o, &e, &enrolment, &error)
                               : enroll_files(&e, files, count, &enrolment, &error);
    if (!status && !o->file)
        status = make_folder(e.path, &error);
    if (!status)
        status = auricle_enrolment_save(enrolment, o->speaker, e.path, &error);
    if (!status)
        report(o, &e, enrolment);
    auricle_enrolment_destroy(&enrolment);
    auricle_head_unref(&e.head);
    auricle_model_unref(&e.model);
    return status ? tool_failed("enroll", &error) : TOOL_DONE;
}

int tool_enroll(int argc, char **argv)
{
    struct options o = {.seconds = 20};
    const struct tool_option list[] = {
        TOOL_TEXT("speaker", 's', &o.speaker, "NAME", "who speaks"),
        TOOL_TEXT("file", 'f', &o.file, "FILE",
                  "the file of enrolled speakers, made when there is none; else $AURICLE_SPEAKERS, "
                  "or auricle/speakers.safetensors in the user's data folder"),
        TOOL_TEXT("model", 'm', &o.model, "FILE", "the encoder; else the bundled one"),
        TOOL_FLAG("microphone", 0, &o.microphone, "record the microphone instead of reading files"),
        TOOL_TEXT("device", 0, &o.device, "NAME",
                  "of the microphone: its number, or part of its name"),
        TOOL_FLOAT("seconds", 0, &o.seconds, "S", 3, 600, "of speech from the microphone"),
        TOOL_FLAG("json", 'j', &o.json, "print the result as JSON"),
        TOOL_FLAG("quiet", 'q', &o.quiet, "no progress"),
    };
    const struct tool_page page = {"enroll", "[RECORDING...]",           summary,
                                   list,     sizeof list / sizeof *list, examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status != TOOL_GO_ON)
        return status;
    if (!o.speaker)
        return tool_wrong("enroll", "say with --speaker who speaks");
    if (o.device && !*o.device)
        return tool_wrong("enroll", "--device is empty: name a number or a part of a name");
    if (o.microphone == (operand < argc))
        return tool_wrong("enroll", o.microphone ? "--microphone takes no recordings"
                                                 : "name recordings, or say --microphone");
    return run(&o, argv + operand, argc - operand);
}
