// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** PortAudio, shared by the elements of one process: its start and stop are counted, and streams
 * are opened and closed, under one lock, because the library's own lists are not safe between
 * threads. */
#ifndef GST_PORTAUDIO_H
#define GST_PORTAUDIO_H

#include <gst/gst.h>
#include <portaudio.h>

G_BEGIN_DECLS

#define GST_PORTAUDIO_CAPS(channels)                                                               \
    "audio/x-raw, format = (string) { " GST_AUDIO_NE(F32) ", " GST_AUDIO_NE(                       \
        S16) " }, "                                                                                \
             "layout = (string) interleaved, rate = (int) [ 8000, 192000 ], channels = "           \
             "(int) " channels

/** paNoError, then one gst_portaudio_stop for each. */
PaError gst_portaudio_start(void);
void gst_portaudio_stop(void);

/** Pa_OpenStream for capture of so many frames at a time, and Pa_CloseStream. Between start and
 * stop. periods: into how many parts, each interrupting when it is full, the device's buffer of
 * suggestedLatency is divided where the sound system can (ALSA). Samples come that often. */
PaError gst_portaudio_open(PaStream **stream, const PaStreamParameters *parameters, gint rate,
                           gulong frames, gint periods);
void gst_portaudio_close(PaStream *stream);

/** The capture device of that name, part of a name, or number; NULL = the default one. paNoDevice
 * with the reason and the cure in *reason (to be freed). Between start and stop. */
PaDeviceIndex gst_portaudio_find(const gchar *wanted, gchar **reason);

G_END_DECLS

#endif
