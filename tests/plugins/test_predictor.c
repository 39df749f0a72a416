// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auriclepredictor: the numbers are the engine's, per channel, told in level's shape. */
#include "bench.h"

#include <auricle/stream.h>
#include <math.h>
#include <string.h>

enum { HOP_NS = 10000000, SAMPLES = 16000 * 3 };

static struct bench *predictor(const gchar *model)
{
    return bench_new("auricleencoder name=encoder model=%s ! auriclepredictor name=predictor",
                     bench_model(model));
}

/* [frames][fields] of one channel by the engine alone; to be freed. */
static gfloat *reference(const gfloat *samples, gsize count, gint rate, guint *frames)
{
    auricle_model_info info;
    gfloat *vectors = bench_reference(bench_model("encoder"), samples, count, rate, frames, &info);
    gfloat *all = g_new(gfloat, *frames * (gsize)GST_AURICLE_SURPRISE_FIELDS);
    auricle_model *model;
    auricle_predictor *engine;

    assert_int_equal(auricle_model_open(bench_model("encoder"), &model, NULL), AURICLE_OK);
    assert_int_equal(auricle_predictor_create(model, NULL, &engine, NULL), AURICLE_OK);
    for (guint f = 0; f < *frames; f++) {
        auricle_surprise surprise;
        gfloat *out = all + f * (gsize)GST_AURICLE_SURPRISE_FIELDS;
        auricle_predictor_step(engine, vectors + f * (gsize)info.frame_dim, &surprise);
        out[GST_AURICLE_SURPRISE] = surprise.surprise;
        out[GST_AURICLE_FUTURE_ERROR] = surprise.future_error;
        out[GST_AURICLE_FEATURE_ERROR] = surprise.feature_error;
        out[GST_AURICLE_MASKED_ERROR] = surprise.masked_error;
    }
    auricle_predictor_destroy(&engine);
    auricle_model_unref(&model);
    g_free(vectors);
    return all;
}

/* [frames][fields] of one channel as they came out; to be freed. */
static gfloat *surprises(struct bench *bench, guint channel, guint *frames)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(gfloat));

    for (guint i = 0; i < bench->out->len; i++) {
        GstAuricleSurpriseMeta *meta =
            gst_buffer_get_auricle_surprise_meta(g_ptr_array_index(bench->out, i));
        if (meta)
            g_array_append_vals(all, gst_auricle_surprise_meta_frame(meta, channel, 0),
                                meta->frames * GST_AURICLE_SURPRISE_FIELDS);
    }
    *frames = all->len / GST_AURICLE_SURPRISE_FIELDS;
    return (gfloat *)(gpointer)g_array_free(all, FALSE);
}

static void numbers_are_the_engines(void **state)
{
    gfloat *sound = bench_sound(SAMPLES, 16000, 3);
    struct bench *bench = predictor("encoder");

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 3);
    bench_push(bench, sound, SAMPLES, -1);
    bench_eos(bench);
    for (gint c = 0; c < 3; c++) {
        gfloat *one = bench_channel(sound, SAMPLES, 3, c), *expected, *got;
        guint expected_count, got_count;
        gfloat moved = 0;

        expected = reference(one, SAMPLES, 16000, &expected_count);
        got = surprises(bench, (guint)c, &got_count);
        assert_int_equal(got_count, expected_count);
        assert_memory_equal(got, expected, expected_count * 4 * sizeof *got);
        for (guint f = 0; f < got_count; f++)
            moved = MAX(moved, got[f * 4]);
        assert_true(moved > 0.5f); /* something was surprising */
        g_free(one);
        g_free(expected);
        g_free(got);
    }
    bench_free(bench);
    g_free(sound);
}

static gdouble mean_of(const gfloat *all, guint field, guint from, guint until, gdouble *max)
{
    gdouble sum = 0;
    guint count = 0;

    *max = -INFINITY;
    for (guint f = from; f < until; f++) {
        gdouble value = (gdouble)all[f * 4 + field];
        if (isnan(value))
            continue;
        sum += value;
        count++;
        *max = MAX(*max, value);
    }
    return count ? sum / count : (gdouble)NAN;
}

