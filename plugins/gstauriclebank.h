// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One model and one stream for each channel of interleaved audio. The channels march in step: the
 * same samples in give the same number of frames out. */
#ifndef GST_AURICLE_BANK_H
#define GST_AURICLE_BANK_H

#include <auricle/stream.h>
#include <gst/audio/audio.h>

#include "gstauricleblock.h"

G_BEGIN_DECLS

/** auricle_resample as a property type. */
#define GST_TYPE_AURICLE_RESAMPLE (gst_auricle_resample_get_type())
GType gst_auricle_resample_get_type(void);

enum { GST_AURICLE_BANK_SCRATCH = 1024 };

typedef struct _GstAuricleBank {
    gchar *path;
    auricle_model *model;
    auricle_model_info info;
    GstAuricleBlockPool *pool;
    auricle_resample quality;
    gint rate;
    guint channels;
    auricle_stream **streams; /* [channels]; NULL until configured */
    gfloat scratch[GST_AURICLE_BANK_SCRATCH];
} GstAuricleBank;

/** What a call brought: frames of each channel, in block as [channels][frames][frame_dim]. */
typedef struct _GstAuricleHarvest {
    guint frames;
    GstAuricleBlock *block; /* owned by the taker; NULL without frames */
    guint64 bad_samples;    /* not finite or beyond AURICLE_SAMPLE_MAX: heard as silence */
    guint bad_channel;      /* of the last of them */
} GstAuricleHarvest;

/** NULL with the reason in error. */
GstAuricleBank *gst_auricle_bank_open(const gchar *path, auricle_error *error);
void gst_auricle_bank_free(GstAuricleBank *bank);
/** Streams for this audio, as new. Nothing happens when they are there already. */
gboolean gst_auricle_bank_configure(GstAuricleBank *bank, gint rate, guint channels,
                                    auricle_resample quality, auricle_error *error);
/** How long so many frames last. */
GstClockTime gst_auricle_bank_time(const GstAuricleBank *bank, guint64 frames);
/** See auricle_stream_delay_ns; a hop more, as a frame waits for its last sample. */
GstClockTime gst_auricle_bank_delay(const GstAuricleBank *bank);
/** samples of each channel, interleaved, in that format; data NULL = silence. */
GstAuricleHarvest gst_auricle_bank_feed(GstAuricleBank *bank, GstAudioFormat format,
                                        gconstpointer data, gsize samples);
/** What is left at the end; then reset. */
GstAuricleHarvest gst_auricle_bank_drain(GstAuricleBank *bank);
void gst_auricle_bank_reset(GstAuricleBank *bank);

G_END_DECLS

#endif
