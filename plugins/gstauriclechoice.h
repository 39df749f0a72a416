// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What the application chose an encoder to run, and the bank made ready for the streaming thread.
 *
 * Everything slow about a swap happens in the application's thread; the streaming thread only takes
 * what is ready. All of it is guarded by the owner's object lock, which these functions take. */
#ifndef GST_AURICLE_CHOICE_H
#define GST_AURICLE_CHOICE_H

#include "gstauriclebank.h"
#include "gstauriclefilter.h"

G_BEGIN_DECLS

typedef struct _GstAuricleChoice {
    GstAuricleFilter *owner;
    gchar *path; /* of the model that runs, or that start will open */
    auricle_resample quality;
    gchar *group;            /* name, NULL = none */
    guint64 wait;            /* ns */
    GstAuricleBank *pending; /* takes over at the next buffer */
    gboolean started;
    gint rate; /* of the audio, for whoever prepares a bank; 0 = none yet */
    guint channels;
} GstAuricleChoice;

void gst_auricle_choice_init(GstAuricleChoice *choice, GstAuricleFilter *owner);
void gst_auricle_choice_clear(GstAuricleChoice *choice);

/** The chosen bank, to be configured; from now on a choice prepares the next. NULL with the reason
 * in error. */
GstAuricleBank *gst_auricle_choice_start(GstAuricleChoice *choice, auricle_error *error);
void gst_auricle_choice_stop(GstAuricleChoice *choice);

/** Property model. Of a started owner: one that cannot be opened or take the audio at hand is
 * complained of and changes nothing. */
void gst_auricle_choice_set_model(GstAuricleChoice *choice, const gchar *path);
void gst_auricle_choice_set_resample(GstAuricleChoice *choice, auricle_resample quality);
/** From the next start on. */
void gst_auricle_choice_set_group(GstAuricleChoice *choice, const gchar *name);
void gst_auricle_choice_set_wait(GstAuricleChoice *choice, guint64 wait);

/** The audio a bank has to take from now on. Returns the quality to take it with. */
auricle_resample gst_auricle_choice_set_audio(GstAuricleChoice *choice, const GstAudioInfo *audio);
/** The bank that takes over, or NULL. The caller's. */
GstAuricleBank *gst_auricle_choice_take(GstAuricleChoice *choice);

G_END_DECLS

#endif
