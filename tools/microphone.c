// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "microphone.h"

#include "tool.h"
#include "tool_json.h"

#include <portaudio.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { WAIT_MS = 5, GONE_MS = 3000 };
#define BUFFER_S 1.0 // of sound that PortAudio keeps for a reader who is late

struct microphone {
    PaStream *stream;
    double read_until_s; // the device's time at the end of what was read
    int rate_hz, channels, waited_ms;
    bool started;
    char name[128];
};

// ---- the sound system's own messages (ALSA and JACK write to stderr while they probe)

static int hush(bool verbose)
{
    if (verbose)
        return -1;
    fflush(stderr);
    int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
    return kept;
}

static void speak_again(int kept)
{
    if (kept < 0)
        return;
    dup2(kept, STDERR_FILENO);
    close(kept);
}

static auricle_status start_portaudio(bool verbose, auricle_error *error)
{
    int kept = hush(verbose);
    PaError result = Pa_Initialize();
    speak_again(kept);
    if (result == paNoError)
        return AURICLE_OK;
    return tool_fail(error, AURICLE_IO, "the sound system does not start: %s",
                     Pa_GetErrorText(result));
}

// ---- devices

static bool can_record(int device)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    return info && info->maxInputChannels > 0;
}

static bool contains(const char *text, const char *part)
{
    const size_t length = strlen(part);
    for (; *text; text++)
        if (!strncasecmp(text, part, length))
            return true;
    return false;
}

static auricle_status no_microphone(auricle_error *error)
{
    return tool_fail(
        error, AURICLE_NOT_FOUND,
        "there is no microphone: plug one in and look with auricle listen --list-devices, "
        "or listen to a recording with auricle listen FILE");
}

static auricle_status find_device(const char *wish, int *device, auricle_error *error)
{
    const int count = Pa_GetDeviceCount();
    if (!wish) {
        *device = Pa_GetDefaultInputDevice();
        for (int i = 0; *device == paNoDevice && i < count; i++)
            *device = can_record(i) ? i : paNoDevice;
        return *device == paNoDevice ? no_microphone(error) : AURICLE_OK;
    }
    char *end;
    long number = strtol(wish, &end, 10);
    bool any = false;
    *device = paNoDevice;
    for (int i = 0; i < count; i++) {
        bool fits = *wish && !*end ? i == number : contains(Pa_GetDeviceInfo(i)->name, wish);
        any |= can_record(i);
        if (fits && can_record(i) && *device == paNoDevice)
            *device = i;
    }
    if (*device != paNoDevice)
        return AURICLE_OK;
    if (any && *wish && !*end)
        return tool_fail(error, AURICLE_NOT_FOUND,
                         number >= 0 && number < count
                             ? "device %ld cannot record: auricle listen --list-devices says which "
                               "devices can"
                             : "there is no device %ld: auricle listen --list-devices says which "
                               "devices there are",
                         number);
    return any ? tool_fail(error, AURICLE_NOT_FOUND,
                           "no device that can record is or contains '%.100s': auricle listen "
                           "--list-devices says what there is",
                           wish)
               : no_microphone(error);
}

static void print_device_json(int device, const PaDeviceInfo *info)
{
    json_t *json = json_object();
    json_object_set_new(json, "device", json_integer(device));
    json_object_set_new(json, "name", tool_json_text(info->name));
    json_object_set_new(json, "channels", json_integer(info->maxInputChannels));
    json_object_set_new(json, "rate", tool_json_number(info->defaultSampleRate, 0));
    json_object_set_new(json, "default", json_boolean(device == Pa_GetDefaultInputDevice()));
    tool_json_print(json);
}

static void print_device(int device, const PaDeviceInfo *info)
{
    printf("%3d  %-40s %3d channels  %6.0f Hz%s\n", device, info->name, info->maxInputChannels,
           info->defaultSampleRate, device == Pa_GetDefaultInputDevice() ? "  default" : "");
}

auricle_status microphone_list(bool verbose, bool json, auricle_error *error)
{
    auricle_status status = start_portaudio(verbose, error);
    int found = 0;
    if (status)
        return status;
    for (int i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (!can_record(i))
            continue;
        found++;
        json ? print_device_json(i, info) : print_device(i, info);
    }
    Pa_Terminate();
    return found ? AURICLE_OK : no_microphone(error);
}

// ---- capture

