// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/* WebVTT: one cue per event. Cues must be sorted by their start, so an event that has ended waits
 * while one that began before it goes on. */
#include "gstauriclewriterformat.h"

struct cue {
    GstClockTime start, end; /* end: NONE while the event goes on */
    gint channel, label;
    const auricle_head *head; /* to compare */
    gchar *text;
};

static void cue_clear(gpointer data)
{
    g_free(((struct cue *)data)->text);
}

static gchar *time_text(GstClockTime time)
{
    const guint64 ms = GST_TIME_AS_MSECONDS(time);

    return g_strdup_printf("%02" G_GUINT64_FORMAT ":%02u:%02u.%03u", ms / 3600000,
                           (guint)(ms / 60000 % 60), (guint)(ms / 1000 % 60), (guint)(ms % 1000));
}

static void write_cue(GstAuricleWriter *writer, const struct cue *cue)
{
    const GstSegment *segment = gst_auricle_writer_segment(writer);
    gchar *from = time_text(gst_auricle_stream_time(segment, cue->start));
    gchar *until = time_text(gst_auricle_stream_time(segment, cue->end));

    gst_auricle_writer_push_text(
        writer, g_strdup_printf("%s --> %s\n%s\n\n", from, until, cue->text), cue->start, cue->end);
    g_free(from);
    g_free(until);
}

/* Cues are kept in the order of their starts. */
static void write_ended(GstAuricleWriter *writer, GArray *cues)
{
    while (cues->len && GST_CLOCK_TIME_IS_VALID(g_array_index(cues, struct cue, 0).end)) {
        write_cue(writer, &g_array_index(cues, struct cue, 0));
        g_array_remove_index(cues, 0);
    }
}

static struct cue *open_cue(GArray *cues, const GstAuricleResult *result)
{
    for (guint i = 0; i < cues->len; i++) {
        struct cue *cue = &g_array_index(cues, struct cue, i);
        if (!GST_CLOCK_TIME_IS_VALID(cue->end) && cue->channel == result->channel &&
            cue->label == result->label && cue->head == result->head)
            return cue;
    }
    return NULL;
}

/* "&", "<" and ">" begin markup. */
static struct cue cue_new(const GstAuricleResult *result)
{
    return (struct cue){
        .start = result->start,
        .end = GST_CLOCK_TIME_NONE,
        .channel = result->channel,
        .label = result->label,
        .head = result->head,
        .text = g_markup_escape_text(auricle_head_label(result->head, result->label), -1),
    };
}

static void vtt_result(GstAuricleWriter *writer, const GstAuricleResult *result)
{
    GArray *cues = *gst_auricle_writer_state(writer);

    if (result->type == GST_AURICLE_RESULT_EVENT_START) {
        const struct cue cue = cue_new(result);
        guint at = cues->len;
        while (at && g_array_index(cues, struct cue, at - 1).start > cue.start)
            at--;
        g_array_insert_val(cues, at, cue);
    } else if (result->type == GST_AURICLE_RESULT_EVENT) {
        struct cue *cue = open_cue(cues, result);
        if (cue)
            cue->end = result->end;
        write_ended(writer, cues);
    }
}

static void vtt_begin(GstAuricleWriter *writer)
{
    GArray *cues = g_array_new(FALSE, FALSE, sizeof(struct cue));

    g_array_set_clear_func(cues, cue_clear);
    *gst_auricle_writer_state(writer) = cues;
    gst_auricle_writer_set_caps(writer, gst_caps_from_string(gst_auricle_writer_vtt.caps));
    gst_auricle_writer_push_text(writer, g_strdup("WEBVTT\n\n"), GST_CLOCK_TIME_NONE,
                                 GST_CLOCK_TIME_NONE);
}

static void vtt_end(GstAuricleWriter *writer, gboolean drain)
{
    GArray *cues = *gst_auricle_writer_state(writer);

    for (guint i = cues->len; drain && i-- > 0;)
        if (!GST_CLOCK_TIME_IS_VALID(g_array_index(cues, struct cue, i).end))
            g_array_remove_index(cues, i);
    if (drain)
        write_ended(writer, cues);
    g_array_unref(cues);
}

const GstAuricleWriterFormat gst_auricle_writer_vtt = {
    .caps = "application/x-subtitle-vtt",
    .begin = vtt_begin,
    .result = vtt_result,
    .end = vtt_end,
};
