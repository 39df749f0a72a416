// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauriclechoice.h"

void gst_auricle_choice_init(GstAuricleChoice *choice, GstAuricleFilter *owner)
{
    choice->owner = owner;
}

void gst_auricle_choice_clear(GstAuricleChoice *choice)
{
    gst_auricle_bank_free(choice->pending);
    g_free(choice->path);
    g_free(choice->group);
}

/* The name may be gone once the lock is: copied. */
static GstAuricleBank *open_bank(GstAuricleChoice *choice, const gchar *path, auricle_error *error)
{
    GstAuricleBankConfig config = {.path = path};
    GstAuricleBank *bank;
    gchar *group;

    GST_OBJECT_LOCK(choice->owner);
    config.group = group = g_strdup(choice->group);
    config.wait = choice->wait;
    GST_OBJECT_UNLOCK(choice->owner);
    bank = gst_auricle_bank_open(&config, error);
    g_free(group);
    return bank;
}

GstAuricleBank *gst_auricle_choice_start(GstAuricleChoice *choice, auricle_error *error)
{
    GstAuricleBank *bank;
    gchar *path;

    GST_OBJECT_LOCK(choice->owner);
    path = g_strdup(choice->path);
    GST_OBJECT_UNLOCK(choice->owner);
    bank = path ? open_bank(choice, path, error) : NULL;
    g_free(path);
    GST_OBJECT_LOCK(choice->owner);
    choice->started = bank != NULL;
    GST_OBJECT_UNLOCK(choice->owner);
    return bank;
}

void gst_auricle_choice_stop(GstAuricleChoice *choice)
{
    GstAuricleBank *pending;

    GST_OBJECT_LOCK(choice->owner);
    choice->started = FALSE;
    choice->rate = 0;
    pending = choice->pending;
    choice->pending = NULL;
    GST_OBJECT_UNLOCK(choice->owner);
    gst_auricle_bank_free(pending);
}

/* Before start there is nothing to prepare. */
static void choose(GstAuricleChoice *choice, const gchar *path, auricle_resample quality)
{
    auricle_error error = {AURICLE_INVALID, "the model cannot be unset while it runs"};
    GstAuricleBank *bank = NULL, *unused;
    gboolean started;
    guint channels;
    gint rate;

    GST_OBJECT_LOCK(choice->owner);
    started = choice->started;
    rate = choice->rate;
    channels = choice->channels;
    GST_OBJECT_UNLOCK(choice->owner);
    if (started && path)
        bank = open_bank(choice, path, &error);
    if (started && !bank)
        goto fail;
    if (rate && !gst_auricle_bank_configure(bank, rate, channels, quality, &error))
        goto fail;
    GST_OBJECT_LOCK(choice->owner);
    unused = choice->pending;
    choice->pending = bank;
    choice->quality = quality;
    g_free(choice->path);
    choice->path = g_strdup(path);
    GST_OBJECT_UNLOCK(choice->owner);
    gst_auricle_bank_free(unused);
    return;

fail:
    gst_auricle_bank_free(bank);
    gst_auricle_filter_complain(choice->owner, FALSE, "The old model runs on", &error);
}

void gst_auricle_choice_set_model(GstAuricleChoice *choice, const gchar *path)
{
    auricle_resample quality;

    GST_OBJECT_LOCK(choice->owner);
    quality = choice->quality;
    GST_OBJECT_UNLOCK(choice->owner);
    choose(choice, path, quality);
}

void gst_auricle_choice_set_resample(GstAuricleChoice *choice, auricle_resample quality)
{
    gchar *path;

    GST_OBJECT_LOCK(choice->owner);
    path = g_strdup(choice->path);
    GST_OBJECT_UNLOCK(choice->owner);
    choose(choice, path, quality);
    g_free(path);
}

void gst_auricle_choice_set_group(GstAuricleChoice *choice, const gchar *name)
{
    GST_OBJECT_LOCK(choice->owner);
    g_free(choice->group);
    choice->group = g_strdup(name);
    GST_OBJECT_UNLOCK(choice->owner);
}

void gst_auricle_choice_set_wait(GstAuricleChoice *choice, guint64 wait)
{
    GST_OBJECT_LOCK(choice->owner);
    choice->wait = wait;
    GST_OBJECT_UNLOCK(choice->owner);
}

auricle_resample gst_auricle_choice_set_audio(GstAuricleChoice *choice, const GstAudioInfo *audio)
{
    auricle_resample quality;

    GST_OBJECT_LOCK(choice->owner);
    choice->rate = GST_AUDIO_INFO_RATE(audio);
    choice->channels = (guint)GST_AUDIO_INFO_CHANNELS(audio);
    quality = choice->quality;
    GST_OBJECT_UNLOCK(choice->owner);
    return quality;
}

GstAuricleBank *gst_auricle_choice_take(GstAuricleChoice *choice)
{
    GstAuricleBank *next;

    GST_OBJECT_LOCK(choice->owner);
    next = choice->pending;
    choice->pending = NULL;
    GST_OBJECT_UNLOCK(choice->owner);
    return next;
}
