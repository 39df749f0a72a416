// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricleresults.h"

struct track {
    GRefString *source;        /* the classifier's name, a reference; NULL = surprise */
    auricle_head *head;        /* of the classifier, owned; NULL = surprise */
    GstClockTime result_delay; /* of the values at hand */
    GstAuricleInterval interval;
};

/* What a meta holds of each frame: floats [channels][frames][fields]. */
struct values {
    const gfloat *data;
    guint channels, frames, fields;
    GstClockTime pts, frame_duration;
};

static void emit(const GstAuricleResults *results, const GstAuricleResult *result)
{
    if (results->format->result)
        results->format->result(results->writer, result);
}

/* --- means over an interval --- */

static void write_track(GstAuricleResults *results, struct track *track)
{
    const GstAuricleInterval *interval = &track->interval;
    GstAuricleResult result = {
        .type = track->head ? GST_AURICLE_RESULT_POSTERIORS : GST_AURICLE_RESULT_SURPRISE,
        .start = interval->start,
        .end = interval->end,
        .decided_at = interval->end,
        .result_delay = track->result_delay,
        .source = track->source,
        .head = track->head,
        .interval = interval,
    };

    for (guint c = 0; interval->frames && c < interval->channels; c++) {
        const guint best = track->head ? gst_auricle_interval_likeliest(interval, c) : 0;

        result.channel = (gint)c;
        result.label = (gint)best;
        result.score = gst_auricle_interval_mean(interval, c, best);
        emit(results, &result);
    }
    gst_auricle_interval_restart(&track->interval);
}

static void track_clear(gpointer data)
{
    struct track *track = data;

    g_clear_pointer(&track->source, g_ref_string_release);
    gst_auricle_interval_clear(&track->interval);
    auricle_head_unref(&track->head);
}

static struct track *track_of(GstAuricleResults *results, GRefString *source)
{
    struct track fresh = {.source = NULL};

    for (guint i = 0; i < results->tracks->len; i++)
        if (!g_strcmp0(g_array_index(results->tracks, struct track, i).source, source))
            return &g_array_index(results->tracks, struct track, i);
    fresh.source = source ? g_ref_string_acquire(source) : NULL;
    g_array_append_val(results->tracks, fresh);
    return &g_array_index(results->tracks, struct track, results->tracks->len - 1);
}

/* Another head or number of channels: what was gathered is written before. */
static void track_shape(GstAuricleResults *results, struct track *track, auricle_head *head,
                        const struct values *values)
{
    const GstAuricleInterval *interval = &track->interval;

    if (track->head == head && interval->channels == values->channels &&
        interval->fields == values->fields)
        return;
    write_track(results, track);
    auricle_head_unref(&track->head);
    track->head = head ? auricle_head_ref(head) : NULL;
    gst_auricle_interval_init(&track->interval, values->channels, values->fields);
}

static void track_gather(GstAuricleResults *results, struct track *track,
                         const struct values *values, guint frame)
{
    if (frame >= values->frames)
        return;
    gst_auricle_interval_frame(&track->interval, values->pts + frame * values->frame_duration,
                               values->frame_duration);
    for (guint c = 0; c < values->channels; c++) {
        const gfloat *at =
            values->data + ((gsize)c * values->frames + frame) * (gsize)values->fields;
        for (guint i = 0; i < values->fields; i++)
            gst_auricle_interval_add(&track->interval, c, i, (gdouble)at[i]);
    }
    if (gst_auricle_interval_full(&track->interval, results->interval))
        write_track(results, track);
}

static void gather_surprise(GstAuricleResults *results, GstBuffer *buffer, guint frame)
{
    const GstAuricleSurpriseMeta *meta = gst_buffer_get_auricle_surprise_meta(buffer);
    struct track *track;
    struct values values;

    if (!meta)
        return;
    values =
        (struct values){meta->data, meta->channels,      meta->frames, GST_AURICLE_SURPRISE_FIELDS,
                        meta->pts,  meta->frame_duration};
    track = track_of(results, NULL);
    track->result_delay = meta->result_delay;
    track_shape(results, track, NULL, &values);
    track_gather(results, track, &values, frame);
}

static void gather_posteriors(GstAuricleResults *results, GstBuffer *buffer, guint frame)
{
    const GstAuricleClassMeta *meta;
    gpointer state = NULL;

    while ((meta = gst_buffer_iterate_auricle_class_meta(buffer, &state))) {
        const struct values values = {meta->posteriors, meta->channels, meta->frames,
                                      meta->classes,    meta->pts,      meta->frame_duration};
        struct track *track = track_of(results, meta->source);

        track->result_delay = meta->result_delay;
        track_shape(results, track, meta->head, &values);
        track_gather(results, track, &values, frame);
    }
}

/* --- events --- */

static void write_event(const GstAuricleResults *results, const GstAuricleClassMeta *meta,
                        const GstAuricleEvent *event)
{
    const GstAuricleResult result = {
        .type = event->kind == AURICLE_EVENT_END ? GST_AURICLE_RESULT_EVENT
                                                 : GST_AURICLE_RESULT_EVENT_START,
        .channel = (gint)event->channel,
        .start = event->start,
        .end = event->end,
        .decided_at = event->decided_at,
        .result_delay = meta->result_delay,
        .source = meta->source,
        .head = meta->head,
        .label = event->label,
        .score = (gdouble)event->confidence,
    };

    emit(results, &result);
}

