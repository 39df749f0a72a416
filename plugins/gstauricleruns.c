// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricleruns.h"

#include "gstauricledebug.h"

static const GstSegment *segment_of(const GstAuricleRuns *runs)
{
    return &GST_BASE_TRANSFORM(runs->owner)->segment;
}

/* --- frames out --- */

static void post_interval(GstAuricleRuns *runs)
{
    GstStructure *fields;

    if (!runs->interval.frames)
        return;
    fields = gst_auricle_interval_fields(&runs->interval, "auricleencoder", segment_of(runs),
                                         gst_auricle_filter_result_delay(runs->owner));
    gst_auricle_interval_put(&runs->interval, fields, "norm", gst_auricle_interval_mean, 0);
    gst_auricle_interval_restart(&runs->interval);
    gst_auricle_filter_post(runs->owner, fields);
}

static void measure(GstAuricleRuns *runs, const GstAuricleFrameMeta *meta)
{
    guint64 length = gst_auricle_filter_interval(runs->owner);

    for (guint f = 0; f < meta->frames; f++) {
        gst_auricle_interval_frame(&runs->interval, meta->pts + f * meta->frame_duration,
                                   meta->frame_duration);
        for (guint c = 0; c < meta->channels; c++)
            gst_auricle_interval_add(&runs->interval, c, 0,
                                     gst_auricle_frame_meta_norm(meta, c, f));
        if (gst_auricle_interval_full(&runs->interval, length))
            post_interval(runs);
    }
}

static void warn_of_samples(GstAuricleRuns *runs, const GstAuricleEncoded *encoded)
{
    if (!encoded->bad_samples || runs->warned)
        return;
    runs->warned = TRUE;
    GST_ELEMENT_WARNING(
        runs->owner, STREAM, FORMAT,
        ("Channel %u brought %" G_GUINT64_FORMAT " samples that are not finite or beyond ±%g; they "
         "are heard as silence. Samples must be in [-1, 1]: see what makes them upstream, or put "
         "audioconvert after raw integers passed as float",
         encoded->bad_channel, encoded->bad_samples, (gdouble)AURICLE_SAMPLE_MAX),
        (NULL));
}

/* Takes the harvest's block. */
static void attach(GstAuricleRuns *runs, GstBuffer *buffer, GstAuricleEncoded encoded)
{
    GstAuricleFrameMeta meta = {
        .flags = runs->flags,
        .channels = runs->bank->channels,
        .frames = encoded.frames,
        .index = runs->frames,
        .pts =
            gst_auricle_clock_after(&runs->clock, gst_auricle_bank_time(runs->bank, runs->frames)),
        .frame_duration = gst_auricle_bank_time(runs->bank, 1),
        .result_delay = gst_auricle_filter_result_delay(runs->owner),
        .data = encoded.block ? encoded.block->data : NULL,
        .info = runs->bank->info,
        .model = runs->bank->model,
        .block = encoded.block,
        .absent_start = runs->absent_start,
        .absent_end = runs->absent_end,
        .absence = runs->absence, /* only this thread writes it */
    };

    gst_buffer_set_auricle_frame_meta(buffer, &meta);
    gst_auricle_filter_set_absence(runs->owner, &meta.absence);
    GST_LOG_OBJECT(runs->owner, "%u frames from %" GST_TIME_FORMAT, meta.frames,
                   GST_TIME_ARGS(meta.pts));
    runs->flags = GST_AURICLE_FRAMES_NONE;
    runs->frames += encoded.frames;
    if (gst_auricle_filter_posts(runs->owner))
        measure(runs, &meta);
    if (encoded.block)
        gst_auricle_block_unref(encoded.block);
    warn_of_samples(runs, &encoded);
}

/* --- runs --- */

static void run_forget(GstAuricleRuns *runs)
{
    runs->frames = 0;
    runs->warned = FALSE;
    runs->flags = GST_AURICLE_FRAMES_RUN_START;
    runs->gap_end = runs->expected = GST_CLOCK_TIME_NONE;
    gst_auricle_interval_restart(&runs->interval);
}

