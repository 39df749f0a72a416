// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The capture devices PortAudio sees, for gst-device-monitor-1.0 and applications. */
#ifndef GST_PORTAUDIO_DEVICE_PROVIDER_H
#define GST_PORTAUDIO_DEVICE_PROVIDER_H

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_PORTAUDIO_DEVICE_PROVIDER (gst_portaudio_device_provider_get_type())
G_DECLARE_FINAL_TYPE(GstPortaudioDeviceProvider, gst_portaudio_device_provider, GST,
                     PORTAUDIO_DEVICE_PROVIDER, GstDeviceProvider)

GST_DEVICE_PROVIDER_REGISTER_DECLARE(portaudiodeviceprovider)

G_END_DECLS

#endif