static double usable_rate(const PaStreamParameters *wish, double preferred)
{
    const double rates[] = {preferred, 16000, 48000, 44100, 32000, 8000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (rates[i] >= 8000 && rates[i] <= 48000 &&
            Pa_IsFormatSupported(wish, NULL, rates[i]) == paFormatIsSupported)
            return rates[i];
    return preferred;
}

static auricle_status start_stream(struct microphone *microphone, int device, int channels,
                                   auricle_error *error)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    snprintf(microphone->name, sizeof microphone->name, "%s", info->name);
    if (channels > info->maxInputChannels)
        return tool_fail(error, AURICLE_INVALID, "%s has %d channels, channel %d was asked for",
                         info->name, info->maxInputChannels, channels - 1);
    const PaStreamParameters wish = {.device = device,
                                     .channelCount = channels,
                                     .sampleFormat = paFloat32,
                                     .suggestedLatency = BUFFER_S};
    const double rate = usable_rate(&wish, info->defaultSampleRate);
    microphone->rate_hz = (int)rate;
    microphone->channels = channels;
    PaError result = Pa_OpenStream(&microphone->stream, &wish, NULL, rate,
                                   paFramesPerBufferUnspecified, paClipOff, NULL, NULL);
    if (result == paNoError)
        result = Pa_StartStream(microphone->stream);
    if (result == paNoError) {
        microphone->read_until_s = Pa_GetStreamTime(microphone->stream);
        return AURICLE_OK;
    }
    const PaHostErrorInfo *host = Pa_GetLastHostErrorInfo();
    return tool_fail(error, AURICLE_IO, "%s does not open: %s%s%s; is another program using it?",
                     info->name, Pa_GetErrorText(result), host && *host->errorText ? ": " : "",
                     host ? host->errorText : "");
}

auricle_status microphone_open(const struct microphone_wish *wish, struct microphone **microphone,
                               auricle_error *error)
{
    struct microphone *made = calloc(1, sizeof *made);
    int device, kept;
    *microphone = NULL;
    if (!made)
        return tool_fail(error, AURICLE_NO_MEMORY, "no memory for a microphone");
    auricle_status status = start_portaudio(wish->verbose, error);
    if (status)
        goto fail;
    made->started = true;
    status = find_device(wish->device, &device, error);
    if (status)
        goto fail;
    kept = hush(wish->verbose);
    status = start_stream(made, device, wish->channels ? wish->channels : 1, error);
    speak_again(kept);
    if (status)
        goto fail;
    *microphone = made;
    return AURICLE_OK;
fail:
    microphone_close(&made);
    return status;
}

void microphone_close(struct microphone **microphone)
{
    struct microphone *gone = *microphone;
    *microphone = NULL;
    if (!gone)
        return;
    int kept = hush(false);
    if (gone->stream)
        Pa_CloseStream(gone->stream);
    if (gone->started)
        Pa_Terminate();
    speak_again(kept);
    free(gone);
}

int microphone_rate(const struct microphone *microphone)
{
    return microphone->rate_hz;
}

int microphone_channels(const struct microphone *microphone)
{
    return microphone->channels;
}

const char *microphone_name(const struct microphone *microphone)
{
    return microphone->name;
}

// Sound is lost: what the device's clock says has passed, less what was read and what waits.
static size_t lost_frames(const struct microphone *microphone, size_t got)
{
    const signed long waiting = Pa_GetStreamReadAvailable(microphone->stream);
    const double known = (double)got + (double)(waiting > 0 ? waiting : 0);
    const double passed = Pa_GetStreamTime(microphone->stream) - microphone->read_until_s;
    const double lost = passed * microphone->rate_hz - known;
    return lost > 1 ? (size_t)lost : 1;
}

static auricle_status wait_for_sound(struct microphone *microphone, auricle_error *error)
{
    if (microphone->waited_ms > GONE_MS || Pa_IsStreamActive(microphone->stream) != 1)
        return tool_fail(error, AURICLE_IO,
                         "%s is gone: it was unplugged or switched off; plug it in and start again",
                         microphone->name);
    Pa_Sleep(WAIT_MS);
    microphone->waited_ms += WAIT_MS;
    return AURICLE_OK;
}

auricle_status microphone_read(struct microphone *microphone, float *interleaved, size_t frames,
                               size_t *got, size_t *lost, auricle_error *error)
{
    const signed long there = Pa_GetStreamReadAvailable(microphone->stream);
    *got = *lost = 0;
    if (there <= 0 && there != paInputOverflowed)
        return wait_for_sound(microphone, error);
    const size_t most = there > 0 ? (size_t)there : 0, count = frames < most ? frames : most;
    const PaError result = Pa_ReadStream(microphone->stream, interleaved, count);
    if (result != paNoError && result != paInputOverflowed)
        return wait_for_sound(microphone, error);
    if (result == paInputOverflowed || there == paInputOverflowed)
        *lost = lost_frames(microphone, count);
    *got = count;
    microphone->waited_ms = 0;
    // of what waits, nothing is read: the device's time of the end of this read lies that far back
    const signed long waiting = Pa_GetStreamReadAvailable(microphone->stream);
    microphone->read_until_s = Pa_GetStreamTime(microphone->stream) -
                               (double)(waiting > 0 ? waiting : 0) / microphone->rate_hz;
    return AURICLE_OK;
}
