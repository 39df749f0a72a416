// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/*     interleaved --480 samples at a time--> [channel][sample] --> a stream each, encoded together
 */
#include "gstauriclebank.h"

#include "gstauriclemodels.h"

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

/* --- membership --- */

/* Only of a shared group: a private one waits for nobody. */
static void join(GstAuricleBank *bank)
{
    if (bank->shared && !bank->joined)
        auricle_group_join(bank->group, (int)bank->channels);
    bank->joined = bank->shared;
}

static void leave(GstAuricleBank *bank)
{
    if (bank->joined)
        auricle_group_join(bank->group, -(int)bank->channels);
    bank->joined = FALSE;
}

/* --- making --- */

GstAuricleBank *gst_auricle_bank_open(const GstAuricleBankConfig *config, auricle_error *error)
{
    GstAuricleBank *bank = g_new0(GstAuricleBank, 1);

    bank->pool = gst_auricle_block_pool_new();
    bank->model = gst_auricle_models_take(config->path, error);
    if (!bank->model)
        goto fail;
    auricle_model_get_info(bank->model, &bank->info);
    if (config->group) {
        const gint wait_us = (gint)(config->wait / GST_USECOND);
        bank->shared = TRUE;
        bank->wait = config->wait;
        bank->group = gst_auricle_groups_take(bank->model, config->group, wait_us, error);
        if (!bank->group)
            goto fail;
    }
    return bank;

fail:
    gst_auricle_bank_free(bank);
    return NULL;
}

static void streams_free(GstAuricleBank *bank)
{
    leave(bank);
    for (guint c = 0; bank->streams && c < bank->channels; c++)
        auricle_stream_destroy(&bank->streams[c]);
    g_clear_pointer(&bank->streams, g_free);
    g_clear_pointer(&bank->encoded, g_free);
    g_clear_pointer(&bank->cursors, g_free);
    g_clear_pointer(&bank->chunk, g_free);
    bank->channels = 0;
    if (!bank->shared)
        auricle_group_unref(&bank->group);
}

void gst_auricle_bank_free(GstAuricleBank *bank)
{
    if (!bank)
        return;
    streams_free(bank);
    if (bank->shared)
        gst_auricle_groups_give(&bank->group);
    gst_auricle_models_give(&bank->model);
    gst_auricle_block_pool_unref(bank->pool);
    g_free(bank);
}

static gboolean streams_make(GstAuricleBank *bank, auricle_error *error)
{
    const auricle_stream_config config = {
        .sample_rate_hz = bank->rate, .resample = bank->quality, .grouped = true, .warm = true};
    const auricle_group_config private = {.batch = (int)MIN(bank->channels, 32)};

    bank->streams = g_new0(auricle_stream *, bank->channels);
    bank->encoded = g_new0(auricle_frame, bank->channels);
    bank->cursors = g_new0(const gfloat *, bank->channels);
    bank->chunk = g_new(gfloat, (gsize)bank->channels * GST_AURICLE_BANK_CHUNK);
    if (!bank->shared &&
        auricle_group_create(bank->model, &private, &bank->group, error) != AURICLE_OK)
        return FALSE;
    for (guint c = 0; c < bank->channels; c++)
        if (auricle_stream_create(bank->model, &config, &bank->streams[c], error) != AURICLE_OK)
            return FALSE;
    return TRUE;
}

gboolean gst_auricle_bank_configure(GstAuricleBank *bank, gint rate, guint channels,
                                    auricle_resample quality, auricle_error *error)
{
    if (bank->streams && bank->rate == rate && bank->channels == channels &&
        bank->quality == quality)
        return TRUE;
    streams_free(bank);
    bank->rate = rate;
    bank->quality = quality;
    bank->channels = channels;
    if (streams_make(bank, error))
        return TRUE;
    streams_free(bank);
    return FALSE;
}

GstClockTime gst_auricle_bank_time(const GstAuricleBank *bank, guint64 frames)
{
    return gst_util_uint64_scale(frames, (guint64)bank->info.hop_samples * GST_SECOND,
                                 (guint64)bank->info.sample_rate_hz);
}

/* Frames that so many samples can complete with those that wait for the rest of their hop; a
 * resampler may hold back one more. */
static guint most_frames(const GstAuricleBank *bank, gsize samples)
{
    guint64 hops =
        gst_util_uint64_scale_ceil(samples, (guint64)bank->info.sample_rate_hz,
                                   (guint64)bank->rate * (guint64)bank->info.hop_samples);
    return (guint)MAX(hops, 1) + (bank->rate != bank->info.sample_rate_hz);
}

GstClockTime gst_auricle_bank_wait(const GstAuricleBank *bank, gsize samples)
{
    return bank->wait * most_frames(bank, samples);
}

GstClockTime gst_auricle_bank_delay(const GstAuricleBank *bank, gsize samples)
{
    GstClockTime hop = gst_auricle_bank_time(bank, 1);

    return hop + auricle_stream_delay_ns(bank->streams[0]) + gst_auricle_bank_wait(bank, samples);
}

/* --- frames out --- */

