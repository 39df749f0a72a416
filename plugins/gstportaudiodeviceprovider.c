// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/* PortAudio takes stock of the devices once, when it starts, so this only probes. */
#include "gstportaudiodeviceprovider.h"

#include "gstportaudio.h"

#include <gst/audio/audio.h>

/* --- a device --- */

#define GST_TYPE_PORTAUDIO_DEVICE (gst_portaudio_device_get_type())
G_DECLARE_FINAL_TYPE(GstPortaudioDevice, gst_portaudio_device, GST, PORTAUDIO_DEVICE, GstDevice)

struct _GstPortaudioDevice {
    GstDevice parent;
    gchar *name;
};

G_DEFINE_TYPE(GstPortaudioDevice, gst_portaudio_device, GST_TYPE_DEVICE)

static gboolean reconfigure(GstDevice *device, GstElement *element)
{
    g_object_set(element, "device", GST_PORTAUDIO_DEVICE(device)->name, NULL);
    return TRUE;
}

static GstElement *create_element(GstDevice *device, const gchar *name)
{
    GstElement *element = gst_element_factory_make("portaudiosrc", name);

    if (element)
        reconfigure(device, element);
    return element;
}

static void device_finalize(GObject *object)
{
    g_free(GST_PORTAUDIO_DEVICE(object)->name);
    G_OBJECT_CLASS(gst_portaudio_device_parent_class)->finalize(object);
}

static void gst_portaudio_device_class_init(GstPortaudioDeviceClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = device_finalize;
    GST_DEVICE_CLASS(klass)->create_element = create_element;
    GST_DEVICE_CLASS(klass)->reconfigure_element = reconfigure;
}

static void gst_portaudio_device_init(G_GNUC_UNUSED GstPortaudioDevice *self)
{
}

static GstDevice *device_new(PaDeviceIndex index, const PaDeviceInfo *info)
{
    GstCaps *caps = gst_caps_from_string(GST_PORTAUDIO_CAPS("1"));
    GstStructure *properties = gst_structure_new(
        "portaudio-device", "device.api", G_TYPE_STRING, "portaudio", "portaudio.index", G_TYPE_INT,
        index, "portaudio.host-api", G_TYPE_STRING, Pa_GetHostApiInfo(info->hostApi)->name,
        "portaudio.default-rate", G_TYPE_INT, (gint)info->defaultSampleRate, "is-default",
        G_TYPE_BOOLEAN, index == Pa_GetDefaultInputDevice(), NULL);
    GstPortaudioDevice *device;

    if (info->maxInputChannels > 1)
        gst_caps_set_simple(caps, "channels", GST_TYPE_INT_RANGE, 1, info->maxInputChannels, NULL);
    device = g_object_new(GST_TYPE_PORTAUDIO_DEVICE, "display-name", info->name, "device-class",
                          "Audio/Source", "caps", caps, "properties", properties, NULL);
    device->name = g_strdup(info->name);
    gst_caps_unref(caps);
    gst_structure_free(properties);
    return GST_DEVICE(device);
}

/* --- the provider --- */

struct _GstPortaudioDeviceProvider {
    GstDeviceProvider parent;
};

G_DEFINE_TYPE(GstPortaudioDeviceProvider, gst_portaudio_device_provider, GST_TYPE_DEVICE_PROVIDER)
/* not NONE: the device monitor asks only providers of some rank */
GST_DEVICE_PROVIDER_REGISTER_DEFINE(portaudiodeviceprovider, "portaudiodeviceprovider",
                                    GST_RANK_MARGINAL, GST_TYPE_PORTAUDIO_DEVICE_PROVIDER)

static GList *probe(G_GNUC_UNUSED GstDeviceProvider *provider)
{
    GList *devices = NULL;

    if (gst_portaudio_start() != paNoError)
        return NULL;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (info && info->maxInputChannels > 0)
            devices = g_list_append(devices, gst_object_ref_sink(device_new(i, info)));
    }
    gst_portaudio_stop();
    return devices;
}

static void gst_portaudio_device_provider_class_init(GstPortaudioDeviceProviderClass *klass)
{
    GST_DEVICE_PROVIDER_CLASS(klass)->probe = probe;
    gst_device_provider_class_set_static_metadata(
        GST_DEVICE_PROVIDER_CLASS(klass), "PortAudio device provider", "Audio/Source",
        "Lists the capture devices PortAudio sees", "the Auricle authors");
}

static void gst_portaudio_device_provider_init(G_GNUC_UNUSED GstPortaudioDeviceProvider *self)
{
}
