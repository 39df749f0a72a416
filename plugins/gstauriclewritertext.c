// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/* What is heard now, for textoverlay: a text when a label begins and when one ends, without a
 * duration, so that it is shown until the next. Its time is that of the decision: a text for the
 * past is never shown. */
#include "gstauriclewriterformat.h"

#include <string.h>

struct label {
    gint channel;
    gchar *text;
};

static void label_clear(gpointer data)
{
    g_free(((struct label *)data)->text);
}

static void show(GstAuricleWriter *writer, const GArray *labels, GstClockTime now)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < labels->len; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "",
                               g_array_index(labels, struct label, i).text);
    if (!labels->len)
        g_string_append_c(text, ' '); /* nothing to show, and an empty buffer is not a text */
    gst_auricle_writer_push_text(writer, g_string_free(text, FALSE), now, GST_CLOCK_TIME_NONE);
}

static void forget(GArray *labels, gint channel, const gchar *text)
{
    for (guint i = 0; i < labels->len; i++) {
        const struct label *label = &g_array_index(labels, struct label, i);
        if (label->channel == channel && !strcmp(label->text, text)) {
            g_array_remove_index(labels, i);
            return;
        }
    }
}

static void text_result(GstAuricleWriter *writer, const GstAuricleResult *result)
{
    GArray *labels = *gst_auricle_writer_state(writer);
    const gchar *text;

    if (result->type != GST_AURICLE_RESULT_EVENT_START && result->type != GST_AURICLE_RESULT_EVENT)
        return;
    text = auricle_head_label(result->head, result->label);
    if (result->type == GST_AURICLE_RESULT_EVENT_START) {
        const struct label label = {result->channel, g_strdup(text)};
        g_array_append_val(labels, label);
    } else {
        forget(labels, result->channel, text);
    }
    show(writer, labels, result->decided_at);
}

static void text_begin(GstAuricleWriter *writer)
{
    GArray *labels = g_array_new(FALSE, FALSE, sizeof(struct label));

    g_array_set_clear_func(labels, label_clear);
    *gst_auricle_writer_state(writer) = labels;
    gst_auricle_writer_set_caps(writer, gst_caps_from_string(gst_auricle_writer_text.caps));
}

static void text_end(GstAuricleWriter *writer, G_GNUC_UNUSED gboolean drain)
{
    g_array_unref(*gst_auricle_writer_state(writer));
}

const GstAuricleWriterFormat gst_auricle_writer_text = {
    .caps = "text/x-raw, format = (string) utf8",
    .begin = text_begin,
    .result = text_result,
    .end = text_end,
};