static void assert_same(gdouble got, gdouble expected)
{
    if (isnan(expected))
        assert_true(isnan(got));
    else
        assert_float_equal(got, expected, 1e-9);
}

static void messages_are_means_over_the_interval(void **state)
{
    static const gchar *const names[] = {"surprise", "future-error", "feature-error",
                                         "masked-error"};
    gfloat *sound = bench_sound(SAMPLES, 16000, 2);
    struct bench *bench = predictor("encoder");
    GstMessage *message;
    guint from = 0, frames = 0;

    (void)state;
    g_object_set(bench_element(bench, "predictor"), "interval", 250 * GST_MSECOND, NULL);
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 2);
    bench_push(bench, sound, SAMPLES - 1000, 999);
    bench_eos(bench);
    while ((message = bench_message(bench, GST_MESSAGE_ELEMENT))) {
        const GstStructure *fields = gst_message_get_structure(message);
        guint64 timestamp, duration;
        guint until;

        assert_true(gst_structure_has_name(fields, "auriclepredictor"));
        assert_true(gst_structure_get_uint64(fields, "timestamp", &timestamp));
        assert_true(gst_structure_get_uint64(fields, "duration", &duration));
        assert_int_equal(timestamp, from * (guint64)HOP_NS);
        until = from + (guint)(duration / HOP_NS);
        for (guint c = 0; c < 2; c++) {
            gfloat *all = surprises(bench, c, &frames);
            gdouble max;
            for (guint i = 0; i < 4; i++)
                assert_same(bench_array_value(fields, names[i], c),
                            mean_of(all, i, from, until, &max));
            mean_of(all, GST_AURICLE_SURPRISE, from, until, &max);
            assert_same(bench_array_value(fields, "surprise-max", c), max);
            g_free(all);
        }
        assert_true(until - from == 25 || until == frames);
        from = until;
        gst_message_unref(message);
    }
    assert_int_equal(from, frames); /* the last partial interval was told too */
    bench_free(bench);
    g_free(sound);
}

static gchar *messages_when_cut(gint piece)
{
    gfloat *sound = bench_sound(SAMPLES, 16000, 2);
    struct bench *bench = predictor("encoder");
    gchar *messages;

    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 2);
    bench_push(bench, sound, SAMPLES, piece);
    bench_eos(bench);
    messages = bench_messages(bench, "auriclepredictor");
    bench_free(bench);
    g_free(sound);
    return messages;
}

static void messages_do_not_depend_on_the_cut(void **state)
{
    gchar *whole = messages_when_cut(0), *cut = messages_when_cut(-1);

    (void)state;
    assert_true(strlen(whole) > 1000);
    assert_string_equal(whole, cut);
    g_free(whole);
    g_free(cut);
}

static void nothing_is_posted_when_told_so(void **state)
{
    gfloat *sound = bench_sound(SAMPLES, 16000, 1);
    struct bench *bench = predictor("encoder");

    (void)state;
    g_object_set(bench_element(bench, "predictor"), "post-messages", FALSE, NULL);
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, SAMPLES, 0);
    bench_eos(bench);
    assert_null(bench_message(bench, GST_MESSAGE_ELEMENT));
    bench_free(bench);
    g_free(sound);
}

/* --- what is upstream --- */

static void without_an_encoder_it_says_so(void **state)
{
    (void)state;
    bench_expect_error(bench_new("auriclepredictor"), "auricleencoder");
}

static void a_model_without_predictors_is_refused(void **state)
{
    (void)state;
    bench_expect_error(predictor("plain"), "no predictors");
}

static void frames_of_another_model_are_refused(void **state)
{
    (void)state;
    bench_expect_error(bench_new("auricleencoder model=%s ! auriclepredictor model=%s",
                                 bench_model("encoder"), bench_model("other")),
                       "other.safetensors");
}

static void the_right_model_is_agreed_with(void **state)
{
    gfloat *sound = bench_sound(1600, 16000, 1);
    struct bench *bench = bench_new("auricleencoder model=%s ! auriclepredictor model=%s",
                                    bench_model("encoder"), bench_model("encoder"));

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1600, 0);
    bench_free(bench);
    g_free(sound);
}