/* Moves the first frames of each channel from [channels][from] to [channels][to]. */
static void restride(const GstAuricleBank *bank, GstAuricleBlock *block, guint frames, gsize from,
                     gsize to)
{
    gsize dim = (gsize)bank->info.frame_dim;

    for (gsize i = 1; i < bank->channels; i++) {
        gsize c = to > from ? bank->channels - i : i; /* never onto what has still to move */
        memmove(block->data + c * to * dim, block->data + c * from * dim,
                frames * dim * sizeof *block->data);
    }
}

/* Room for one more frame of each channel; *room is how many there is room for. */
static void make_room(GstAuricleBank *bank, GstAuricleEncoded *encoded, guint *room)
{
    gsize floats = (gsize)bank->info.frame_dim * bank->channels;
    guint before = *room;

    if (!encoded->block) {
        encoded->block = gst_auricle_block_pool_take(bank->pool, *room * floats);
    } else if (encoded->frames == *room) {
        *room *= 2;
        gst_auricle_block_reserve(encoded->block, *room * floats);
        restride(bank, encoded->block, encoded->frames, before, *room);
    }
}

static void keep(GstAuricleBank *bank, GstAuricleEncoded *encoded, guint *room)
{
    gsize dim = (gsize)bank->info.frame_dim;

    make_room(bank, encoded, room);
    for (gsize c = 0; c < bank->channels; c++)
        memcpy(encoded->block->data + (c * *room + encoded->frames) * dim, bank->encoded[c].vector,
               dim * sizeof *encoded->block->data);
    encoded->frames++;
}

static void close_up(const GstAuricleBank *bank, GstAuricleEncoded *encoded, guint room)
{
    if (encoded->block && encoded->frames < room)
        restride(bank, encoded->block, encoded->frames, room, encoded->frames);
}

/* --- samples in --- */

static gfloat sane(gfloat sample, guint channel, GstAuricleEncoded *encoded)
{
    if (G_LIKELY(fabsf(sample) <= AURICLE_SAMPLE_MAX)) /* false for NaN */
        return sample;
    encoded->bad_samples++;
    encoded->bad_channel = channel;
    return 0.0f;
}

static void unpack(GstAuricleBank *bank, GstAuricleEncoded *encoded, GstAudioFormat format,
                   gconstpointer data, guint channel, gsize start, gsize count)
{
    gsize stride = bank->channels;
    gfloat *out = bank->chunk + (gsize)channel * GST_AURICLE_BANK_CHUNK;

    if (!data) {
        memset(out, 0, count * sizeof *out);
    } else if (format == GST_AUDIO_FORMAT_S16) {
        const gint16 *in = (const gint16 *)data + start * stride + channel;
        for (gsize i = 0; i < count; i++)
            out[i] = (gfloat)in[i * stride] * (1.0f / 32768.0f);
    } else {
        const gfloat *in = (const gfloat *)data + start * stride + channel;
        for (gsize i = 0; i < count; i++)
            out[i] = sane(in[i * stride], channel, encoded);
    }
    bank->cursors[channel] = out;
}

static void encode_chunk(GstAuricleBank *bank, GstAuricleEncoded *encoded, gsize count, guint *room)
{
    while (count) {
        gsize consumed = 0;
        auricle_status status = auricle_group_feed(bank->group, (int)bank->channels, bank->streams,
                                                   bank->cursors, count, &consumed, bank->encoded);

        g_assert(status == AURICLE_OK && (consumed || bank->encoded[0].vector));
        count -= consumed;
        for (guint c = 0; c < bank->channels; c++)
            bank->cursors[c] += consumed;
        if (bank->encoded[0].vector)
            keep(bank, encoded, room);
    }
}

GstAuricleEncoded gst_auricle_bank_feed(GstAuricleBank *bank, GstAudioFormat format,
                                        gconstpointer data, gsize samples)
{
    GstAuricleEncoded encoded = {0};
    guint room = most_frames(bank, samples);

    join(bank);
    for (gsize start = 0; start < samples; start += GST_AURICLE_BANK_CHUNK) {
        gsize count = MIN(samples - start, GST_AURICLE_BANK_CHUNK);
        for (guint c = 0; c < bank->channels; c++)
            unpack(bank, &encoded, format, data, c, start, count);
        encode_chunk(bank, &encoded, count, &room);
    }
    close_up(bank, &encoded, room);
    return encoded;
}

GstAuricleEncoded gst_auricle_bank_drain(GstAuricleBank *bank)
{
    GstAuricleEncoded encoded = {0};
    guint room = 2;

    while (auricle_group_drain(bank->group, (int)bank->channels, bank->streams, bank->encoded),
           bank->encoded[0].vector)
        keep(bank, &encoded, &room);
    close_up(bank, &encoded, room);
    gst_auricle_bank_reset(bank);
    return encoded;
}

void gst_auricle_bank_reset(GstAuricleBank *bank)
{
    leave(bank);
    for (guint c = 0; bank->streams && c < bank->channels; c++)
        auricle_stream_reset(bank->streams[c]);
}
