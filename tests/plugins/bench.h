// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A harness around a piece of pipeline, what went in and all that came out. */
#ifndef AURICLE_TESTS_PLUGINS_BENCH_H
#define AURICLE_TESTS_PLUGINS_BENCH_H

#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>

#include "../../plugins/gstauricleframemeta.h"
#include "../../plugins/gstauricleresultmeta.h"

/* cmocka wants these four first */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { BENCH_HOP_NS = 10000000 };

struct bench {
    GstHarness *harness;
    GstBus *bus;
    GstAudioInfo audio;
    GPtrArray *out; /* GstBuffer: what came out, carriers (size 0) in their place among the audio */
    guint64 samples;  /* pushed */
    GstClockTime pts; /* of the first */
};

/** A file among those make_models wrote. Static; a few at a time. */
const gchar *bench_model(const gchar *name);

/** The elements of description between harness pads; "%s" in it are filled in as by printf. */
struct bench *bench_new(const gchar *format, ...) G_GNUC_PRINTF(1, 2);
void bench_free(struct bench *bench);
GstElement *bench_element(struct bench *bench, const gchar *name);

/** Sends caps (and, the first time, segment); audio that follows is like this. */
void bench_format(struct bench *bench, GstAudioFormat format, gint rate, gint channels);
/** channels interleaved, float, converted to the format at hand. The first buffer starts at
 * bench->pts, the others follow on; each holds piece samples (0: all at once; -1: varying). */
void bench_push(struct bench *bench, const gfloat *sound, gsize samples, gint piece);
GstBuffer *bench_buffer(struct bench *bench, const gfloat *sound, gsize samples);
GstFlowReturn bench_push_buffer(struct bench *bench, GstBuffer *buffer);
void bench_push_event(struct bench *bench, GstEvent *event);
void bench_eos(struct bench *bench);
/** flush-start, flush-stop; a segment must follow. */
void bench_flush(struct bench *bench);
/** A new segment whose times are stream times, from start on; audio goes on there. */
void bench_segment(struct bench *bench, GstClockTime start);
/** Moves what came out to bench->out. Done by each push. */
void bench_collect(struct bench *bench);
/** Forgets what came out. */
void bench_clear(struct bench *bench);

/** All frames of a channel that came out so far, [*frames][frame_dim]; to be freed. */
gfloat *bench_frames(struct bench *bench, guint channel, guint *frames);

/** The frame meta of the index-th buffer or carrier that came out; NULL when it has none. */
GstAuricleFrameMeta *bench_meta(struct bench *bench, guint index);
/** How many of them bear the flag. */
guint bench_count_flag(struct bench *bench, GstAuricleFrameFlags flag);
/** All that came out is one run: frame i begins at first + i * 10 ms, numbers count on, only the
 * first bears RUN_START, only the last, if ended, RUN_END. */
void bench_assert_one_run(struct bench *bench, GstClockTime first, gboolean ended);

/** The next message on the bus of that type, or NULL. To be unreffed. */
GstMessage *bench_message(struct bench *bench, GstMessageType type);
/** Text of the next error or warning, to be freed; NULL when there is none. */
gchar *bench_complaint(struct bench *bench, GstMessageType type);
/** Element messages so far as lines of text, times included; to be freed. */
gchar *bench_messages(struct bench *bench, const gchar *name);

/** What an auricleclassifier message says. */
struct bench_event {
    gchar kind[8], label[16];
    gint channel;
    gdouble confidence;
    guint64 start, end, decided_at, timestamp, delay;
};

/** FALSE when the bus holds no more. Other messages than the classifier's are a failure. */
gboolean bench_next_event(struct bench *bench, struct bench_event *event);

/** Pushes a little audio, which must fail with an error whose text holds naming. Frees bench. */
void bench_expect_error(struct bench *bench, const gchar *naming);
/** The launch line must fail to start, with an error whose text holds both. */
void bench_expect_no_start(const gchar *launch, const gchar *naming, const gchar *cure);
/** Element index of the array (GValueArray of gdouble) in a message. */
gdouble bench_array_value(const GstStructure *fields, const gchar *name, guint index);

/** channels interleaved, each different: stretches of silence, noise and tone. To be freed. */
gfloat *bench_sound(gsize samples, gint rate, gint channels);
/** One channel of it. To be freed. */
gfloat *bench_channel(const gfloat *sound, gsize samples, gint channels, gint channel);

/** What the engine makes of one channel by itself: [*frames][frame_dim], drained; to be freed. */
gfloat *bench_reference(const gchar *model, const gfloat *samples, gsize count, gint rate,
                        guint *frames, auricle_model_info *info);

/* gst_deinit, so that the leaks tracer can count */
#define BENCH_MAIN(tests)                                                                          \
    int main(int count, char **arguments)                                                          \
    {                                                                                              \
        int failed;                                                                                \
        gst_init(&count, &arguments);                                                              \
        if (count > 1)                                                                             \
            cmocka_set_test_filter(arguments[1]);                                                  \
        failed = cmocka_run_group_tests(tests, NULL, NULL);                                        \
        gst_deinit();                                                                              \
        return failed;                                                                             \
    }

#endif
