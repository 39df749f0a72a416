// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricleclassifier's result-delay, measured: no event takes longer from the first frame from
 * which on each would convince the head by itself. */
#include "bench.h"

#include <string.h>

enum { RATE = 16000 };

struct waits { /* ns */
    guint64 start, end, bound;
};

/* The first frame's time from which on, until another time, the posterior of a class by single
 * frames is at least so much. */
static GstClockTime sure_from(struct bench *bench, guint class, gfloat least, GstClockTime until)
{
    GstClockTime sure = GST_CLOCK_TIME_NONE;

    for (guint i = 0; i < bench->out->len; i++) {
        gpointer state_of = NULL;
        GstAuricleClassMeta *meta =
            gst_buffer_iterate_auricle_class_meta(g_ptr_array_index(bench->out, i), &state_of);
        assert_string_equal(meta->source, "single");
        for (guint f = 0; f < meta->frames; f++) {
            GstClockTime pts = meta->pts + f * meta->frame_duration;
            if (pts >= until)
                return sure;
            if (meta->posteriors[f * meta->classes + class] < least)
                sure = GST_CLOCK_TIME_NONE;
            else if (!GST_CLOCK_TIME_IS_VALID(sure))
                sure = pts;
        }
    }
    return sure;
}

/* Noise for two seconds, from a sample on: how long its event lets wait for its start and end. */
static struct waits wait_for_events(const gchar *head, const gchar *settings, gsize edge)
{
    const gsize length = RATE * 2, half = RATE / 2;
    gfloat *taught = bench_sound(RATE, RATE, 1), *sound = g_new0(gfloat, edge + 2 * length);
    struct bench *bench =
        bench_new("auricleencoder model=%s ! "
                  "auricleclassifier name=single head=%s post-messages=false ! "
                  "auricleclassifier name=classifier head=%s "
                  "threshold-on=0.9 threshold-off=0.1 %s",
                  bench_model("encoder"), bench_model("head"), bench_model(head), settings);
    struct waits waits = {0};
    struct bench_event event;

    for (gsize i = 0; i < length; i++)
        sound[edge + i] = taught[half + i % half];
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, edge + 2 * length, 160);
    g_object_get(bench_element(bench, "classifier"), "result-delay", &waits.bound, NULL);
    while (bench_next_event(bench, &event)) {
        assert_int_equal(event.delay, waits.bound);
        if (!strcmp(event.label, "noise") && !strcmp(event.kind, "start"))
            waits.start = event.decided_at - sure_from(bench, 1, 0.9f, event.decided_at);
        else if (!strcmp(event.label, "noise"))
            waits.end = event.decided_at - sure_from(bench, 0, 0.9f, event.decided_at);
    }
    bench_free(bench);
    g_free(taught);
    g_free(sound);
    return waits;
}

/* Wherever in a hop, and in the hop of the head, the sound begins. */
static void expect_within_delay(const gchar *head, const gchar *settings)
{
    guint64 latest = 0, bound = 0;

    for (gsize edge = RATE; edge < RATE + 160 * 10; edge += 130) {
        struct waits waits = wait_for_events(head, settings, edge);
        bound = waits.bound;
        assert_in_range(waits.start, 1, bound);
        assert_in_range(waits.end, 1, bound);
        latest = MAX(latest, waits.start);
    }
    assert_in_range(latest, bound / 2, bound); /* a bound that says something */
}

static void events_come_within_the_result_delay(void **state)
{
    (void)state;
    expect_within_delay("head", "smoothing=20 min-duration=10000000");
    expect_within_delay("head", "smoothing=1 min-duration=150000000");
    expect_within_delay("slow", "smoothing=1 min-duration=10000000");
    expect_within_delay("slow", "smoothing=4 min-duration=10000000");
    expect_within_delay("slow", "smoothing=1 min-duration=250000000");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(events_come_within_the_result_delay),
};

BENCH_MAIN(tests)
