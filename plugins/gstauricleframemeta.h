// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What the encoder made of the audio up to the end of a buffer: the frames that buffer completed.
 *
 * Every buffer that left an auricleencoder carries one, perhaps with 0 frames. Frames that no
 * buffer can carry (the end of a run, a gap) travel in a serialised custom event named
 * GST_AURICLE_CARRIER whose field "buffer" is an empty buffer with the same metas.
 *
 * A run is audio without a long interruption: it begins after a start, a seek, a flush or a gap of
 * more than 250 ms, and its last frames have the flag RUN_END. A shorter gap is heard as silence.
 */
#ifndef GST_AURICLE_FRAME_META_H
#define GST_AURICLE_FRAME_META_H

#include <auricle/model.h>
#include <gst/gst.h>

#include "gstauricleblock.h"

G_BEGIN_DECLS

#define GST_AURICLE_FRAME_META_API_NAME "GstAuricleFrameMetaAPI"
#define GST_AURICLE_CARRIER "auricle-frames"

typedef enum _GstAuricleFrameFlags {
    GST_AURICLE_FRAMES_NONE = 0,
    GST_AURICLE_FRAMES_RUN_START = 1 << 0, /* forget what came before these frames */
    GST_AURICLE_FRAMES_RUN_END = 1 << 1,   /* nothing follows these frames: close what is open */
    GST_AURICLE_FRAMES_GAP = 1 << 2,       /* no audio came from absent_start to absent_end */
    GST_AURICLE_FRAMES_SKIPPED = 1 << 3,   /* audio came then, but was not analysed: too late */
} GstAuricleFrameFlags;

/** Audio that did not come, and audio that was not analysed. */
typedef struct _GstAuricleAbsence {
    GstClockTime lost_time; /* ns */
    guint64 gaps;
    GstClockTime skipped_time; /* ns */
    guint64 skips;
} GstAuricleAbsence;

typedef struct _GstAuricleFrameMeta {
    GstMeta meta;

    GstAuricleFrameFlags flags;
    guint channels;
    guint frames;                /* of each channel */
    guint64 index;               /* of the first frame here, counted from the start of the run */
    GstClockTime pts;            /* start of the audio of the first frame here */
    GstClockTime frame_duration; /* frame i begins at pts + i * frame_duration */
    GstClockTime result_delay;   /* from a sound's arrival to the frame that holds it, at worst */
    const gfloat *data;          /* [channels][frames][info.frame_dim]; NULL without frames */
    auricle_model_info info;     /* layout of a frame and the model's content hash */
    auricle_model *model;        /* owned: a reference */
    GstClockTime absent_start;   /* with the flag GAP or SKIPPED */
    GstClockTime absent_end;
    GstAuricleAbsence absence; /* sums since the encoder started */

    /*< private >*/
    GstAuricleBlock *block; /* owned: what data points into */
} GstAuricleFrameMeta;

GType gst_auricle_frame_meta_api_get_type(void);
const GstMetaInfo *gst_auricle_frame_meta_get_info(void);

/** For applications, which cannot link a plugin: NULL when there is none. */
static inline GstAuricleFrameMeta *gst_buffer_get_auricle_frame_meta(GstBuffer *buffer)
{
    GType api = g_type_from_name(GST_AURICLE_FRAME_META_API_NAME);
    return api ? (GstAuricleFrameMeta *)gst_buffer_get_meta(buffer, api) : NULL;
}

/** The vector of one frame of one channel, [info.frame_dim]. */
static inline const gfloat *gst_auricle_frame_meta_vector(const GstAuricleFrameMeta *meta,
                                                          guint channel, guint frame)
{
    return meta->data + ((gsize)channel * meta->frames + frame) * (gsize)meta->info.frame_dim;
}

/** Length of the embedding in one frame of one channel. */
gdouble gst_auricle_frame_meta_norm(const GstAuricleFrameMeta *meta, guint channel, guint frame);

/** The buffer in a carrier event, borrowed; NULL when the event is another. */
static inline GstBuffer *gst_auricle_carrier_buffer(GstEvent *event)
{
    const GstStructure *fields;

    if (GST_EVENT_TYPE(event) != GST_EVENT_CUSTOM_DOWNSTREAM)
        return NULL;
    fields = gst_event_get_structure(event);
    if (!fields || !gst_structure_has_name(fields, GST_AURICLE_CARRIER) ||
        !gst_structure_has_field_typed(fields, "buffer", GST_TYPE_BUFFER))
        return NULL;
    return gst_value_get_buffer(gst_structure_get_value(fields, "buffer"));
}

/** Puts the fields of from on buffer, in place of those already there. Takes references. */
GstAuricleFrameMeta *gst_buffer_set_auricle_frame_meta(GstBuffer *buffer,
                                                       const GstAuricleFrameMeta *from);

/** TRUE when a transform of a meta is a copy that still ends where its buffer ends; frames belong
 * to the end of their buffer, so a part cut from its middle takes none. */
gboolean gst_auricle_meta_follows(GQuark type, gconstpointer data, GstBuffer *buffer);

/** Takes buffer. The event that carries its metas. */
GstEvent *gst_auricle_carrier_event(GstBuffer *buffer);

G_END_DECLS

#endif
