// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricleencoder: the frames are the engine's, their times are the audio's, the audio is
 * untouched.
 */
#include "bench.h"

#include <math.h>
#include <string.h>

static struct bench *encoder(const gchar *model)
{
    return bench_new("auricleencoder name=encoder model=%s", bench_model(model));
}

/* --- frames and times --- */

struct shape {
    GstAudioFormat format;
    gint rate, channels, piece;
};

static gfloat *as_heard(const gfloat *sound, gsize count, gint channels, gint channel,
                        GstAudioFormat format)
{
    gfloat *one = bench_channel(sound, count, channels, channel);

    for (gsize i = 0; i < count && format == GST_AUDIO_FORMAT_S16; i++)
        one[i] = (gfloat)lrintf(one[i] * 32767.0f) / 32768.0f;
    return one;
}

static void assert_frames_are_the_engines(struct bench *bench, const gfloat *sound, gsize count,
                                          const struct shape *shape)
{
    for (gint c = 0; c < shape->channels; c++) {
        auricle_model_info info;
        guint expected, got;
        gfloat *one = as_heard(sound, count, shape->channels, c, shape->format);
        gfloat *reference =
            bench_reference(bench_model("encoder"), one, count, shape->rate, &expected, &info);
        gfloat *frames = bench_frames(bench, (guint)c, &got);

        assert_int_equal(got, expected);
        assert_memory_equal(frames, reference, expected * (gsize)info.frame_dim * sizeof *frames);
        g_free(one);
        g_free(reference);
        g_free(frames);
    }
}

static void encode_shape(const struct shape *shape)
{
    gsize count = (gsize)shape->rate * (shape->piece == 1 ? 1 : 4) / 3;
    gfloat *sound = bench_sound(count, shape->rate, shape->channels);
    struct bench *bench = encoder("encoder");

    bench->pts = 1234567891;
    bench_format(bench, shape->format, shape->rate, shape->channels);
    bench_push(bench, sound, count, shape->piece);
    bench_eos(bench);
    bench_assert_one_run(bench, 1234567891, TRUE);
    assert_frames_are_the_engines(bench, sound, count, shape);
    bench_free(bench);
    g_free(sound);
}

static void frames_are_the_engines_for_every_shape_of_audio(void **state)
{
    static const struct shape shapes[] = {
        {GST_AUDIO_FORMAT_F32, 16000, 1, 1},   {GST_AUDIO_FORMAT_F32, 16000, 2, -1},
        {GST_AUDIO_FORMAT_S16, 16000, 1, 333}, {GST_AUDIO_FORMAT_F32, 8000, 1, -1},
        {GST_AUDIO_FORMAT_S16, 8000, 2, 160},  {GST_AUDIO_FORMAT_F32, 44100, 1, 0},
        {GST_AUDIO_FORMAT_S16, 44100, 6, -1},  {GST_AUDIO_FORMAT_F32, 48000, 6, 4801},
        {GST_AUDIO_FORMAT_S16, 48000, 1, 1},   {GST_AUDIO_FORMAT_F32, 11025, 2, 77},
    };

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(shapes); i++)
        encode_shape(&shapes[i]);
}

static void ten_seconds_in_one_buffer(void **state)
{
    const struct shape shape = {GST_AUDIO_FORMAT_F32, 48000, 2, 0};
    gfloat *sound = bench_sound(480000, 48000, 2);
    struct bench *bench = encoder("encoder");

    (void)state;
    bench_format(bench, shape.format, shape.rate, shape.channels);
    bench_push(bench, sound, 480000, 0);
    bench_eos(bench);
    assert_int_equal(bench->out->len, 2);
    bench_assert_one_run(bench, 0, TRUE);
    assert_frames_are_the_engines(bench, sound, 480000, &shape);
    bench_free(bench);
    g_free(sound);
}

