// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One model and one stream for each channel of interleaved audio. The channels march in step: they
 * are encoded together, in a group of their own or in one shared with other banks. */
#ifndef GST_AURICLE_BANK_H
#define GST_AURICLE_BANK_H

#include <auricle/group.h>
#include <gst/audio/audio.h>

#include "gstauricleblock.h"

G_BEGIN_DECLS

/** auricle_resample as a property type. */
#define GST_TYPE_AURICLE_RESAMPLE (gst_auricle_resample_get_type())
GType gst_auricle_resample_get_type(void);

enum { GST_AURICLE_BANK_CHUNK = 480 }; /* samples of each channel, unpacked at once */

/** What a bank encodes with. */
typedef struct _GstAuricleBankConfig {
    const gchar *path;
    const gchar *group; /* name of the group it shares; NULL = one of its own, without locks */
    GstClockTime wait;  /* of a shared group for its other members, in ns, counted in us */
} GstAuricleBankConfig;

typedef struct _GstAuricleBank {
    auricle_model *model; /* shared by the process, see gstauriclemodels.h */
    auricle_model_info info;
    GstAuricleBlockPool *pool;
    auricle_group *group; /* NULL until configured, unless shared */
    gboolean shared;
    gboolean joined;   /* the shared group counts on our streams */
    GstClockTime wait; /* a frame's, at most */
    /* for the audio at hand */
    auricle_resample quality;
    gint rate;
    guint channels;
    auricle_stream **streams; /* [channels]; NULL until configured */
    auricle_frame *encoded;   /* [channels] */
    const gfloat **cursors;   /* [channels], into chunk */
    gfloat *chunk;            /* [channels][GST_AURICLE_BANK_CHUNK] */
} GstAuricleBank;

/** What a call brought: frames of each channel, in block as [channels][frames][frame_dim]. */
typedef struct _GstAuricleEncoded {
    guint frames;
    GstAuricleBlock *block; /* owned by the taker; NULL without frames */
    guint64 bad_samples;    /* not finite or beyond AURICLE_SAMPLE_MAX: heard as silence */
    guint bad_channel;      /* of the last of them */
} GstAuricleEncoded;

/** NULL with the reason in error. */
GstAuricleBank *gst_auricle_bank_open(const GstAuricleBankConfig *config, auricle_error *error);
void gst_auricle_bank_free(GstAuricleBank *bank);
/** Streams for this audio, as new. Nothing happens when they are there already. */
gboolean gst_auricle_bank_configure(GstAuricleBank *bank, gint rate, guint channels,
                                    auricle_resample quality, auricle_error *error);
/** How long so many frames last. */
GstClockTime gst_auricle_bank_time(const GstAuricleBank *bank, guint64 frames);
/** How long so many samples may wait for those of other members, at most. */
GstClockTime gst_auricle_bank_wait(const GstAuricleBank *bank, gsize samples);
/** How long after its first sample a frame can come out, time to compute aside: the hop that must
 * be complete, auricle_stream_delay_ns, and the waits for other members when as many samples as
 * these come at once. */
GstClockTime gst_auricle_bank_delay(const GstAuricleBank *bank, gsize samples);
/** samples of each channel, interleaved, in that format; data NULL = silence. */
GstAuricleEncoded gst_auricle_bank_feed(GstAuricleBank *bank, GstAudioFormat format,
                                        gconstpointer data, gsize samples);
/** What is left at the end; then reset. */
GstAuricleEncoded gst_auricle_bank_drain(GstAuricleBank *bank);
/** As new; a shared group counts on the bank again when it is fed. */
void gst_auricle_bank_reset(GstAuricleBank *bank);

G_END_DECLS

#endif
