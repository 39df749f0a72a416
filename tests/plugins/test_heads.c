// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricleclassifier's head and settings: reaching the detector, refused, swapped while playing. */
#include "bench.h"

#include <gmodule.h>
#include <string.h>

enum { RATE = 16000, SECONDS = 5 };

/* The slow setter copies the path it is given; there it waits until it is let go. */
static struct {
    gint armed, held, let_go; /* atomic */
} copying;

G_MODULE_EXPORT gchar *g_strdup(const gchar *text)
{
    if (text && strstr(text, "slow.safetensors") &&
        g_atomic_int_compare_and_exchange(&copying.armed, 1, 0)) {
        g_atomic_int_set(&copying.held, 1);
        while (!g_atomic_int_get(&copying.let_go))
            g_usleep(1000);
    }
    return text ? memcpy(g_malloc(strlen(text) + 1), text, strlen(text) + 1) : NULL;
}

static struct bench *classifier(const gchar *head)
{
    return bench_new("auricleencoder name=encoder model=%s ! "
                     "auricleclassifier name=classifier head=%s",
                     bench_model("encoder"), bench_model(head));
}

/* --- settings --- */

static guint starts_with(const gchar *settings)
{
    gfloat *sound = bench_sound(RATE * SECONDS, RATE, 1);
    struct bench *bench = bench_new("auricleencoder model=%s ! auricleclassifier head=%s %s",
                                    bench_model("encoder"), bench_model("head"), settings);
    struct bench_event event;
    guint starts = 0;

    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE * SECONDS, 0);
    bench_eos(bench);
    while (bench_next_event(bench, &event))
        starts += !strcmp(event.kind, "start");
    bench_free(bench);
    g_free(sound);
    return starts;
}

static void settings_reach_the_detector(void **state)
{
    guint recommended = starts_with("");

    (void)state;
    assert_true(recommended >= 4);
    assert_int_equal(starts_with("min-duration=2000000000"), 0);
    assert_int_equal(starts_with("refractory-time=60000000000"), 2); /* one of each label */
    assert_true(starts_with("smoothing=1 min-duration=10000000 refractory-time=1") >= recommended);
    assert_int_equal(starts_with("post-messages=false"), 0);
}

/* head recommends 0.6 and 0.4 */
static void a_low_threshold_on_needs_no_threshold_off(void **state)
{
    (void)state;
    assert_true(starts_with("threshold-on=0.3") >= 4);
    assert_true(starts_with("threshold-on=0.3 threshold-off=0.2") >= 4);
}

static void impossible_settings_are_refused(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = classifier("head");
    gchar *warning;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE / 2, 0);
    g_object_set(bench_element(bench, "classifier"), "threshold-on", 0.5, "threshold-off", 0.9,
                 NULL);
    bench_push(bench, sound + RATE / 2, RATE / 2, 0);
    warning = bench_complaint(bench, GST_MESSAGE_WARNING);
    assert_non_null(strstr(warning, "threshold_off"));
    g_free(warning);
    bench_free(bench);
    g_free(sound);
}

/* --- heads --- */

static void assert_start_fails(const gchar *settings, const gchar *naming)
{
    gchar *launch = g_strdup_printf("fakesrc ! auricleencoder model=%s ! auricleclassifier %s ! "
                                    "fakesink",
                                    bench_model("encoder"), settings);

    bench_expect_no_start(launch, naming, "head");
    g_free(launch);
}

static void a_bad_head_is_refused_with_reason(void **state)
{
    (void)state;
    assert_start_fails("", "head=");
    assert_start_fails("head=/nowhere/head.safetensors", "/nowhere/head.safetensors");
    bench_expect_error(classifier("corrupt"), "corrupt.safetensors");
    bench_expect_error(classifier("encoder"), "encoder.safetensors");
    bench_expect_error(classifier("foreign"), "foreign.safetensors");
    bench_expect_error(bench_new("auricleclassifier head=%s", bench_model("head")),
                       "auricleencoder");
}