static void stereo_is_two_monos(void **state)
{
    gsize count = 44100;
    gfloat *sound = bench_sound(count, 44100, 2);
    struct bench *stereo = encoder("encoder");

    (void)state;
    bench_format(stereo, GST_AUDIO_FORMAT_F32, 44100, 2);
    bench_push(stereo, sound, count, 1000);
    for (gint c = 0; c < 2; c++) {
        gfloat *one = bench_channel(sound, count, 2, c), *mono_frames, *stereo_frames;
        struct bench *mono = encoder("encoder");
        guint mono_count, stereo_count;

        bench_format(mono, GST_AUDIO_FORMAT_F32, 44100, 1);
        bench_push(mono, one, count, 641);
        mono_frames = bench_frames(mono, 0, &mono_count);
        stereo_frames = bench_frames(stereo, (guint)c, &stereo_count);
        assert_int_equal(mono_count, stereo_count);
        assert_memory_equal(mono_frames, stereo_frames,
                            mono_count * (gsize)bench_meta(mono, 0)->info.frame_dim *
                                sizeof(gfloat));
        bench_free(mono);
        g_free(one);
        g_free(mono_frames);
        g_free(stereo_frames);
    }
    bench_free(stereo);
    g_free(sound);
}

/* --- the audio --- */

static void audio_passes_unchanged_and_shared(void **state)
{
    gfloat *sound = bench_sound(800, 16000, 1);
    struct bench *bench = encoder("encoder");
    GstBuffer *in, *out;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    in = bench_buffer(bench, sound, 800);
    bench_push_buffer(bench, gst_buffer_ref(in)); /* ours too: not writable on its way */
    out = g_ptr_array_index(bench->out, 0);
    assert_ptr_not_equal(in, out);
    assert_ptr_equal(gst_buffer_peek_memory(in, 0), gst_buffer_peek_memory(out, 0));
    assert_null(gst_buffer_get_auricle_frame_meta(in));
    assert_int_equal(gst_buffer_memcmp(out, 0, sound, 800 * sizeof *sound), 0);
    assert_int_equal(GST_BUFFER_PTS(out), GST_BUFFER_PTS(in));
    assert_int_equal(GST_BUFFER_DURATION(out), GST_BUFFER_DURATION(in));
    gst_buffer_unref(in);
    bench_free(bench);
    g_free(sound);
}

static void latency_stays_as_it_was(void **state)
{
    struct bench *bench = encoder("encoder");
    guint64 delay;

    (void)state;
    gst_harness_set_upstream_latency(bench->harness, 20000000);
    bench_format(bench, GST_AUDIO_FORMAT_F32, 48000, 1);
    assert_int_equal(gst_harness_query_latency(bench->harness), 20000000);
    g_object_get(bench_element(bench, "encoder"), "result-delay", &delay, NULL);
    assert_true(delay >= BENCH_HOP_NS && delay < 100000000); /* the hop and what resampling takes */
    bench_free(bench);
}

static gboolean accepts(struct bench *bench, const gchar *description)
{
    GstPad *pad = gst_element_get_static_pad(bench->harness->element, "sink");
    GstCaps *caps = gst_caps_from_string(description);
    gboolean accepted = gst_pad_query_accept_caps(pad, caps);

    gst_caps_unref(caps);
    gst_object_unref(pad);
    return accepted;
}

static void caps_say_what_it_takes(void **state)
{
    static const gchar *const taken[] = {
        "audio/x-raw,format=F32LE,layout=interleaved,rate=8000,channels=1",
        "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2,channel-mask=(bitmask)3",
    };
    static const gchar *const refused[] = {
        "audio/x-raw,format=F32LE,layout=interleaved,rate=7999,channels=1",
        "audio/x-raw,format=F32LE,layout=interleaved,rate=48001,channels=1",
        "audio/x-raw,format=F32LE,layout=non-interleaved,rate=16000,channels=1",
        "audio/x-raw,format=F64LE,layout=interleaved,rate=16000,channels=1",
        "audio/x-raw,format=F32BE,layout=interleaved,rate=16000,channels=1",
        "audio/x-mulaw,rate=8000,channels=1",
    };
    struct bench *bench = encoder("encoder");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(taken); i++)
        assert_true(accepts(bench, taken[i]));
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++)
        assert_false(accepts(bench, refused[i]));
    bench_free(bench);
}

/* --- metas --- */