/* The last frames of the run go downstream without audio. */
static void run_close(GstAuricleRuns *runs)
{
    GstBuffer *buffer;

    if (!runs->clock.running)
        return;
    GST_DEBUG_OBJECT(runs->owner, "the run ends after %" G_GUINT64_FORMAT " samples",
                     runs->clock.samples);
    buffer = gst_buffer_new();
    runs->flags |= GST_AURICLE_FRAMES_RUN_END;
    attach(runs, buffer, gst_auricle_bank_drain(runs->bank));
    post_interval(runs);
    gst_auricle_filter_push_carrier(runs->owner, buffer);
    gst_auricle_clock_stop(&runs->clock);
    run_forget(runs);
}

/* Too much audio is missing: the run ends, and the next begins at the next audio. */
static void run_break(GstAuricleRuns *runs)
{
    const GstClockTime expected = gst_auricle_clock_time(&runs->clock);

    run_close(runs);
    runs->expected = expected;
}

static void count_gap(GstAuricleRuns *runs, GstClockTime start, GstClockTime end)
{
    GST_DEBUG_OBJECT(runs->owner, "no audio from %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT,
                     GST_TIME_ARGS(start), GST_TIME_ARGS(end));
    runs->flags |= GST_AURICLE_FRAMES_GAP;
    runs->absent_start = start;
    runs->absent_end = end;
    GST_OBJECT_LOCK(runs->owner);
    runs->absence.lost_time += end - start;
    runs->absence.gaps++;
    GST_OBJECT_UNLOCK(runs->owner);
}

/* What was skipped was counted when it came. */
static void note_absence(GstAuricleRuns *runs, GstClockTime start, GstClockTime end)
{
    if (runs->skipping)
        GST_DEBUG_OBJECT(runs->owner, "analysis goes on at %" GST_TIME_FORMAT, GST_TIME_ARGS(end));
    else
        count_gap(runs, start, end);
    runs->skipping = FALSE;
}

/* Silence in the place of audio that is missing. Its frames go downstream without audio. */
static void fill_hole(GstAuricleRuns *runs, GstClockTime hole)
{
    const GstClockTime start = gst_auricle_clock_time(&runs->clock);
    const guint64 count = gst_auricle_clock_samples(&runs->clock, hole);
    GstBuffer *buffer = gst_buffer_new();

    note_absence(runs, start, start + hole);
    attach(runs, buffer, gst_auricle_bank_feed(runs->bank, GST_AUDIO_FORMAT_UNKNOWN, NULL, count));
    gst_auricle_filter_push_carrier(runs->owner, buffer);
    gst_auricle_clock_advance(&runs->clock, count);
}

static void run_start(GstAuricleRuns *runs, GstClockTime pts)
{
    gst_auricle_clock_start(&runs->clock, pts);
    if (GST_CLOCK_TIME_IS_VALID(runs->expected) && pts > runs->expected)
        note_absence(runs, runs->expected, pts);
    runs->expected = GST_CLOCK_TIME_NONE;
}

/* Audio without a timestamp follows what came last. */
static GstClockTime implied_time(GstAuricleRuns *runs)
{
    const GstSegment *segment = segment_of(runs);

    if (GST_CLOCK_TIME_IS_VALID(runs->gap_end))
        return runs->gap_end;
    if (runs->clock.running)
        return gst_auricle_clock_time(&runs->clock);
    return segment->format == GST_FORMAT_TIME ? segment->start : 0;
}

/* count samples come. A GAP event only announced that audio would be missing: how much, their
 * timestamp tells. */
static void run_join(GstAuricleRuns *runs, GstClockTime pts, gboolean discont, guint64 count)
{
    const gboolean flagged = discont || GST_CLOCK_TIME_IS_VALID(runs->gap_end);
    GstClockTime time = GST_CLOCK_TIME_IS_VALID(pts) ? pts : implied_time(runs), hole;
    GstAuricleClockVerdict verdict = GST_AURICLE_CLOCK_JOINS;

    if (runs->clock.running)
        verdict = gst_auricle_clock_look(&runs->clock, time, count, flagged, &hole);
    if (verdict == GST_AURICLE_CLOCK_BREAK)
        run_break(runs);
    else if (verdict == GST_AURICLE_CLOCK_HOLE)
        fill_hole(runs, hole);
    runs->gap_end = GST_CLOCK_TIME_NONE;
    if (!runs->clock.running)
        run_start(runs, time);
    else if (GST_CLOCK_TIME_IS_VALID(pts))
        gst_auricle_clock_join(&runs->clock, pts, flagged);
    runs->skipping = FALSE;
}

