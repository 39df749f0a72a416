// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** portaudiosrc on a PortAudio of the test's own: several sources come and go at once, but the
 * library, whose lists are not safe between threads, is entered by one at a time. */
#include "../../plugins/gstportaudio.h"
#include "../../plugins/gstportaudiosrc.h"
#include "bench.h"

enum { SOURCES = 4, ROUNDS = 10 };

static gint inside, collisions, opened, closed; /* atomic */

static int periods, periods_at_open;

/* Long enough inside that two calls meet if nothing keeps them apart. */
static PaError be_inside(void)
{
    if (g_atomic_int_add(&inside, 1))
        g_atomic_int_inc(&collisions);
    g_usleep(1000);
    g_atomic_int_add(&inside, -1);
    return paNoError;
}

/* --- the library --- */

PaError Pa_Initialize(void)
{
    return be_inside();
}

PaError Pa_Terminate(void)
{
    return be_inside();
}

PaError PaAlsa_SetNumPeriods(int count);
PaError PaAlsa_SetNumPeriods(int count)
{
    periods = count;
    return paNoError;
}

PaError Pa_OpenStream(PaStream **stream, const PaStreamParameters *input,
                      const PaStreamParameters *output, double rate, unsigned long frames,
                      PaStreamFlags flags, PaStreamCallback *callback, void *user)
{
    (void)input, (void)output, (void)rate, (void)frames, (void)flags, (void)callback, (void)user;
    *stream = &opened;
    periods_at_open = periods;
    g_atomic_int_inc(&opened);
    return be_inside();
}

PaError Pa_CloseStream(PaStream *stream)
{
    (void)stream;
    g_atomic_int_inc(&closed);
    return be_inside();
}

PaError Pa_StartStream(PaStream *stream)
{
    (void)stream;
    return paNoError;
}

PaError Pa_AbortStream(PaStream *stream)
{
    (void)stream;
    return paNoError;
}

signed long Pa_GetStreamReadAvailable(PaStream *stream)
{
    (void)stream;
    return 64;
}

PaError Pa_ReadStream(PaStream *stream, void *data, unsigned long frames)
{
    (void)stream, (void)data;
    g_usleep(frames * 20); /* about 48 kHz */
    return paNoError;
}

PaDeviceIndex Pa_GetDeviceCount(void)
{
    return 1;
}

PaDeviceIndex Pa_GetDefaultInputDevice(void)
{
    return 0;
}

const PaDeviceInfo *Pa_GetDeviceInfo(PaDeviceIndex device)
{
    static const PaDeviceInfo info = {
        .name = "stub", .maxInputChannels = 16, .defaultSampleRate = 48000};
    return device == 0 ? &info : NULL;
}

const PaHostErrorInfo *Pa_GetLastHostErrorInfo(void)
{
    static const PaHostErrorInfo none = {.errorText = ""};
    return &none;
}

const char *Pa_GetErrorText(PaError error)
{
    (void)error;
    return "an error";
}

/* --- the test --- */

static gpointer come_and_go(gpointer data)
{
    GstElement *pipeline = gst_parse_launch("portaudiosrc num-buffers=2 ! fakesink", NULL);

    (void)data;
    for (guint i = 0; i < ROUNDS; i++) {
        gst_element_set_state(pipeline, GST_STATE_PLAYING);
        gst_element_get_state(pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
        gst_element_set_state(pipeline, GST_STATE_NULL);
    }
    gst_object_unref(pipeline);
    return NULL;
}

static void the_library_is_entered_by_one_at_a_time(void **state)
{
    GThread *threads[SOURCES];

    (void)state;
    assert_true(GST_ELEMENT_REGISTER(portaudiosrc, NULL));
    for (guint i = 0; i < SOURCES; i++)
        threads[i] = g_thread_new("source", come_and_go, NULL);
    for (guint i = 0; i < SOURCES; i++)
        g_thread_join(threads[i]);
    assert_true(opened >= SOURCES);
    assert_int_equal(closed, opened);
    assert_int_equal(collisions, 0);
}

static guint64 mask_of(gint channels)
{
    gchar *launch = g_strdup_printf(
        "portaudiosrc num-buffers=2 ! audio/x-raw,channels=%d ! fakesink name=sink", channels);
    GstElement *pipeline = gst_parse_launch(launch, NULL);
    GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    GstPad *pad = gst_element_get_static_pad(sink, "sink");
    GstBus *bus = gst_element_get_bus(pipeline);
    GstMessage *message;
    GstCaps *caps;
    guint64 mask = 0;
    gint count;

    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered(bus, 5 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    assert_non_null(message);
    assert_int_equal(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS);
    caps = gst_pad_get_current_caps(pad);
    assert_true(gst_structure_get_int(gst_caps_get_structure(caps, 0), "channels", &count));
    assert_int_equal(count, channels);
    gst_structure_get(gst_caps_get_structure(caps, 0), "channel-mask", GST_TYPE_BITMASK, &mask,
                      NULL);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_caps_unref(caps);
    gst_message_unref(message);
    gst_object_unref(bus);
    gst_object_unref(pad);
    gst_object_unref(sink);
    gst_object_unref(pipeline);
    g_free(launch);
    return mask;
}

static void any_number_of_channels_is_negotiated(void **state)
{
    (void)state;
    assert_true(GST_ELEMENT_REGISTER(portaudiosrc, NULL));
    assert_int_equal(mask_of(1), 0);
    assert_int_equal(mask_of(3), gst_audio_channel_get_fallback_mask(3));
    assert_int_equal(mask_of(6), gst_audio_channel_get_fallback_mask(6));
    assert_int_equal(mask_of(8), gst_audio_channel_get_fallback_mask(8));
    assert_int_equal(mask_of(12), 0);
    mask_of(2);
    mask_of(4);
}

/* The device's buffer of 200 ms interrupts every 10 ms, not four times: samples are that fresh. */
static void the_device_delivers_each_segment_by_itself(void **state)
{
    GstElement *pipeline =
        gst_parse_launch("portaudiosrc num-buffers=2 buffer-time=200000 latency-time=10000 ! "
                         "fakesink",
                         NULL);

    (void)state;
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    gst_element_get_state(pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
    assert_int_equal(periods_at_open, 21); /* PortAudio adds a segment to the buffer */
    assert_int_equal(periods, 4);          /* other streams of the process are not affected */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(any_number_of_channels_is_negotiated),
    cmocka_unit_test(the_device_delivers_each_segment_by_itself),
    cmocka_unit_test(the_library_is_entered_by_one_at_a_time),
};

BENCH_MAIN(tests)