static void metas_are_copied_with_the_whole_and_the_end(void **state)
{
    gfloat *sound = bench_sound(1600, 16000, 1);
    struct bench *bench = encoder("encoder");
    GstBuffer *whole, *start, *end;
    GstAuricleFrameMeta *meta;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1600, 0);
    meta = bench_meta(bench, 0);
    assert_int_equal(meta->frames, 10);
    whole = gst_buffer_copy(g_ptr_array_index(bench->out, 0));
    start = gst_buffer_copy_region(whole, GST_BUFFER_COPY_ALL, 0, 3200);
    end = gst_buffer_copy_region(whole, GST_BUFFER_COPY_ALL, 3200, (gsize)-1);
    assert_ptr_equal(gst_buffer_get_auricle_frame_meta(whole)->data, meta->data);
    assert_null(gst_buffer_get_auricle_frame_meta(start));
    assert_int_equal(gst_buffer_get_auricle_frame_meta(end)->frames, 10);
    gst_buffer_unref(whole);
    gst_buffer_unref(start);
    gst_buffer_unref(end);
    bench_free(bench);
    g_free(sound);
}

static guint frame_metas(GstBuffer *buffer)
{
    return gst_buffer_get_n_meta(buffer, g_type_from_name(GST_AURICLE_FRAME_META_API_NAME));
}

static void a_second_encoder_replaces_the_frames(void **state)
{
    gfloat *sound = bench_sound(1600, 16000, 1);
    struct bench *bench = bench_new("auricleencoder model=%s ! auricleencoder model=%s",
                                    bench_model("encoder"), bench_model("other"));
    struct bench *alone = encoder("other");

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_format(alone, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1600, 0);
    bench_push(alone, sound, 1600, 0);
    bench_eos(bench);
    assert_int_equal(bench->out->len, 2); /* one carrier, not two */
    assert_int_equal(frame_metas(g_ptr_array_index(bench->out, 0)), 1);
    assert_string_equal(bench_meta(bench, 0)->info.content_hash,
                        bench_meta(alone, 0)->info.content_hash);
    assert_memory_equal(bench_meta(bench, 0)->data, bench_meta(alone, 0)->data,
                        10 * sizeof(gfloat));
    bench_free(bench);
    bench_free(alone);
    g_free(sound);
}

/* --- bad input --- */

static void bad_samples_are_silence_and_one_warning(void **state)
{
    const gfloat bad[] = {NAN, INFINITY, -INFINITY, 1000.0f};
    gfloat *sound = bench_sound(3200, 16000, 2), *clean = bench_sound(3200, 16000, 2);
    struct bench *bench = encoder("encoder"), *zeros = encoder("encoder");
    gchar *warning;

    (void)state;
    for (guint i = 0; i < 4; i++) {
        sound[600 + 100 * i + 1] = bad[i]; /* channel 1 */
        clean[600 + 100 * i + 1] = 0;
    }
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 2);
    bench_format(zeros, GST_AUDIO_FORMAT_F32, 16000, 2);
    bench_push(bench, sound, 3200, 400);
    bench_push(zeros, clean, 3200, 0);
    for (guint c = 0; c < 2; c++) {
        guint got, expected;
        gfloat *frames = bench_frames(bench, c, &got), *wanted = bench_frames(zeros, c, &expected);
        assert_int_equal(got, expected);
        assert_memory_equal(frames, wanted,
                            got * (gsize)bench_meta(bench, 0)->info.frame_dim * sizeof(gfloat));
        g_free(frames);
        g_free(wanted);
    }
    warning = bench_complaint(bench, GST_MESSAGE_WARNING);
    assert_non_null(strstr(warning, "Channel 1"));
    assert_non_null(strstr(warning, "audioconvert"));
    assert_null(bench_complaint(bench, GST_MESSAGE_WARNING));
    g_free(warning);
    bench_free(bench);
    bench_free(zeros);
    g_free(sound);
    g_free(clean);
}

