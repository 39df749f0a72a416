// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle listen: what is heard, as it is heard. */
#define _POSIX_C_SOURCE 200809L
#include "listening.h"
#include "microphone.h"
#include "tool.h"

#include <auricle/sound.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char summary[] =
    "Listens to the microphone, or streams a recording through the very same code, and prints a "
    "line\n"
    "per event: start, end, label, confidence. Several heads share one run of the encoder; every\n"
    "channel of a recording is a stream of its own. Ctrl-C ends with a summary.";

static const char examples[] =
    "  auricle listen                          the microphone, the bundled voice commands\n"
    "  auricle listen --list-devices\n"
    "  auricle listen --device USB --head mine.safetensors --json\n"
    "  auricle listen call.wav --head models/arousal.safetensors\n";

enum { BLOCK = 1600 }; // frames; any cut gives the same events

struct options {
    const char *model, *device, *file;
    struct text_list heads, channels;
    struct tool_detector detector;
    bool json, raw, realtime, list, verbose, quiet;
};

static void pace(const struct timespec *begin, double seconds)
{
    struct timespec until = *begin;
    until.tv_sec += (time_t)seconds;
    until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static auricle_status hear_file(const struct options *o, struct listening *listening,
                                const volatile sig_atomic_t *stop, auricle_error *error)
{
    auricle_sound *sound = NULL;
    struct timespec begin;
    float *block = NULL;
    auricle_status status = auricle_sound_open(o->file, &sound, error);
    const int rate_hz = status ? 0 : auricle_sound_rate_hz(sound),
              channels = status ? 0 : auricle_sound_channels(sound);
    if (!status)
        status = listening_attach(listening, rate_hz, channels, &o->channels, error);
    if (!status && !(block = malloc(BLOCK * (size_t)channels * sizeof *block)))
        status = error->status = AURICLE_NO_MEMORY;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    while (!status && !*stop && !ferror(stdout)) {
        size_t got;
        status = auricle_sound_read(sound, block, BLOCK, &got, error);
        if (status || got == 0)
            break;
        status = listening_feed(listening, block, got, rate_hz, error);
        if (o->realtime)
            pace(&begin, listening->heard_s);
    }
    if (status)
        tool_fail_in(error, status, o->file);
    auricle_sound_close(&sound);
    free(block);
    return status;
}

static int channels_needed(const struct text_list *wanted)
{
    int most = 0;
    for (int i = 0; i < wanted->count; i++) {
        int channel = atoi(wanted->text[i]);
        most = channel > most ? channel : most;
    }
    return most + 1;
}

static auricle_status hear_microphone(const struct options *o, struct listening *listening,
                                      const volatile sig_atomic_t *stop, auricle_error *error)
{
    const struct microphone_wish wish = {o->device, channels_needed(&o->channels), o->verbose};
    struct microphone *microphone;
    float *block = NULL;
    auricle_status status = microphone_open(&wish, &microphone, error);
    if (status)
        return status;
    const int rate = microphone_rate(microphone), channels = microphone_channels(microphone);
    listening->stream = microphone_name(microphone);
    status = listening_attach(listening, rate, channels, &o->channels, error);
    if (!status && !(block = malloc(BLOCK * (size_t)channels * sizeof *block)))
        status = error->status = AURICLE_NO_MEMORY;
    if (!status && !o->quiet)
        fprintf(stderr, "listening to %s, %d Hz; Ctrl-C ends\n", microphone_name(microphone), rate);
    while (!status && !*stop && !ferror(stdout)) {
        size_t got, lost;
        status = microphone_read(microphone, block, BLOCK, &got, &lost, error);
        if (!status && lost > 0)
            status = listening_feed_lost(listening, lost, rate, error);
        if (!status)
            status = listening_feed(listening, block, got, rate, error);
    }
    if (listening->channel_count > 0)
        listening_finish(listening);
    listening->stream = NULL; // the microphone's
    microphone_close(&microphone);
    free(block);
    return status;
}

static void print_summary(const struct listening *listening)
{
    char when[32];
    fprintf(stderr, "listened %s, %lld events", tool_time(listening->heard_s, 3, when),
            listening->events);
    if (listening->gaps > 0)
        fprintf(stderr, ", %.2f s of sound lost in %d gaps: this machine is too slow or too busy",
                listening->lost_s, listening->gaps);
    fprintf(stderr, "\n");
}

static int run(const struct options *o)
{
    struct live_line live = {0};
    struct listening listening = {.stream = o->file ? o->file : o->device,
                                  .json = o->json,
                                  .raw = o->raw,
                                  .detector = tool_detector_config(&o->detector)};
    auricle_error error = {0};
    const volatile sig_atomic_t *stop = tool_catch_interrupts();
    if (isatty(STDERR_FILENO) && !o->quiet && !o->raw && (!o->file || o->realtime))
        listening.live = &live;
    auricle_status status = listening_open(&listening, o->model, &o->heads, &error);
    if (!status)
        status = o->file ? hear_file(o, &listening, stop, &error)
                         : hear_microphone(o, &listening, stop, &error);
    const bool heard = listening.channel_count > 0;
    if (heard && o->file)
        listening_finish(&listening);
    if (heard && !o->quiet)
        print_summary(&listening);
    listening_close(&listening);
    return status ? tool_failed("listen", &error) : TOOL_DONE;
}

static int list_devices(const struct options *o)
{
    auricle_error error = {0};
    return microphone_list(o->verbose, o->json, &error) ? tool_failed("listen", &error) : TOOL_DONE;
}

static int check_channels(const struct text_list *channels)
{
    for (int i = 0; i < channels->count; i++) {
        char *end;
        long channel = strtol(channels->text[i], &end, 10);
        if (*end || end == channels->text[i] || channel < 0 || channel > 255)
            return tool_wrong("listen", "--channel %s: must be a whole number from 0 to 255",
                              channels->text[i]);
    }
    return TOOL_GO_ON;
}

int tool_listen(int argc, char **argv)
{
    struct options o = {.model = NULL};
    const struct tool_option list[] = {
        TOOL_TEXT("model", 'm', &o.model, "FILE", "the encoder; else the bundled one"),
        TOOL_LIST("head", 'H', &o.heads, "FILE", "what to listen for; else the bundled commands"),
        TOOL_TEXT("device", 'd', &o.device, "D", "number or part of the name"),
        TOOL_FLAG("list-devices", 'L', &o.list, "print them and leave"),
        TOOL_LIST("channel", 'c', &o.channels, "N",
                  "this channel, from 0; else all of a recording, the first of a microphone"),
        TOOL_DETECTOR_OPTIONS(o.detector),
        TOOL_FLAG("json", 'j', &o.json, "one JSON object a line"),
        TOOL_FLAG("raw", 0, &o.raw, "every decision's posteriors, no events"),
        TOOL_FLAG("realtime", 0, &o.realtime, "a recording as fast as it was made"),
        TOOL_FLAG("verbose", 'v', &o.verbose, "let the sound system's messages through"),
        TOOL_FLAG("quiet", 'q', &o.quiet, "events only"),
    };
    const struct tool_page page = {"listen", "[FILE]", summary, list, sizeof list / sizeof *list,
                                   examples};
    char model[4096] = "", head[4096] = "";
    const char *defaults[] = {head};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status == TOOL_GO_ON && operand + 1 < argc)
        status = tool_wrong("listen", "%s: one recording at a time", argv[operand + 1]);
    if (status == TOOL_GO_ON && o.device && !*o.device)
        status = tool_wrong("listen", "--device is empty: name a number or a part of a name");
    if (status == TOOL_GO_ON && operand < argc && o.device)
        status =
            tool_wrong("listen", "%s and --device %s: one or the other", argv[operand], o.device);
    if (status == TOOL_GO_ON)
        status = check_channels(&o.channels);
    if (status != TOOL_GO_ON)
        goto done;
    o.file = operand < argc ? argv[operand] : NULL;
    if (!o.model) {
        snprintf(model, sizeof model, "%s", tool_default_file("encoder.safetensors"));
        o.model = model;
    }
    struct text_list own = o.heads;
    if (o.heads.count == 0) {
        snprintf(head, sizeof head, "%s", tool_default_file("commands.safetensors"));
        o.heads = (struct text_list){defaults, 1};
    }
    status = o.list ? list_devices(&o) : run(&o);
    o.heads = own;
done:
    text_list_free(&o.heads);
    text_list_free(&o.channels);
    return status;
}
