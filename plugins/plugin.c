// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/* Registration and nothing else: gst-plugin-scanner runs this. */
#include <gst/gst.h>

#include "gstauricleclassifier.h"
#include "gstauricledebug.h"
#include "gstauricleencoder.h"
#include "gstauriclepredictor.h"
#include "gstauriclewriter.h"
#include "gstportaudiodeviceprovider.h"
#include "gstportaudiosrc.h"

GST_DEBUG_CATEGORY(gst_auricle_debug);

static gboolean plugin_init(GstPlugin *plugin)
{
    gboolean registered = FALSE;

    GST_DEBUG_CATEGORY_INIT(gst_auricle_debug, "auricle", 0, "Auricle's analysers");
    registered |= GST_ELEMENT_REGISTER(portaudiosrc, plugin);
    registered |= GST_ELEMENT_REGISTER(auricleencoder, plugin);
    registered |= GST_ELEMENT_REGISTER(auriclepredictor, plugin);
    registered |= GST_ELEMENT_REGISTER(auricleclassifier, plugin);
    registered |= GST_ELEMENT_REGISTER(auriclewriter, plugin);
    registered |= GST_DEVICE_PROVIDER_REGISTER(portaudiodeviceprovider, plugin);
    return registered;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, auricle,
                  "Learned listening: encoder, surprise, sound and speech events", plugin_init,
                  AURICLE_VERSION, "Apache 2.0", "Auricle", GST_PACKAGE_ORIGIN)
