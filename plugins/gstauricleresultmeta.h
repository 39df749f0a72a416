// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What auriclepredictor and auricleclassifier make of the frames on the same buffer.
 *
 * All times are in the time of buffers (PTS); the segment turns them into stream or running time.
 */
#ifndef GST_AURICLE_RESULT_META_H
#define GST_AURICLE_RESULT_META_H

#include <auricle/head.h>
#include <gst/gst.h>

#include "gstauricleblock.h"

G_BEGIN_DECLS

#define GST_AURICLE_SURPRISE_META_API_NAME "GstAuricleSurpriseMetaAPI"
#define GST_AURICLE_CLASS_META_API_NAME "GstAuricleClassMetaAPI"

/** The floats of one frame in a surprise meta; see auricle_surprise for their meaning. */
typedef enum _GstAuricleSurpriseField {
    GST_AURICLE_SURPRISE = 0,
    GST_AURICLE_FUTURE_ERROR,
    GST_AURICLE_FEATURE_ERROR,
    GST_AURICLE_MASKED_ERROR,
    GST_AURICLE_SURPRISE_FIELDS
} GstAuricleSurpriseField;

typedef struct _GstAuricleSurpriseMeta {
    GstMeta meta;

    guint channels, frames; /* as in the frame meta */
    GstClockTime pts, frame_duration, result_delay;
    const gfloat *data; /* [channels][frames][GST_AURICLE_SURPRISE_FIELDS] */

    /*< private >*/
    GstAuricleBlock *block; /* owned */
} GstAuricleSurpriseMeta;

typedef struct _GstAuricleEvent {
    auricle_event_kind kind;
    guint channel;
    gint label;              /* class index */
    gfloat confidence;       /* highest smoothed posterior so far, 0..1 */
    GstClockTime start, end; /* end: GST_CLOCK_TIME_NONE at a start */
    GstClockTime decided_at; /* end of the frame at which this was decided */
} GstAuricleEvent;

/** One per classifier that the buffer passed. */
typedef struct _GstAuricleClassMeta {
    GstMeta meta;

    GRefString *source; /* the classifier's name; owned: a reference */
    guint channels, frames, classes;
    GstClockTime pts, frame_duration, result_delay;
    const gfloat *posteriors; /* [channels][frames][classes]; NULL without frames */
    auricle_head *head;       /* owned: a reference; has task and labels */
    GArray *events;           /* of GstAuricleEvent, in order; NULL = none; owned: a reference */

    /*< private >*/
    GstAuricleBlock *block; /* owned */
} GstAuricleClassMeta;

GType gst_auricle_surprise_meta_api_get_type(void);
const GstMetaInfo *gst_auricle_surprise_meta_get_info(void);
GType gst_auricle_class_meta_api_get_type(void);
const GstMetaInfo *gst_auricle_class_meta_get_info(void);

static inline GstAuricleSurpriseMeta *gst_buffer_get_auricle_surprise_meta(GstBuffer *buffer)
{
    GType api = g_type_from_name(GST_AURICLE_SURPRISE_META_API_NAME);
    return api ? (GstAuricleSurpriseMeta *)gst_buffer_get_meta(buffer, api) : NULL;
}

/** The floats of one frame of one channel, [GST_AURICLE_SURPRISE_FIELDS]. */
static inline const gfloat *gst_auricle_surprise_meta_frame(const GstAuricleSurpriseMeta *meta,
                                                            guint channel, guint frame)
{
    return meta->data + ((gsize)channel * meta->frames + frame) * GST_AURICLE_SURPRISE_FIELDS;
}

/** The next one after *state; start with *state = NULL. */
static inline GstAuricleClassMeta *gst_buffer_iterate_auricle_class_meta(GstBuffer *buffer,
                                                                         gpointer *state)
{
    GType api = g_type_from_name(GST_AURICLE_CLASS_META_API_NAME);
    return api ? (GstAuricleClassMeta *)gst_buffer_iterate_meta_filtered(buffer, state, api) : NULL;
}

/** In place of the one already there. Takes references. */
GstAuricleSurpriseMeta *gst_buffer_set_auricle_surprise_meta(GstBuffer *buffer,
                                                             const GstAuricleSurpriseMeta *from);
/** In place of the one of the same source. Takes references. */
GstAuricleClassMeta *gst_buffer_set_auricle_class_meta(GstBuffer *buffer,
                                                       const GstAuricleClassMeta *from);

G_END_DECLS

#endif