static void a_bad_model_is_refused_with_reason(void **state)
{
    gchar *launch;

    (void)state;
    bench_expect_no_start("fakesrc ! auricleencoder ! fakesink", "model", "model=");
    bench_expect_no_start("fakesrc ! auricleencoder model=/nowhere/x.safetensors ! fakesink",
                          "/nowhere/x.safetensors", "");
    launch =
        g_strdup_printf("fakesrc ! auricleencoder model=%s ! fakesink", bench_model("corrupt"));
    bench_expect_no_start(launch, "corrupt.safetensors", "");
    g_free(launch);
    launch = g_strdup_printf("fakesrc ! auricleencoder model=%s ! fakesink", bench_model("head"));
    bench_expect_no_start(launch, "head.safetensors", "");
    g_free(launch);
}

/* --- while playing --- */

static void a_new_model_takes_over_at_the_next_buffer(void **state)
{
    gfloat *sound = bench_sound(3200, 16000, 1);
    struct bench *bench = encoder("encoder"), *fresh = encoder("other");
    gint frame_dim;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_format(fresh, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1700, 0);
    g_object_set(bench_element(bench, "encoder"), "model", bench_model("other"), NULL);
    bench_push(bench, sound + 1700, 1500, 0);
    bench_push(fresh, sound + 1700, 1500, 0);
    assert_int_equal(bench->out->len, 3); /* the old model's last frames between the buffers */
    assert_int_equal(bench_meta(bench, 1)->flags, GST_AURICLE_FRAMES_RUN_END);
    assert_int_equal(bench_meta(bench, 2)->flags, GST_AURICLE_FRAMES_RUN_START);
    assert_int_equal(bench_meta(bench, 2)->pts, 1700 * GST_SECOND / 16000);
    assert_int_equal(bench_meta(bench, 2)->frames, bench_meta(fresh, 0)->frames);
    assert_memory_equal(bench_meta(bench, 2)->data, bench_meta(fresh, 0)->data,
                        9 * (gsize)bench_meta(fresh, 0)->info.frame_dim * sizeof(gfloat));
    g_object_get(bench_element(bench, "encoder"), "frame-dim", &frame_dim, NULL);
    assert_int_equal(frame_dim, bench_meta(fresh, 0)->info.frame_dim);
    bench_free(bench);
    bench_free(fresh);
    g_free(sound);
}

static void a_bad_model_leaves_the_old_one_running(void **state)
{
    static const gchar *const bad[] = {"nowhere", "corrupt"};
    gfloat *sound = bench_sound(3200, 16000, 1);
    struct bench *bench = encoder("encoder");
    gchar *model;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 1600, 0);
    for (guint i = 0; i < 2; i++) {
        gchar *warning;
        g_object_set(bench_element(bench, "encoder"), "model", bench_model(bad[i]), NULL);
        warning = bench_complaint(bench, GST_MESSAGE_WARNING);
        assert_non_null(strstr(warning, bad[i]));
        g_free(warning);
    }
    g_object_get(bench_element(bench, "encoder"), "model", &model, NULL);
    assert_string_equal(model, bench_model("encoder"));
    bench_push(bench, sound + 1600, 1600, 0);
    bench_assert_one_run(bench, 0, FALSE);
    g_free(model);
    bench_free(bench);
    g_free(sound);
}

static void resampling_quality_changes_while_playing(void **state)
{
    gfloat *sound = bench_sound(9600, 48000, 1);
    struct bench *bench = encoder("encoder");
    guint64 fast, best;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 48000, 1);
    bench_push(bench, sound, 4800, 0);
    g_object_get(bench_element(bench, "encoder"), "result-delay", &fast, NULL);
    gst_util_set_object_arg(G_OBJECT(bench_element(bench, "encoder")), "resample", "best");
    bench_push(bench, sound + 4800, 4800, 0);
    g_object_get(bench_element(bench, "encoder"), "result-delay", &best, NULL);
    assert_true(best > fast);
    assert_int_equal(bench_count_flag(bench, GST_AURICLE_FRAMES_RUN_START), 2);
    bench_free(bench);
    g_free(sound);
}

/* --- messages --- */