static void it_follows_a_new_model(void **state)
{
    gfloat *sound = bench_sound(3200, 16000, 1);
    struct bench *bench = predictor("encoder");
    guint frames;
    gfloat *all;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1600, 0);
    g_object_set(bench_element(bench, "encoder"), "model", bench_model("other"), NULL);
    bench_push(bench, sound + 1600, 1600, 0);
    bench_eos(bench);
    all = surprises(bench, 0, &frames);
    assert_int_equal(frames, 20);
    assert_true(isnan(all[10 * 4 + GST_AURICLE_FUTURE_ERROR])); /* a fresh history */
    assert_false(isnan(all[19 * 4 + GST_AURICLE_FUTURE_ERROR]));
    assert_null(bench_complaint(bench, GST_MESSAGE_WARNING));
    g_free(all);
    bench_free(bench);
    g_free(sound);
}

static void without_predictors_later_it_waits(void **state)
{
    gfloat *sound = bench_sound(4800, 16000, 1);
    struct bench *bench = predictor("encoder");
    gchar *warning;
    guint frames;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1600, 0);
    g_object_set(bench_element(bench, "encoder"), "model", bench_model("plain"), NULL);
    bench_push(bench, sound + 1600, 1600, 400);
    warning = bench_complaint(bench, GST_MESSAGE_WARNING);
    assert_non_null(strstr(warning, "no predictors"));
    assert_null(bench_complaint(bench, GST_MESSAGE_WARNING)); /* once */
    g_object_set(bench_element(bench, "encoder"), "model", bench_model("encoder"), NULL);
    bench_push(bench, sound + 3200, 1600, 0);
    bench_eos(bench);
    g_free(surprises(bench, 0, &frames));
    assert_int_equal(frames, 20);
    g_free(warning);
    bench_free(bench);
    g_free(sound);
}

static void a_flush_starts_history_anew(void **state)
{
    gfloat *sound = bench_sound(16000, 16000, 1), *all;
    struct bench *bench = predictor("encoder");
    guint frames;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 16000, 0);
    bench_flush(bench);
    bench_segment(bench, 0);
    bench_clear(bench);
    bench_push(bench, sound, 1600, 0);
    all = surprises(bench, 0, &frames);
    assert_int_equal(frames, 10);
    assert_true(isnan(all[GST_AURICLE_FUTURE_ERROR]));
    g_free(all);
    bench_free(bench);
    g_free(sound);
}

static void a_discontinuity_starts_history_anew(void **state)
{
    gfloat *sound = bench_sound(16000, 16000, 1), *all;
    struct bench *bench = predictor("encoder");
    guint frames;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 16000, 0);
    bench->samples = 0; /* the next buffer is flagged */
    bench->pts = 5 * GST_SECOND;
    bench_push(bench, sound, 1600, 0);
    all = surprises(bench, 0, &frames);
    assert_int_equal(frames, 110);
    assert_false(isnan(all[99 * 4 + GST_AURICLE_FUTURE_ERROR]));
    assert_true(isnan(all[100 * 4 + GST_AURICLE_FUTURE_ERROR]));
    g_free(all);
    bench_free(bench);
    g_free(sound);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(numbers_are_the_engines),
    cmocka_unit_test(messages_are_means_over_the_interval),
    cmocka_unit_test(messages_do_not_depend_on_the_cut),
    cmocka_unit_test(nothing_is_posted_when_told_so),
    cmocka_unit_test(without_an_encoder_it_says_so),
    cmocka_unit_test(a_model_without_predictors_is_refused),
    cmocka_unit_test(frames_of_another_model_are_refused),
    cmocka_unit_test(the_right_model_is_agreed_with),
    cmocka_unit_test(it_follows_a_new_model),
    cmocka_unit_test(without_predictors_later_it_waits),
    cmocka_unit_test(a_flush_starts_history_anew),
    cmocka_unit_test(a_discontinuity_starts_history_anew),
};

BENCH_MAIN(tests)
