// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstportaudio.h"

#include <string.h>

/* A PortAudio that is built without ALSA lacks this function (pa_linux_alsa.h). The number is valid
 * for all streams that the process opens, so it is reset after each. */
extern PaError PaAlsa_SetNumPeriods(int periods) __attribute__((weak));
enum { PERIODS_DEFAULT = 4 };

/* guards the library, which is one per process */
static GMutex library_lock;

PaError gst_portaudio_start(void)
{
    PaError error;

    g_mutex_lock(&library_lock);
    error = Pa_Initialize();
    g_mutex_unlock(&library_lock);
    return error;
}

void gst_portaudio_stop(void)
{
    g_mutex_lock(&library_lock);
    Pa_Terminate();
    g_mutex_unlock(&library_lock);
}

PaError gst_portaudio_open(PaStream **stream, const PaStreamParameters *parameters, gint rate,
                           gulong frames, gint periods)
{
    PaError error;

    g_mutex_lock(&library_lock);
    if (PaAlsa_SetNumPeriods)
        PaAlsa_SetNumPeriods(periods);
    error = Pa_OpenStream(stream, parameters, NULL, rate, frames, paNoFlag, NULL, NULL);
    if (PaAlsa_SetNumPeriods)
        PaAlsa_SetNumPeriods(PERIODS_DEFAULT);
    g_mutex_unlock(&library_lock);
    return error;
}

void gst_portaudio_close(PaStream *stream)
{
    g_mutex_lock(&library_lock);
    Pa_CloseStream(stream);
    g_mutex_unlock(&library_lock);
}

static gboolean captures(PaDeviceIndex index)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
    return info && info->maxInputChannels > 0;
}

static gchar *list_devices(void)
{
    GString *list = g_string_new(NULL);

    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++)
        if (captures(i))
            g_string_append_printf(list, "%s%d \"%s\"", list->len ? ", " : "", i,
                                   Pa_GetDeviceInfo(i)->name);
    return g_string_free(list, FALSE);
}

static PaDeviceIndex by_number(const gchar *wanted)
{
    gchar *end;
    guint64 number = g_ascii_strtoull(wanted, &end, 10);

    if (end == wanted || *end || number >= (guint64)MAX(Pa_GetDeviceCount(), 0))
        return paNoDevice;
    return captures((PaDeviceIndex)number) ? (PaDeviceIndex)number : paNoDevice;
}

static PaDeviceIndex by_name(const gchar *wanted, gboolean whole)
{
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const gchar *name = captures(i) ? Pa_GetDeviceInfo(i)->name : NULL;
        if (name && (whole ? !strcmp(name, wanted) : strstr(name, wanted) != NULL))
            return i;
    }
    return paNoDevice;
}

static gchar *explain(const gchar *wanted)
{
    gchar *devices = list_devices(), *reason;

    if (!*devices)
        reason = g_strdup("There is no microphone: PortAudio found no device that captures. Plug "
                          "one in, or see whether the sound system knows one (arecord -l, pactl "
                          "list sources)");
    else if (wanted)
        reason = g_strdup_printf("There is no capture device \"%s\"; property device takes the "
                                 "name or number of one of these: %s",
                                 wanted, devices);
    else
        reason = g_strdup_printf("There is no default capture device; set property device to one "
                                 "of these: %s",
                                 devices);
    g_free(devices);
    return reason;
}

PaDeviceIndex gst_portaudio_find(const gchar *wanted, gchar **reason)
{
    PaDeviceIndex index = wanted ? by_name(wanted, TRUE) : Pa_GetDefaultInputDevice();

    if (index == paNoDevice && wanted)
        index = by_number(wanted);
    if (index == paNoDevice && wanted && *wanted)
        index = by_name(wanted, FALSE);
    if (index == paNoDevice || !captures(index)) {
        *reason = explain(wanted);
        return paNoDevice;
    }
    return index;
}
