// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One head and, for each channel, its stream and its event detector: frames in, posteriors and
 * events out. Events come in the time of buffers. */
#ifndef GST_AURICLE_JURY_H
#define GST_AURICLE_JURY_H

#include "gstauriclejurysettings.h"
#include "gstauricleresultmeta.h"

G_BEGIN_DECLS

typedef struct _GstAuricleJury {
    auricle_head *head;
    auricle_head_info info;
    gchar encoder_hash[65]; /* of the model it was opened for */
    GstClockTime frame_duration;
    GstClockTime decision_delay; /* from the first frame of what convinces to its event, at worst */
    guint channels;
    struct _GstAuricleJuror *jurors; /* [channels] */
} GstAuricleJury;

/** NULL with the reason in error. */
GstAuricleJury *gst_auricle_jury_open(const gchar *path, auricle_model *model, guint channels,
                                      const GstAuricleJurySettings *settings, auricle_error *error);
void gst_auricle_jury_free(GstAuricleJury *jury);
/** New detectors, as new; on failure the old ones stay. Drain first. */
gboolean gst_auricle_jury_settle(GstAuricleJury *jury, const GstAuricleJurySettings *settings,
                                 auricle_error *error);
void gst_auricle_jury_reset(GstAuricleJury *jury);
/** The next frame of a channel, at pts. Writes [info.class_count] posteriors, appends events
 * (GstAuricleEvent). */
void gst_auricle_jury_step(GstAuricleJury *jury, guint channel, const gfloat *vector,
                           GstClockTime pts, gfloat *posteriors, GArray *events);
/** Closes what is open in every channel. */
void gst_auricle_jury_drain(GstAuricleJury *jury, GArray *events);

G_END_DECLS

#endif
