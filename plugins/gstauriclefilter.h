// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What the three analysers share: audio that passes through untouched, runs, messages.
 *
 * Audio is never copied and never held back; a subclass sees each buffer, made writable for metas
 * only, then it goes on. A run is closed (finish) by EOS, SEGMENT_DONE, other audio, a new segment
 * or stream, and forgotten (reset) by a flush and on the way to READY. */
#ifndef GST_AURICLE_FILTER_H
#define GST_AURICLE_FILTER_H

#include <auricle/status.h>
#include <gst/audio/audio.h>
#include <gst/base/gstbasetransform.h>

#include "gstauricleframemeta.h"
#include "gstauricleinterval.h"

G_BEGIN_DECLS

#define GST_TYPE_AURICLE_FILTER (gst_auricle_filter_get_type())
G_DECLARE_DERIVABLE_TYPE(GstAuricleFilter, gst_auricle_filter, GST, AURICLE_FILTER,
                         GstBaseTransform)

struct _GstAuricleFilterClass {
    GstBaseTransformClass parent_class;

    /* all in the streaming thread; finish and reset may be NULL */
    GstFlowReturn (*analyse)(GstAuricleFilter *self, GstBuffer *buffer); /* audio, writable */
    /* metas without audio; writable. FALSE, or no function: they end here. */
    gboolean (*carrier)(GstAuricleFilter *self, GstBuffer *buffer);
    void (*gap)(GstAuricleFilter *self, GstClockTime pts, GstClockTime duration); /* may be NULL */
    gboolean (*caps)(GstAuricleFilter *self); /* new audio info; may be NULL */
    void (*finish)(GstAuricleFilter *self);
    void (*reset)(GstAuricleFilter *self);
};

/** Property numbers of the base; a subclass counts on from GST_AURICLE_FILTER_PROPERTIES. */
enum {
    GST_AURICLE_FILTER_POST_MESSAGES = 1,
    GST_AURICLE_FILTER_INTERVAL,
    GST_AURICLE_FILTER_RESULT_DELAY,
    GST_AURICLE_FILTER_PROPERTIES
};

/** For class_init: post-messages with this default, interval, result-delay; texts; pads; which set
 * and get of the subclass chain up to. */
void gst_auricle_filter_class_setup(GstAuricleFilterClass *klass, gboolean post_messages,
                                    const gchar *post_text);

const GstAudioInfo *gst_auricle_filter_audio(GstAuricleFilter *self);
/** TRUE while the segment plays backwards: what is causal cannot hear that. */
gboolean gst_auricle_filter_is_reverse(GstAuricleFilter *self);
/** How late a sink downstream said the audio was; 0 unless qos=true. */
GstClockTimeDiff gst_auricle_filter_sink_lag(GstAuricleFilter *self);
gboolean gst_auricle_filter_posts(GstAuricleFilter *self);
guint64 gst_auricle_filter_interval(GstAuricleFilter *self);
GstClockTime gst_auricle_filter_result_delay(GstAuricleFilter *self);
/** Notifies when it changes. Never with the object lock held. */
void gst_auricle_filter_set_result_delay(GstAuricleFilter *self, GstClockTime delay);

/** Takes buffer. Sends its metas downstream, in order with the audio. */
void gst_auricle_filter_push_carrier(GstAuricleFilter *self, GstBuffer *buffer);
/** What the messages say from now on. */
void gst_auricle_filter_set_absence(GstAuricleFilter *self, const GstAuricleAbsence *absence);
/** Takes fields. Adds lost-time, gaps, skipped-time and skips. */
void gst_auricle_filter_post(GstAuricleFilter *self, GstStructure *fields);

/** Posts why with what as the headline: as an error, or as a warning when the element goes on. */
void gst_auricle_filter_complain(GstAuricleFilter *self, gboolean fatal, const gchar *what,
                                 const auricle_error *why);

G_END_DECLS

#endif
