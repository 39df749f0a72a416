// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Encoders that share: one model for one file, and with batch-group one group, whose members get
 * the same frames as alone and hold up nobody. */
#define _GNU_SOURCE /* symlink, RTLD_NEXT */
#include "bench.h"

#include "../../plugins/gstauriclebank.h"

#include <dlfcn.h>
#include <errno.h>
#include <gmodule.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 16000, HOP = 160, MEMBERS = 4, CHANNELS = 2 };

/* --- one model for one file --- */

static struct bench *encoder_of(const gchar *path)
{
    struct bench *bench = bench_new("auricleencoder name=encoder model=%s", path);

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    return bench;
}

/* Of the frames of the next 20 ms; the metas hold it. */
static auricle_model *model_heard(struct bench *bench)
{
    const gfloat silence[2 * HOP] = {0};

    bench_push(bench, silence, G_N_ELEMENTS(silence), 0);
    return bench_meta(bench, bench->out->len - 1)->model;
}

static void one_file_is_one_model(void **state)
{
    gchar *folder = g_dir_make_tmp("auricle-XXXXXX", NULL);
    gchar *link = g_build_filename(folder, "link.safetensors", NULL);
    struct bench *first, *same, *linked, *other;

    (void)state;
    assert_int_equal(symlink(bench_model("encoder"), link), 0);
    first = encoder_of(bench_model("encoder"));
    same = encoder_of(bench_model("encoder"));
    linked = encoder_of(link);
    other = encoder_of(bench_model("plain"));
    assert_ptr_equal(model_heard(first), model_heard(same));
    assert_ptr_equal(model_heard(first), model_heard(linked));
    assert_ptr_not_equal(model_heard(first), model_heard(other));
    bench_free(first);
    assert_ptr_equal(model_heard(same), model_heard(linked)); /* in use still */
    bench_free(same);
    bench_free(linked);
    bench_free(other);
    g_unlink(link);
    g_rmdir(folder);
    g_free(link);
    g_free(folder);
}

/* Moves a copy of the model, or of what is none, to the path. */
static void replace(const gchar *path, const gchar *model)
{
    gchar *bytes;
    gsize count;

    assert_true(g_file_get_contents(bench_model(model), &bytes, &count, NULL));
    assert_true(g_file_set_contents(path, bytes, (gssize)count, NULL));
    g_free(bytes);
}

static void a_replaced_file_is_another_model(void **state)
{
    gchar *folder = g_dir_make_tmp("auricle-XXXXXX", NULL);
    gchar *path = g_build_filename(folder, "model.safetensors", NULL), *warning;
    struct bench *swapped, *old, *fresh;
    auricle_model *model;

    (void)state;
    replace(path, "encoder");
    swapped = encoder_of(path);
    old = encoder_of(path);
    model = model_heard(old);
    assert_ptr_equal(model_heard(swapped), model);
    replace(path, "corrupt");
    g_object_set(bench_element(swapped, "encoder"), "model", path, NULL);
    warning = bench_complaint(swapped, GST_MESSAGE_WARNING);
    assert_non_null(warning);
    assert_ptr_equal(model_heard(swapped), model);
    replace(path, "other");
    g_object_set(bench_element(swapped, "encoder"), "model", path, NULL);
    fresh = encoder_of(path);
    assert_ptr_not_equal(model_heard(swapped), model);
    assert_ptr_equal(model_heard(swapped), model_heard(fresh));
    assert_ptr_equal(model_heard(old), model);
    bench_free(swapped);
    bench_free(old);
    bench_free(fresh);
    g_unlink(path);
    g_rmdir(folder);
    g_free(warning);
    g_free(path);
    g_free(folder);
}

/* --- the same frames --- */

/* What one thread feeds: its own stretch of sound, in its own pieces. */
struct feeder {
    struct bench *bench;
    const gfloat *sound;
    gsize samples, piece;
    GstFlowReturn flow;
};

static gpointer feed(gpointer data)
{
    struct feeder *feeder = data;

    for (gsize done = 0; done < feeder->samples && feeder->flow == GST_FLOW_OK;) {
        gsize count = MIN(feeder->piece, feeder->samples - done);
        feeder->flow = bench_push_buffer(
            feeder->bench, bench_buffer(feeder->bench, feeder->sound + done * CHANNELS, count));
        done += count;
    }
    bench_eos(feeder->bench);
    return NULL;
}

static struct bench *member(const gchar *settings, gint channels)
{
    struct bench *bench =
        bench_new("auricleencoder name=encoder model=%s %s", bench_model("encoder"), settings);

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, channels);
    return bench;
}

/* All at the same time, each in a thread. */
static void feed_members(struct feeder *feeders, const gchar *settings, const gfloat *sound)
{
    GThread *threads[MEMBERS];

    for (gint i = 0; i < MEMBERS; i++)
        feeders[i] = (struct feeder){member(settings, CHANNELS), sound + i * RATE * CHANNELS,
                                     RATE * 3 / 2, (gsize[]){160, 320, 77, 1600}[i], GST_FLOW_OK};
    for (gint i = 0; i < MEMBERS; i++)
        threads[i] = g_thread_new("feeder", feed, &feeders[i]);
    for (gint i = 0; i < MEMBERS; i++)
        g_thread_join(threads[i]);
}

