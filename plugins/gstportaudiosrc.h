// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A microphone through PortAudio. */
#ifndef GST_PORTAUDIO_SRC_H
#define GST_PORTAUDIO_SRC_H

#include <gst/audio/gstaudiosrc.h>

G_BEGIN_DECLS

#define GST_TYPE_PORTAUDIO_SRC (gst_portaudio_src_get_type())
G_DECLARE_FINAL_TYPE(GstPortaudioSrc, gst_portaudio_src, GST, PORTAUDIO_SRC, GstAudioSrc)

GST_ELEMENT_REGISTER_DECLARE(portaudiosrc)

G_END_DECLS

#endif