/* Events decided after one moment and until another, of every classifier. */
static void write_events(const GstAuricleResults *results, GstBuffer *buffer, GstClockTime after,
                         GstClockTime until)
{
    const GstAuricleClassMeta *meta;
    gpointer state = NULL;

    while ((meta = gst_buffer_iterate_auricle_class_meta(buffer, &state)))
        for (guint i = 0; meta->events && i < meta->events->len; i++) {
            const GstAuricleEvent *event = &g_array_index(meta->events, GstAuricleEvent, i);
            if (event->decided_at > after && event->decided_at <= until)
                write_event(results, meta, event);
        }
}

/* --- what was not heard --- */

static void write_skip(GstAuricleResults *results)
{
    if (GST_CLOCK_TIME_IS_VALID(results->skip.start))
        emit(results, &results->skip);
    results->skip.start = GST_CLOCK_TIME_NONE;
}

/* Each buffer of a skipped stretch has its own meta; the stretch is one result. */
static void note_absence(GstAuricleResults *results, const GstAuricleFrameMeta *meta)
{
    GstAuricleResult gap = {
        .type = GST_AURICLE_RESULT_GAP,
        .channel = -1,
        .start = meta->absent_start,
        .end = meta->absent_end,
        .decided_at = meta->absent_end,
        .restart = (meta->flags & GST_AURICLE_FRAMES_RUN_START) != 0,
        .absence = meta->absence,
    };

    if (meta->flags & GST_AURICLE_FRAMES_SKIPPED) {
        if (GST_CLOCK_TIME_IS_VALID(results->skip.start))
            gap.start = results->skip.start;
        gap.type = GST_AURICLE_RESULT_SKIP;
        results->skip = gap;
        return;
    }
    if (meta->frames || meta->flags & GST_AURICLE_FRAMES_RUN_START)
        write_skip(results);
    if (meta->flags & GST_AURICLE_FRAMES_GAP)
        emit(results, &gap);
}

/* --- a buffer --- */

/* The frames that the results on a buffer are about. A second encoder takes away the meta of the
 * first, not the results. */
static struct values frames_of(GstBuffer *buffer)
{
    const GstAuricleFrameMeta *frames = gst_buffer_get_auricle_frame_meta(buffer);
    const GstAuricleSurpriseMeta *surprise = gst_buffer_get_auricle_surprise_meta(buffer);
    gpointer state = NULL;
    const GstAuricleClassMeta *classes = gst_buffer_iterate_auricle_class_meta(buffer, &state);

    if (frames)
        return (struct values){
            .frames = frames->frames, .pts = frames->pts, .frame_duration = frames->frame_duration};
    if (surprise)
        return (struct values){.frames = surprise->frames,
                               .pts = surprise->pts,
                               .frame_duration = surprise->frame_duration};
    if (classes)
        return (struct values){.frames = classes->frames,
                               .pts = classes->pts,
                               .frame_duration = classes->frame_duration};
    return (struct values){0};
}

static void write_frames(GstAuricleResults *results, GstBuffer *buffer)
{
    const GstAuricleFrameMeta *meta = gst_buffer_get_auricle_frame_meta(buffer);
    const struct values frames = frames_of(buffer);
    GstClockTime done = 0;

    for (guint f = 0; f < frames.frames; f++) {
        const GstClockTime end = frames.pts + (f + 1) * frames.frame_duration;

        if (meta && results->format->frame && (results->frames || !results->format->result))
            results->format->frame(results->writer, meta, f);
        write_events(results, buffer, done, end);
        gather_surprise(results, buffer, f);
        if (results->posteriors)
            gather_posteriors(results, buffer, f);
        done = end;
    }
    write_events(results, buffer, done, G_MAXUINT64);
}

static void write_tracks(GstAuricleResults *results)
{
    for (guint i = 0; i < results->tracks->len; i++)
        write_track(results, &g_array_index(results->tracks, struct track, i));
}

void gst_auricle_results_write(GstAuricleResults *results, GstBuffer *buffer)
{
    const GstAuricleFrameMeta *meta = gst_buffer_get_auricle_frame_meta(buffer);

    if (meta && meta->flags & GST_AURICLE_FRAMES_RUN_START)
        write_tracks(results);
    if (meta)
        note_absence(results, meta);
    write_frames(results, buffer);
    if (meta && meta->flags & GST_AURICLE_FRAMES_RUN_END)
        write_tracks(results);
}

void gst_auricle_results_flush(GstAuricleResults *results)
{
    write_tracks(results);
    write_skip(results);
}

void gst_auricle_results_forget(GstAuricleResults *results)
{
    g_array_set_size(results->tracks, 0);
    results->skip.start = GST_CLOCK_TIME_NONE;
}

void gst_auricle_results_init(GstAuricleResults *results, GstAuricleWriter *writer)
{
    results->writer = writer;
    results->tracks = g_array_new(FALSE, FALSE, sizeof(struct track));
    g_array_set_clear_func(results->tracks, track_clear);
    gst_auricle_results_forget(results);
}

void gst_auricle_results_clear(GstAuricleResults *results)
{
    g_clear_pointer(&results->tracks, g_array_unref);
}
