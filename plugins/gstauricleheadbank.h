// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One head and, for each channel, a listener of frames: frames in, posteriors and events out.
 * Events come in the time of buffers. */
#ifndef GST_AURICLE_HEAD_BANK_H
#define GST_AURICLE_HEAD_BANK_H

#include "gstauricledetectorsettings.h"
#include "gstauricleresultmeta.h"

#include <auricle/listener.h>

G_BEGIN_DECLS

typedef struct _GstAuricleHeadBank {
    auricle_head *head;
    auricle_head_info info;
    gchar encoder_hash[65]; /* of the model it was opened for */
    GstClockTime frame_duration;
    GstClockTime decision_delay; /* from the first frame of what convinces to its event, at worst */
    guint channels;
    struct _GstAuricleHeadChannel *channel; /* [channels] */
} GstAuricleHeadBank;

/** NULL with the reason in error. */
GstAuricleHeadBank *gst_auricle_head_bank_open(const gchar *path, auricle_model *model,
                                               guint channels,
                                               const GstAuricleDetectorSettings *settings,
                                               auricle_error *error);
void gst_auricle_head_bank_free(GstAuricleHeadBank *bank);
/** New settings for every channel's detector, as new; on failure the old ones stay. Drain first. */
gboolean gst_auricle_head_bank_reconfigure(GstAuricleHeadBank *bank,
                                           const GstAuricleDetectorSettings *settings,
                                           auricle_error *error);
void gst_auricle_head_bank_reset(GstAuricleHeadBank *bank);
/** The next frame of a channel, at pts. Writes [info.class_count] posteriors, appends events
 * (GstAuricleEvent). */
void gst_auricle_head_bank_step(GstAuricleHeadBank *bank, guint channel, const gfloat *vector,
                                GstClockTime pts, gfloat *posteriors, GArray *events);
/** Ends what is open in every channel. */
void gst_auricle_head_bank_drain(GstAuricleHeadBank *bank, GArray *events);

G_END_DECLS

#endif