static void a_bad_head_leaves_the_old_one_running(void **state)
{
    static const gchar *const bad[] = {"nowhere", "corrupt", "foreign"};
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = classifier("head");
    struct bench_event event;
    gchar *head;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE / 2, 0);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        gchar *warning;
        g_object_set(bench_element(bench, "classifier"), "head", bench_model(bad[i]), NULL);
        warning = bench_complaint(bench, GST_MESSAGE_WARNING);
        assert_non_null(warning);
        assert_non_null(strstr(warning, bad[i]));
        g_free(warning);
    }
    g_object_get(bench_element(bench, "classifier"), "head", &head, NULL);
    assert_string_equal(head, bench_model("head"));
    bench_push(bench, sound + RATE / 2, RATE / 2, 0);
    assert_true(bench_next_event(bench, &event));
    assert_string_equal(event.label, "noise");
    g_free(head);
    bench_free(bench);
    g_free(sound);
}

/* The encoder's model is swapped first: no results, no error; then the head follows. */
static void model_and_head_are_swapped_one_after_the_other(void **state)
{
    gfloat *sound = bench_sound(RATE * 2, RATE, 1);
    struct bench *bench = classifier("head");
    struct bench_event event;
    gchar *warning;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE / 4, 0);
    g_object_set(bench_element(bench, "encoder"), "model", bench_model("other"), NULL);
    bench_push(bench, sound + RATE / 4, RATE / 4, 400);
    warning = bench_complaint(bench, GST_MESSAGE_WARNING);
    assert_non_null(strstr(warning, "head.safetensors"));
    assert_null(bench_complaint(bench, GST_MESSAGE_WARNING));
    g_object_set(bench_element(bench, "classifier"), "head", bench_model("foreign"), NULL);
    assert_null(bench_complaint(bench, GST_MESSAGE_WARNING));
    bench_push(bench, sound + RATE / 2, RATE * 3 / 2, 0);
    assert_true(bench_next_event(bench, &event));
    g_free(warning);
    bench_free(bench);
    g_free(sound);
}

static void two_classifiers_share_one_encoder(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench =
        bench_new("auricleencoder model=%s ! auricleclassifier head=%s ! "
                  "auricleclassifier head=%s",
                  bench_model("encoder"), bench_model("head"), bench_model("slow"));
    GstAuricleClassMeta *first, *second;
    gpointer state_of = NULL;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE, 0);
    first = gst_buffer_iterate_auricle_class_meta(g_ptr_array_index(bench->out, 0), &state_of);
    second = gst_buffer_iterate_auricle_class_meta(g_ptr_array_index(bench->out, 0), &state_of);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(gst_buffer_iterate_auricle_class_meta(g_ptr_array_index(bench->out, 0), &state_of));
    assert_int_not_equal(first->source, second->source);
    for (guint f = 0; f < 100; f++) {
        gfloat sum = 0;
        for (guint i = 0; i < 3; i++)
            sum += second->posteriors[f * 3 + i];
        assert_float_equal(sum, 1, 1e-5);
    }
    bench_free(bench);
    g_free(sound);
}

/* Names of elements are told, but not kept for as long as the process lives. */
static void names_are_not_kept_for_ever(void **state)
{
    static const gchar name[] = "a-classifier-soon-forgotten";
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = bench_new("auricleencoder model=%s ! auricleclassifier name=%s head=%s",
                                    bench_model("encoder"), name, bench_model("head"));
    gpointer state_of = NULL;
    GstBuffer *kept;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    bench_push(bench, sound, RATE, 0);
    kept = gst_buffer_ref(g_ptr_array_index(bench->out, 0));
    bench_free(bench);
    assert_string_equal(gst_buffer_iterate_auricle_class_meta(kept, &state_of)->source, name);
    assert_int_equal(g_quark_try_string(name), 0);
    gst_buffer_unref(kept);
    g_free(sound);
}

