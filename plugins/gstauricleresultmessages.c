// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "gstauricleresultmessages.h"

GstStructure *gst_auricle_event_fields(const GstAuricleHeadBank *bank, const GstSegment *segment,
                                       const GstAuricleEvent *event, GstClockTime result_delay)
{
    gboolean ended = event->kind == AURICLE_EVENT_END;
    GstStructure *fields = gst_auricle_message_fields("auricleclassifier", segment, event->start,
                                                      event->end, result_delay);

    gst_structure_set(fields, "event", G_TYPE_STRING, ended ? "end" : "start", "task",
                      G_TYPE_STRING, bank->info.task, "label", G_TYPE_STRING,
                      auricle_head_label(bank->head, event->label), "class", G_TYPE_INT,
                      event->label, "confidence", G_TYPE_DOUBLE, (gdouble)event->confidence,
                      "channel", G_TYPE_UINT, event->channel, "start-time", G_TYPE_UINT64,
                      gst_auricle_stream_time(segment, event->start), "decided-at", G_TYPE_UINT64,
                      gst_auricle_stream_time(segment, event->decided_at), NULL);
    if (ended)
        gst_structure_set(fields, "end-time", G_TYPE_UINT64,
                          gst_auricle_stream_time(segment, event->end), NULL);
    return fields;
}

static void append_string(GValue *array, const gchar *string)
{
    GValue value = G_VALUE_INIT;

    g_value_init(&value, G_TYPE_STRING);
    g_value_set_string(&value, string);
    gst_auricle_array_append(array, &value);
}

static void put_labels(const GstAuricleHeadBank *bank, GstStructure *fields)
{
    GValue labels = G_VALUE_INIT;

    gst_auricle_array_init(&labels, (guint)bank->info.class_count);
    for (gint i = 0; i < bank->info.class_count; i++)
        append_string(&labels, auricle_head_label(bank->head, i));
    gst_structure_take_value(fields, "labels", &labels);
}

static void put_posteriors(const GstAuricleHeadBank *bank, const GstAuricleInterval *interval,
                           GstStructure *fields)
{
    GValue all = G_VALUE_INIT, tops = G_VALUE_INIT, labels = G_VALUE_INIT;

    gst_auricle_array_init(&all, interval->channels);
    gst_auricle_array_init(&tops, interval->channels);
    gst_auricle_array_init(&labels, interval->channels);
    for (guint c = 0; c < interval->channels; c++) {
        GValue one = G_VALUE_INIT;
        guint best = gst_auricle_interval_likeliest(interval, c);

        gst_auricle_array_init(&one, interval->fields);
        for (guint i = 0; i < interval->fields; i++)
            gst_auricle_array_append_double(&one, gst_auricle_interval_mean(interval, c, i));
        gst_auricle_array_append(&all, &one);
        gst_auricle_array_append_double(&tops, gst_auricle_interval_mean(interval, c, best));
        append_string(&labels, auricle_head_label(bank->head, (gint)best));
    }
    gst_structure_take_value(fields, "posteriors", &all);
    gst_structure_take_value(fields, "confidence", &tops);
    gst_structure_take_value(fields, "label", &labels);
}

GstStructure *gst_auricle_posterior_fields(const GstAuricleHeadBank *bank,
                                           const GstSegment *segment,
                                           const GstAuricleInterval *interval,
                                           GstClockTime result_delay)
{
    GstStructure *fields =
        gst_auricle_interval_fields(interval, "auricleclassifier", segment, result_delay);

    gst_structure_set(fields, "event", G_TYPE_STRING, "posteriors", "task", G_TYPE_STRING,
                      bank->info.task, NULL);
    put_labels(bank, fields);
    put_posteriors(bank, interval, fields);
    return fields;
}