static void assert_same_frames(struct bench *bench, struct bench *alone)
{
    gsize dim = (gsize)bench_meta(alone, 0)->info.frame_dim;

    for (guint c = 0; c < CHANNELS; c++) {
        guint got, wanted;
        gfloat *frames = bench_frames(bench, c, &got), *single = bench_frames(alone, c, &wanted);
        assert_int_equal(got, 150);
        assert_int_equal(got, wanted);
        assert_memory_equal(frames, single, got * dim * sizeof *frames);
        g_free(frames);
        g_free(single);
    }
}

static void members_get_the_frames_they_get_alone(void **state)
{
    static const gchar *const settings[] = {"batch-group=calls",
                                            "batch-group=calls batch-wait=1000000"};
    gfloat *sound = bench_sound((MEMBERS + 1) * RATE, RATE, CHANNELS);

    (void)state;
    for (guint s = 0; s < G_N_ELEMENTS(settings); s++) {
        struct feeder grouped[MEMBERS], alone[MEMBERS];
        feed_members(grouped, settings[s], sound);
        feed_members(alone, "", sound);
        for (guint i = 0; i < MEMBERS; i++) {
            assert_int_equal(grouped[i].flow, GST_FLOW_OK);
            bench_assert_one_run(grouped[i].bench, 0, TRUE);
            assert_same_frames(grouped[i].bench, alone[i].bench);
            bench_free(grouped[i].bench);
            bench_free(alone[i].bench);
        }
    }
    g_free(sound);
}

static void channels_are_encoded_together(void **state)
{
    const GstAuricleBankConfig config = {.path = bench_model("encoder")};
    GstAuricleBank *bank = gst_auricle_bank_open(&config, NULL);
    gfloat *sound = bench_sound(RATE, RATE, 6);
    auricle_group_counts counts;
    GstAuricleEncoded encoded;

    (void)state;
    assert_true(gst_auricle_bank_configure(bank, RATE, 6, AURICLE_RESAMPLE_FAST, NULL));
    encoded = gst_auricle_bank_feed(bank, GST_AUDIO_FORMAT_F32, sound, RATE);
    auricle_group_get_counts(bank->group, &counts);
    assert_int_equal(encoded.frames, 100);
    assert_int_equal(counts.frames, 6 * 100);
    assert_int_equal(counts.rounds, 100);
    gst_auricle_block_unref(encoded.block);
    gst_auricle_bank_free(bank);
    g_free(sound);
}

/* --- who is waited for --- */

#define WAITING "batch-group=calls batch-wait=5000000"
enum { WAIT_MS = 5, FRAMES = 30 };

/* While a thread counts its waits, each ends at once: that depends on no machine's speed. */
static _Thread_local struct {
    gboolean counting;
    guint count;
} waits;

typedef int (*TimedWait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

G_MODULE_EXPORT int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                           const struct timespec *until)
{
    if (!waits.counting)
        return ((TimedWait)dlsym(RTLD_NEXT, "pthread_cond_timedwait"))(condition, mutex, until);
    waits.count++;
    return ETIMEDOUT;
}

/* Of FRAMES single frames. */
static guint waits_to_feed(struct bench *bench)
{
    const gfloat silence[FRAMES * HOP] = {0};

    waits.counting = TRUE;
    waits.count = 0;
    bench_push(bench, silence, FRAMES * HOP, HOP);
    waits.counting = FALSE;
    return waits.count;
}

static void assert_waits(struct bench *bench)
{
    assert_int_equal(waits_to_feed(bench), FRAMES);
}

static void assert_goes_on(struct bench *bench)
{
    assert_int_equal(waits_to_feed(bench), 0);
}

static void feed_a_little(struct bench *bench)
{
    const gfloat silence[HOP] = {0};

    bench_push(bench, silence, HOP, 0);
}

static void leave_by_eos(struct bench *bench)
{
    bench_eos(bench);
}

static void leave_by_flush(struct bench *bench)
{
    bench_flush(bench);
}

static void leave_by_caps(struct bench *bench)
{
    bench_format(bench, GST_AUDIO_FORMAT_F32, 8000, 1);
}

static void leave_by_stop(struct bench *bench)
{
    gst_element_set_state(bench_element(bench, "encoder"), GST_STATE_READY);
}

static void leave_by_another_model(struct bench *bench)
{
    g_object_set(bench_element(bench, "encoder"), "model", bench_model("other"), NULL);
    feed_a_little(bench);
}

static void who_has_ended_is_waited_for_no_longer(void **state)
{
    static void (*const leave[])(struct bench *) = {leave_by_eos, leave_by_flush, leave_by_caps,
                                                    leave_by_stop, leave_by_another_model};

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(leave); i++) {
        struct bench *bench = member(WAITING, 1), *gone = member(WAITING, 1);
        assert_goes_on(bench); /* who has not begun is not waited for */
        feed_a_little(gone);
        assert_waits(bench);
        leave[i](gone);
        assert_goes_on(bench);
        bench_free(gone);
        bench_free(bench);
    }
}