static gpointer set_slow_head(gpointer classifier)
{
    GParamSpec *spec = g_object_class_find_property(G_OBJECT_GET_CLASS(classifier), "head");
    GValue value = G_VALUE_INIT;

    g_value_init(&value, G_TYPE_STRING);
    g_value_set_string(&value, bench_model("slow"));
    g_atomic_int_set(&copying.armed, 1);
    G_OBJECT_GET_CLASS(classifier)->set_property(classifier, spec->param_id, &value, spec);
    g_value_unset(&value);
    return NULL;
}

static gint window_of_last(struct bench *bench)
{
    GstBuffer *last = g_ptr_array_index(bench->out, bench->out->len - 1);
    gpointer state_of = NULL;
    auricle_head_info info;

    auricle_head_get_info(gst_buffer_iterate_auricle_class_meta(last, &state_of)->head, &info);
    return info.window_frames;
}

/* The setter saw no frames yet; when it stores the path, the old head is already adopted. */
static void a_head_set_while_the_first_frames_are_adopted_runs(void **state)
{
    gfloat *sound = bench_sound(RATE, RATE, 1);
    struct bench *bench = classifier("head");
    GThread *setter;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, RATE, 1);
    setter = g_thread_new("setter", set_slow_head, bench_element(bench, "classifier"));
    while (!g_atomic_int_get(&copying.held))
        g_usleep(1000);
    bench_push(bench, sound, 1600, 0);
    assert_int_equal(window_of_last(bench), 1);
    g_atomic_int_set(&copying.let_go, 1);
    g_thread_join(setter);
    bench_push(bench, sound + 1600, 1600, 0);
    assert_int_equal(window_of_last(bench), 30);
    bench_free(bench);
    g_free(sound);
}

/* From another thread, while audio streams: nothing stalls, nothing breaks. */
static void everything_changes_while_playing(void **state)
{
    static const gchar *const models[] = {"encoder", "other", "nowhere"};
    static const gchar *const heads[] = {"head", "foreign", "slow", "corrupt"};
    GstElement *pipeline, *encoder, *classifier;
    GstBus *bus;
    GstMessage *message;
    gchar *launch = g_strdup_printf(
        "audiotestsrc num-buffers=20000 wave=ticks samplesperbuffer=160 ! "
        "audio/x-raw,rate=48000,channels=2 ! auricleencoder name=encoder model=%s ! "
        "auriclepredictor ! auricleclassifier name=classifier head=%s ! fakesink",
        bench_model("encoder"), bench_model("head"));

    (void)state;
    pipeline = gst_parse_launch(launch, NULL);
    encoder = gst_bin_get_by_name(GST_BIN(pipeline), "encoder");
    classifier = gst_bin_get_by_name(GST_BIN(pipeline), "classifier");
    bus = gst_element_get_bus(pipeline);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    gst_element_get_state(pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
    for (guint i = 0; i < 60; i++) {
        g_object_set(encoder, "model", bench_model(models[i % 3]), "resample", (gint)(i / 3 % 3),
                     "post-messages", i % 2 == 0, NULL);
        g_object_set(classifier, "head", bench_model(heads[i % 4]), "threshold-on",
                     0.5 + i % 5 * 0.1, "interval", (guint64)(1 + i) * 10000000, NULL);
    }
    message =
        gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    assert_non_null(message);
    assert_int_equal(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_message_unref(message);
    gst_object_unref(bus);
    gst_object_unref(encoder);
    gst_object_unref(classifier);
    gst_object_unref(pipeline);
    g_free(launch);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(settings_reach_the_detector),
    cmocka_unit_test(a_low_threshold_on_needs_no_threshold_off),
    cmocka_unit_test(impossible_settings_are_refused),
    cmocka_unit_test(a_bad_head_is_refused_with_reason),
    cmocka_unit_test(a_bad_head_leaves_the_old_one_running),
    cmocka_unit_test(model_and_head_are_swapped_one_after_the_other),
    cmocka_unit_test(two_classifiers_share_one_encoder),
    cmocka_unit_test(names_are_not_kept_for_ever),
    cmocka_unit_test(a_head_set_while_the_first_frames_are_adopted_runs),
    cmocka_unit_test(everything_changes_while_playing),
};

BENCH_MAIN(tests)
