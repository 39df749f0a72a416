// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** portaudiosrc on a PortAudio of the test's own: several sources come and go at once, but the
 * library, whose lists are not safe between threads, is entered by one at a time. */
#include "../../plugins/gstportaudio.h"
#include "../../plugins/gstportaudiosrc.h"
#include "bench.h"

enum { SOURCES = 4, ROUNDS = 10 };

static gint inside, collisions, opened, closed; /* atomic */

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

PaError Pa_OpenStream(PaStream **stream, const PaStreamParameters *input,
                      const PaStreamParameters *output, double rate, unsigned long frames,
                      PaStreamFlags flags, PaStreamCallback *callback, void *user)
{
    (void)input, (void)output, (void)rate, (void)frames, (void)flags, (void)callback, (void)user;
    *stream = &opened;
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
        .name = "stub", .maxInputChannels = 1, .defaultSampleRate = 48000};
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_library_is_entered_by_one_at_a_time),
};

BENCH_MAIN(tests)
