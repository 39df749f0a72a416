// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricleresultmeta.h"

#include "gstauricleframemeta.h"

#include <gst/audio/audio.h>
#include <string.h>

static const gchar *const audio_tags[] = {GST_META_TAG_AUDIO_STR, GST_META_TAG_AUDIO_CHANNELS_STR,
                                          GST_META_TAG_AUDIO_RATE_STR, NULL};

/* --- what both have in common --- */

static GType api_type(gsize *type, const gchar *name)
{
    if (g_once_init_enter(type))
        g_once_init_leave(type, gst_meta_api_type_register(name, (const gchar **)audio_tags));
    return *type;
}

/* Everything behind the GstMeta header is zero. */
static gboolean result_init(GstMeta *meta, G_GNUC_UNUSED gpointer params,
                            G_GNUC_UNUSED GstBuffer *buffer)
{
    memset(meta + 1, 0, meta->info->size - sizeof(GstMeta));
    return TRUE;
}

static gboolean result_transform(GstBuffer *to, GstMeta *meta, GstBuffer *buffer, GQuark type,
                                 gpointer data)
{
    if (!gst_auricle_meta_follows(type, data, buffer))
        return FALSE;
    if (meta->info->api == gst_auricle_surprise_meta_api_get_type())
        gst_buffer_set_auricle_surprise_meta(to, (const GstAuricleSurpriseMeta *)meta);
    else
        gst_buffer_set_auricle_class_meta(to, (const GstAuricleClassMeta *)meta);
    return TRUE;
}

static const GstMetaInfo *result_info(const GstMetaInfo **info, GType api, const gchar *name,
                                      gsize size, GstMetaFreeFunction free)
{
    if (g_once_init_enter((GstMetaInfo **)info)) {
        const GstMetaInfo *registered =
            gst_meta_register(api, name, size, result_init, free, result_transform);
        g_once_init_leave((GstMetaInfo **)info, (GstMetaInfo *)registered);
    }
    return *info;
}

static void body_copy(GstMeta *meta, const GstMeta *from, gsize size)
{
    memcpy(meta + 1, from + 1, size - sizeof(GstMeta));
}

/* --- surprise --- */

GType gst_auricle_surprise_meta_api_get_type(void)
{
    static gsize type = 0;

    return api_type(&type, GST_AURICLE_SURPRISE_META_API_NAME);
}

static void surprise_free(GstMeta *meta, G_GNUC_UNUSED GstBuffer *buffer)
{
    GstAuricleSurpriseMeta *surprise = (GstAuricleSurpriseMeta *)meta;

    if (surprise->block)
        gst_auricle_block_unref(surprise->block);
}

const GstMetaInfo *gst_auricle_surprise_meta_get_info(void)
{
    static const GstMetaInfo *info = NULL;

    return result_info(&info, gst_auricle_surprise_meta_api_get_type(), "GstAuricleSurpriseMeta",
                       sizeof(GstAuricleSurpriseMeta), surprise_free);
}

GstAuricleSurpriseMeta *gst_buffer_set_auricle_surprise_meta(GstBuffer *buffer,
                                                             const GstAuricleSurpriseMeta *from)
{
    GstAuricleSurpriseMeta *meta = gst_buffer_get_auricle_surprise_meta(buffer);

    if (meta)
        surprise_free(&meta->meta, buffer);
    else
        meta = (GstAuricleSurpriseMeta *)gst_buffer_add_meta(
            buffer, gst_auricle_surprise_meta_get_info(), NULL);
    body_copy(&meta->meta, &from->meta, sizeof *meta);
    if (meta->block)
        gst_auricle_block_ref(meta->block);
    return meta;
}

/* --- classes --- */

GType gst_auricle_class_meta_api_get_type(void)
{
    static gsize type = 0;

    return api_type(&type, GST_AURICLE_CLASS_META_API_NAME);
}

static void class_free(GstMeta *meta, G_GNUC_UNUSED GstBuffer *buffer)
{
    GstAuricleClassMeta *classes = (GstAuricleClassMeta *)meta;

    if (classes->block)
        gst_auricle_block_unref(classes->block);
    g_clear_pointer(&classes->events, g_array_unref);
    g_clear_pointer(&classes->source, g_ref_string_release);
    auricle_head_unref(&classes->head);
}

const GstMetaInfo *gst_auricle_class_meta_get_info(void)
{
    static const GstMetaInfo *info = NULL;

    return result_info(&info, gst_auricle_class_meta_api_get_type(), "GstAuricleClassMeta",
                       sizeof(GstAuricleClassMeta), class_free);
}

static GstAuricleClassMeta *class_meta_of(GstBuffer *buffer, const gchar *source)
{
    GstAuricleClassMeta *meta;
    gpointer state = NULL;

    while ((meta = gst_buffer_iterate_auricle_class_meta(buffer, &state)))
        if (!strcmp(meta->source, source))
            return meta;
    return NULL;
}

GstAuricleClassMeta *gst_buffer_set_auricle_class_meta(GstBuffer *buffer,
                                                       const GstAuricleClassMeta *from)
{
    GstAuricleClassMeta *meta = class_meta_of(buffer, from->source);

    if (meta)
        class_free(&meta->meta, buffer);
    else
        meta = (GstAuricleClassMeta *)gst_buffer_add_meta(buffer, gst_auricle_class_meta_get_info(),
                                                          NULL);
    body_copy(&meta->meta, &from->meta, sizeof *meta);
    if (meta->block)
        gst_auricle_block_ref(meta->block);
    if (meta->events)
        g_array_ref(meta->events);
    g_ref_string_acquire(meta->source);
    auricle_head_ref(meta->head);
    return meta;
}
