// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricleframemeta.h"

#include <gst/audio/audio.h>
#include <math.h>
#include <string.h>

GType gst_auricle_frame_meta_api_get_type(void)
{
    static gsize type = 0;
    static const gchar *tags[] = {GST_META_TAG_AUDIO_STR, GST_META_TAG_AUDIO_CHANNELS_STR,
                                  GST_META_TAG_AUDIO_RATE_STR, NULL};

    if (g_once_init_enter(&type))
        g_once_init_leave(&type, gst_meta_api_type_register(GST_AURICLE_FRAME_META_API_NAME, tags));
    return type;
}

/* everything behind the GstMeta header is this element's own */
static void clear(GstAuricleFrameMeta *meta)
{
    memset((gchar *)meta + sizeof(GstMeta), 0, sizeof *meta - sizeof(GstMeta));
}

static void release(GstAuricleFrameMeta *meta)
{
    if (meta->block)
        gst_auricle_block_unref(meta->block);
    auricle_model_unref(&meta->model);
    clear(meta);
}

static gboolean frame_meta_init(GstMeta *meta, G_GNUC_UNUSED gpointer params,
                                G_GNUC_UNUSED GstBuffer *buffer)
{
    clear((GstAuricleFrameMeta *)meta);
    return TRUE;
}

static void frame_meta_free(GstMeta *meta, G_GNUC_UNUSED GstBuffer *buffer)
{
    release((GstAuricleFrameMeta *)meta);
}

gboolean gst_auricle_meta_follows(GQuark type, gconstpointer data, GstBuffer *buffer)
{
    const GstMetaTransformCopy *copy = data;

    if (!GST_META_TRANSFORM_IS_COPY(type))
        return FALSE;
    return !copy->region || copy->size == (gsize)-1 ||
           copy->offset + copy->size == gst_buffer_get_size(buffer);
}

static gboolean frame_meta_transform(GstBuffer *to, GstMeta *meta, GstBuffer *buffer, GQuark type,
                                     gpointer data)
{
    if (!gst_auricle_meta_follows(type, data, buffer))
        return FALSE;
    gst_buffer_set_auricle_frame_meta(to, (const GstAuricleFrameMeta *)meta);
    return TRUE;
}

const GstMetaInfo *gst_auricle_frame_meta_get_info(void)
{
    static const GstMetaInfo *info = NULL;

    if (g_once_init_enter((GstMetaInfo **)&info)) {
        const GstMetaInfo *registered = gst_meta_register(
            gst_auricle_frame_meta_api_get_type(), "GstAuricleFrameMeta",
            sizeof(GstAuricleFrameMeta), frame_meta_init, frame_meta_free, frame_meta_transform);
        g_once_init_leave((GstMetaInfo **)&info, (GstMetaInfo *)registered);
    }
    return info;
}

GstAuricleFrameMeta *gst_buffer_set_auricle_frame_meta(GstBuffer *buffer,
                                                       const GstAuricleFrameMeta *from)
{
    GstAuricleFrameMeta *meta = gst_buffer_get_auricle_frame_meta(buffer);

    if (!meta)
        meta = (GstAuricleFrameMeta *)gst_buffer_add_meta(buffer, gst_auricle_frame_meta_get_info(),
                                                          NULL);
    else
        release(meta);
    memcpy((gchar *)meta + sizeof(GstMeta), (const gchar *)from + sizeof(GstMeta),
           sizeof *meta - sizeof(GstMeta));
    if (meta->block)
        gst_auricle_block_ref(meta->block);
    auricle_model_ref(meta->model);
    return meta;
}

gdouble gst_auricle_frame_meta_norm(const GstAuricleFrameMeta *meta, guint channel, guint frame)
{
    const gfloat *vector =
        gst_auricle_frame_meta_vector(meta, channel, frame) + meta->info.embedding_offset;
    gdouble sum = 0;

    for (gint i = 0; i < meta->info.embedding_dim; i++)
        sum += (gdouble)vector[i] * (gdouble)vector[i];
    return sqrt(sum);
}

GstEvent *gst_auricle_carrier_event(GstBuffer *buffer)
{
    GstStructure *fields =
        gst_structure_new(GST_AURICLE_CARRIER, "buffer", GST_TYPE_BUFFER, buffer, NULL);
    gst_buffer_unref(buffer);
    return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, fields);
}
