// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/* interleaved --channel by channel, 1024 samples at a time--> float scratch --> its own stream */
#include "gstauriclebank.h"

#include <math.h>
#include <string.h>

GType gst_auricle_resample_get_type(void)
{
    static gsize type = 0;
    static const GEnumValue values[] = {
        {AURICLE_RESAMPLE_FAST, "Fast: least work and delay", "fast"},
        {AURICLE_RESAMPLE_MEDIUM, "Medium", "medium"},
        {AURICLE_RESAMPLE_BEST, "Best: most work and delay", "best"},
        {0, NULL, NULL},
    };

    if (g_once_init_enter(&type))
        g_once_init_leave(&type, g_enum_register_static("GstAuricleResample", values));
    return type;
}

GstAuricleBank *gst_auricle_bank_open(const gchar *path, auricle_error *error)
{
    auricle_model *model;
    GstAuricleBank *bank;

    if (auricle_model_open(path, &model, error) != AURICLE_OK)
        return NULL;
    bank = g_new0(GstAuricleBank, 1);
    bank->model = model;
    bank->path = g_strdup(path);
    bank->pool = gst_auricle_block_pool_new();
    auricle_model_get_info(model, &bank->info);
    return bank;
}

static void streams_free(GstAuricleBank *bank)
{
    for (guint c = 0; bank->streams && c < bank->channels; c++)
        auricle_stream_destroy(&bank->streams[c]);
    g_clear_pointer(&bank->streams, g_free);
    bank->channels = 0;
}

void gst_auricle_bank_free(GstAuricleBank *bank)
{
    if (!bank)
        return;
    streams_free(bank);
    auricle_model_unref(&bank->model);
    gst_auricle_block_pool_unref(bank->pool);
    g_free(bank->path);
    g_free(bank);
}

gboolean gst_auricle_bank_configure(GstAuricleBank *bank, gint rate, guint channels,
                                    auricle_resample quality, auricle_error *error)
{
    const auricle_stream_config config = {.sample_rate_hz = rate, .resample = quality};

    if (bank->streams && bank->rate == rate && bank->channels == channels &&
        bank->quality == quality)
        return TRUE;
    streams_free(bank);
    bank->rate = rate;
    bank->quality = quality;
    bank->channels = channels;
    bank->streams = g_new0(auricle_stream *, channels);
    for (guint c = 0; c < channels; c++)
        if (auricle_stream_create(bank->model, &config, &bank->streams[c], error) != AURICLE_OK)
            goto fail;
    return TRUE;

fail:
    streams_free(bank);
    return FALSE;
}

GstClockTime gst_auricle_bank_time(const GstAuricleBank *bank, guint64 frames)
{
    return gst_util_uint64_scale(frames, (guint64)bank->info.hop_samples * GST_SECOND,
                                 (guint64)bank->info.sample_rate_hz);
}

GstClockTime gst_auricle_bank_delay(const GstAuricleBank *bank)
{
    GstClockTime hop = gst_auricle_bank_time(bank, 1);
    return bank->streams ? hop + auricle_stream_delay_ns(bank->streams[0]) : hop;
}

/* Frames lie at [channel][frame]: the first channel finds out how many there are. */
static void keep(GstAuricleBank *bank, GstAuricleHarvest *harvest, guint channel, guint frame,
                 const gfloat *vector)
{
    gsize dim = (gsize)bank->info.frame_dim;

    if (!channel) {
        gsize floats = (frame + 1) * dim;
        if (!harvest->block)
            harvest->block = gst_auricle_block_pool_take(bank->pool, floats * bank->channels);
        gst_auricle_block_reserve(harvest->block, floats);
        harvest->frames = frame + 1;
    } else if (channel == 1 && !frame) {
        gst_auricle_block_reserve(harvest->block, harvest->frames * dim * bank->channels);
    }
    g_assert(frame < harvest->frames);
    memcpy(harvest->block->data + ((gsize)channel * harvest->frames + frame) * dim, vector,
           dim * sizeof *vector);
}

/* Where channel 0 is still counting, frame f of it is at [0][f] whatever the final count. */
static void feed_channel(GstAuricleBank *bank, GstAuricleHarvest *harvest, guint channel,
                         gsize count, guint *frame)
{
    const gfloat *samples = bank->scratch;

    while (count) {
        auricle_frame encoded;
        gsize consumed = 0;
        auricle_status status =
            auricle_stream_feed(bank->streams[channel], samples, count, &consumed, &encoded);

        g_assert(status == AURICLE_OK && (consumed || encoded.vector));
        samples += consumed;
        count -= consumed;
        if (encoded.vector)
            keep(bank, harvest, channel, (*frame)++, encoded.vector);
    }
}

static gfloat sane(gfloat sample, guint channel, GstAuricleHarvest *harvest)
{
    if (G_LIKELY(fabsf(sample) <= AURICLE_SAMPLE_MAX)) /* false for NaN */
        return sample;
    harvest->bad_samples++;
    harvest->bad_channel = channel;
    return 0.0f;
}

static void fill_scratch(GstAuricleBank *bank, GstAuricleHarvest *harvest, GstAudioFormat format,
                         gconstpointer data, guint channel, gsize start, gsize count)
{
    gsize stride = bank->channels;

    if (!data) {
        memset(bank->scratch, 0, count * sizeof *bank->scratch);
    } else if (format == GST_AUDIO_FORMAT_S16) {
        const gint16 *in = (const gint16 *)data + start * stride + channel;
        for (gsize i = 0; i < count; i++)
            bank->scratch[i] = (gfloat)in[i * stride] * (1.0f / 32768.0f);
    } else {
        const gfloat *in = (const gfloat *)data + start * stride + channel;
        for (gsize i = 0; i < count; i++)
            bank->scratch[i] = sane(in[i * stride], channel, harvest);
    }
}

GstAuricleHarvest gst_auricle_bank_feed(GstAuricleBank *bank, GstAudioFormat format,
                                        gconstpointer data, gsize samples)
{
    GstAuricleHarvest harvest = {0};

    for (guint c = 0; c < bank->channels; c++) {
        guint frame = 0;
        for (gsize start = 0; start < samples; start += GST_AURICLE_BANK_SCRATCH) {
            gsize count = MIN(samples - start, GST_AURICLE_BANK_SCRATCH);
            fill_scratch(bank, &harvest, format, data, c, start, count);
            feed_channel(bank, &harvest, c, count, &frame);
        }
        g_assert(frame == harvest.frames);
    }
    return harvest;
}

GstAuricleHarvest gst_auricle_bank_drain(GstAuricleBank *bank)
{
    GstAuricleHarvest harvest = {0};

    for (guint c = 0; c < bank->channels; c++) {
        auricle_frame encoded;
        for (guint frame = 0; auricle_stream_drain(bank->streams[c], &encoded), encoded.vector;)
            keep(bank, &harvest, c, frame++, encoded.vector);
    }
    gst_auricle_bank_reset(bank);
    return harvest;
}

void gst_auricle_bank_reset(GstAuricleBank *bank)
{
    for (guint c = 0; bank->streams && c < bank->channels; c++)
        auricle_stream_reset(bank->streams[c]);
}