static gdouble mean_norm(struct bench *bench, guint channel, guint from, guint until)
{
    guint frames;
    auricle_model_info info = bench_meta(bench, 0)->info;
    gfloat *all = bench_frames(bench, channel, &frames);
    gdouble mean = 0;

    for (guint f = from; f < until; f++) {
        const gfloat *vector = all + f * (gsize)info.frame_dim + info.embedding_offset;
        gdouble sum = 0;
        for (gint i = 0; i < info.embedding_dim; i++)
            sum += (gdouble)vector[i] * (gdouble)vector[i];
        mean += sqrt(sum) / (until - from);
    }
    g_free(all);
    return mean;
}

static guint64 time_field(const GstStructure *fields, const gchar *name)
{
    guint64 time;
    assert_true(gst_structure_get_uint64(fields, name, &time));
    return time;
}

static void messages_have_levels_shape(void **state)
{
    static const guint lasts[] = {5, 5, 3}; /* frames: 50 ms each, then what is left at the end */
    gfloat *sound = bench_sound(2080, 16000, 2);
    struct bench *bench = bench_new("auricleencoder model=%s post-messages=true interval=50000000",
                                    bench_model("encoder"));
    guint from = 0;

    (void)state;
    bench->pts = 7 * GST_SECOND;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 2);
    bench_push(bench, sound, 2080, 333);
    bench_eos(bench);
    for (guint i = 0; i < 3; i++) {
        GstMessage *message = bench_message(bench, GST_MESSAGE_ELEMENT);
        const GstStructure *fields = gst_message_get_structure(message);
        guint64 start = 7 * GST_SECOND + from * BENCH_HOP_NS, duration = lasts[i] * BENCH_HOP_NS;

        assert_true(gst_structure_has_name(fields, "auricleencoder"));
        assert_int_equal(time_field(fields, "timestamp"), start);
        assert_int_equal(time_field(fields, "stream-time"), start);
        assert_int_equal(time_field(fields, "running-time"), start);
        assert_int_equal(time_field(fields, "duration"), duration);
        assert_int_equal(time_field(fields, "endtime"), start + duration);
        assert_int_equal(time_field(fields, "result-delay"), BENCH_HOP_NS);
        for (guint c = 0; c < 2; c++)
            assert_float_equal(bench_array_value(fields, "norm", c),
                               mean_norm(bench, c, from, from + lasts[i]), 1e-9);
        from += lasts[i];
        gst_message_unref(message);
    }
    assert_null(bench_message(bench, GST_MESSAGE_ELEMENT));
    bench_free(bench);
    g_free(sound);
}

static void messages_are_off_unless_asked_for(void **state)
{
    gfloat *sound = bench_sound(16000, 16000, 1);
    struct bench *bench = encoder("encoder");
    GstMessage *message;

    (void)state;
    bench_format(bench, GST_AUDIO_FORMAT_F32, 16000, 1);
    bench_push(bench, sound, 16000, 0);
    assert_null(bench_message(bench, GST_MESSAGE_ELEMENT));
    g_object_set(bench_element(bench, "encoder"), "post-messages", TRUE, NULL);
    bench_push(bench, sound, 16000, 0);
    message = bench_message(bench, GST_MESSAGE_ELEMENT);
    assert_non_null(message);
    gst_message_unref(message);
    bench_free(bench);
    g_free(sound);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(frames_are_the_engines_for_every_shape_of_audio),
    cmocka_unit_test(ten_seconds_in_one_buffer),
    cmocka_unit_test(stereo_is_two_monos),
    cmocka_unit_test(audio_passes_unchanged_and_shared),
    cmocka_unit_test(latency_stays_as_it_was),
    cmocka_unit_test(caps_say_what_it_takes),
    cmocka_unit_test(metas_are_copied_with_the_whole_and_the_end),
    cmocka_unit_test(a_second_encoder_replaces_the_frames),
    cmocka_unit_test(bad_samples_are_silence_and_one_warning),
    cmocka_unit_test(a_bad_model_is_refused_with_reason),
    cmocka_unit_test(a_new_model_takes_over_at_the_next_buffer),
    cmocka_unit_test(a_bad_model_leaves_the_old_one_running),
    cmocka_unit_test(resampling_quality_changes_while_playing),
    cmocka_unit_test(messages_have_levels_shape),
    cmocka_unit_test(messages_are_off_unless_asked_for),
};

BENCH_MAIN(tests)