/* Frames without a number: the run neither goes on nor ends with them. */
static void mark_skipped(GstAuricleRuns *runs, GstBuffer *buffer, GstClockTime start,
                         GstClockTime end)
{
    const GstAuricleFrameFlags flags = runs->flags;
    const GstClockTime absent_start = runs->absent_start, absent_end = runs->absent_end;

    runs->flags = GST_AURICLE_FRAMES_SKIPPED;
    runs->absent_start = start;
    runs->absent_end = end;
    attach(runs, buffer, (GstAuricleEncoded){0});
    runs->flags = flags;
    runs->absent_start = absent_start;
    runs->absent_end = absent_end;
}

/* To what follows, the skipped audio is a hole. */
void gst_auricle_runs_skip(GstAuricleRuns *runs, GstBuffer *buffer, gsize count)
{
    const GstClockTime start =
        GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : implied_time(runs);
    const GstClockTime end =
        start + gst_util_uint64_scale(count, GST_SECOND, (guint64)runs->bank->rate);

    GST_OBJECT_LOCK(runs->owner);
    runs->absence.skipped_time += end - start;
    runs->absence.skips += !runs->skipping;
    GST_OBJECT_UNLOCK(runs->owner);
    runs->skipping = TRUE;
    if (runs->clock.running && end > gst_auricle_clock_time(&runs->clock) + GST_AURICLE_HOLE_MOST)
        run_break(runs);
    mark_skipped(runs, buffer, start, end);
    runs->gap_end = end;
}

void gst_auricle_runs_gap(GstAuricleRuns *runs, GstClockTime pts, GstClockTime duration)
{
    const GstClockTime end = pts + (GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0);

    if (runs->clock.running && end <= gst_auricle_clock_time(&runs->clock))
        return;
    if (runs->clock.running && end > gst_auricle_clock_time(&runs->clock) + GST_AURICLE_HOLE_MOST)
        run_break(runs);
    runs->gap_end = GST_CLOCK_TIME_IS_VALID(runs->gap_end) ? MAX(runs->gap_end, end) : end;
}

/* No audio follows, so a gap that was announced lasts as long as it was announced. */
void gst_auricle_runs_finish(GstAuricleRuns *runs)
{
    if (runs->clock.running && GST_CLOCK_TIME_IS_VALID(runs->gap_end))
        fill_hole(runs, runs->gap_end - gst_auricle_clock_time(&runs->clock));
    run_close(runs);
    run_forget(runs);
}

void gst_auricle_runs_close(GstAuricleRuns *runs)
{
    const GstClockTime gap_end = runs->gap_end;

    run_close(runs);
    runs->gap_end = gap_end;
}

void gst_auricle_runs_reset(GstAuricleRuns *runs)
{
    if (runs->bank)
        gst_auricle_bank_reset(runs->bank);
    gst_auricle_clock_stop(&runs->clock);
    run_forget(runs);
}

void gst_auricle_runs_audio(GstAuricleRuns *runs, GstBuffer *buffer, gconstpointer data,
                            gsize count)
{
    const GstAudioFormat format = GST_AUDIO_INFO_FORMAT(gst_auricle_filter_audio(runs->owner));

    run_join(runs, GST_BUFFER_PTS(buffer), GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT),
             count);
    attach(runs, buffer, gst_auricle_bank_feed(runs->bank, format, data, count));
    gst_auricle_clock_advance(&runs->clock, count);
}

/* --- making --- */

void gst_auricle_runs_init(GstAuricleRuns *runs, GstAuricleFilter *owner)
{
    runs->owner = owner;
    gst_auricle_clock_init(&runs->clock, 1);
    run_forget(runs);
}

void gst_auricle_runs_clear(GstAuricleRuns *runs)
{
    runs->bank = NULL;
    gst_auricle_clock_stop(&runs->clock);
    gst_auricle_interval_clear(&runs->interval);
}

void gst_auricle_runs_restart(GstAuricleRuns *runs)
{
    GST_OBJECT_LOCK(runs->owner);
    runs->absence = (GstAuricleAbsence){0};
    GST_OBJECT_UNLOCK(runs->owner);
}

void gst_auricle_runs_set_bank(GstAuricleRuns *runs, GstAuricleBank *bank)
{
    runs->bank = bank;
    gst_auricle_clock_init(&runs->clock, bank->rate);
    gst_auricle_interval_init(&runs->interval, bank->channels, 1);
}