static void a_stalled_member_holds_up_nobody(void **state)
{
    struct bench *bench = member("batch-group=calls", 1), *stalled = member("batch-group=calls", 1);

    (void)state;
    feed_a_little(stalled);
    assert_goes_on(bench);
    bench_free(bench);
    bench_free(stalled);
    bench = member(WAITING, 1);
    stalled = member(WAITING, 1);
    feed_a_little(stalled);
    assert_waits(bench); /* and returns */
    bench_free(stalled);
    bench_free(bench);
}

static void groups_are_of_one_name_and_model(void **state)
{
    struct bench *bench = member(WAITING, 1);
    struct bench *elsewhere = member("batch-group=others batch-wait=5000000", 1);
    struct bench *foreign = bench_new("auricleencoder model=%s " WAITING, bench_model("other"));

    (void)state;
    bench_format(foreign, GST_AUDIO_FORMAT_F32, RATE, 1);
    feed_a_little(elsewhere);
    feed_a_little(foreign);
    assert_goes_on(bench);
    bench_free(foreign);
    bench_free(elsewhere);
    bench_free(bench);
}

static void a_swapped_model_finds_the_same_group(void **state)
{
    struct bench *bench = member(WAITING, 1);
    struct bench *swapped =
        bench_new("auricleencoder name=encoder model=%s " WAITING, bench_model("other"));

    (void)state;
    bench_format(swapped, GST_AUDIO_FORMAT_F32, RATE, 1);
    feed_a_little(swapped);
    assert_goes_on(bench);
    g_object_set(bench_element(swapped, "encoder"), "model", bench_model("encoder"), NULL);
    assert_goes_on(bench); /* not before it is fed */
    feed_a_little(swapped);
    assert_waits(bench);
    bench_free(swapped);
    bench_free(bench);
}

/* --- what it says --- */

static void expect_delay(struct bench *bench, guint64 delay)
{
    guint64 told;

    g_object_get(bench_element(bench, "encoder"), "result-delay", &told, NULL);
    assert_int_equal(told, delay);
    if (bench->out->len)
        assert_int_equal(bench_meta(bench, bench->out->len - 1)->result_delay, delay);
}

/* 100 ms at once: eleven frames at a rate that is resampled, each may wait. */
static void the_wait_is_part_of_the_latency(void **state)
{
    gfloat *sound = bench_sound(800 * CHANNELS, 8000, CHANNELS);
    struct bench *bench = bench_new("auricleencoder name=encoder model=%s batch-group=latency "
                                    "batch-wait=2000000",
                                    bench_model("encoder"));
    GstMessage *message;

    (void)state;
    gst_harness_set_upstream_latency(bench->harness, 20 * GST_MSECOND);
    assert_int_equal(gst_harness_query_latency(bench->harness), 22 * GST_MSECOND);
    bench_format(bench, GST_AUDIO_FORMAT_F32, 8000, CHANNELS);
    bench_push(bench, sound, 800, 0);
    assert_int_equal(gst_harness_query_latency(bench->harness), 42 * GST_MSECOND);
    message = bench_message(bench, GST_MESSAGE_LATENCY);
    assert_non_null(message);
    gst_message_unref(message);
    bench_free(bench);
    g_free(sound);
}

static void the_wait_is_part_of_the_result_delay(void **state)
{
    const gfloat silence[4 * HOP] = {0};
    const guint64 wait = WAIT_MS * GST_MSECOND;
    struct bench *bench = member(WAITING, 1);

    (void)state;
    bench_push(bench, silence, HOP, 0);
    expect_delay(bench, BENCH_HOP_NS + wait);
    bench_push(bench, silence, 4 * HOP, 0); /* each of its frames may wait */
    expect_delay(bench, BENCH_HOP_NS + 4 * wait);
    bench_push(bench, silence, HOP, 0);
    expect_delay(bench, BENCH_HOP_NS + 4 * wait);
    bench_free(bench);
    bench = member("batch-wait=5000000", 1); /* without a group, without effect */
    bench_push(bench, silence, 4 * HOP, 0);
    expect_delay(bench, BENCH_HOP_NS);
    bench_free(bench);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_file_is_one_model),
    cmocka_unit_test(a_replaced_file_is_another_model),
    cmocka_unit_test(members_get_the_frames_they_get_alone),
    cmocka_unit_test(channels_are_encoded_together),
    cmocka_unit_test(who_has_ended_is_waited_for_no_longer),
    cmocka_unit_test(a_stalled_member_holds_up_nobody),
    cmocka_unit_test(groups_are_of_one_name_and_model),
    cmocka_unit_test(a_swapped_model_finds_the_same_group),
    cmocka_unit_test(the_wait_is_part_of_the_latency),
    cmocka_unit_test(the_wait_is_part_of_the_result_delay),
};

BENCH_MAIN(tests)
