// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The clock of a run against timestamps of every kind, hours of them: no audio is needed. */
#include "../../plugins/gstauricleclock.h"

/* cmocka wants these four first */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

GST_DEBUG_CATEGORY(gst_auricle_debug);

enum { RATE = 16000, HOUR = 3600 };

#define MS ((GstClockTimeDiff)GST_MSECOND)

/* A device: buffers of the same size, timestamps of the true time. */
struct device {
    GstAuricleClock clock;
    guint64 piece;           /* samples */
    gdouble ppm;             /* the device brings so many more samples than RATE */
    GstClockTimeDiff base;   /* of the timestamps */
    GstClockTimeDiff jitter; /* a timestamp is late by up to this */
    guint64 buffers;
    guint32 seed;
    /* seen */
    guint holes, breaks;
    GstClockTimeDiff worst; /* error of the counted time, from a second after the start on */
};

static GstClockTimeDiff true_time(const struct device *device)
{
    const gdouble rate = RATE * (1 + device->ppm * 1e-6);
    return device->base +
           (GstClockTimeDiff)((gdouble)(device->buffers * device->piece) / rate * 1e9);
}

static GstClockTimeDiff late(struct device *device)
{
    device->seed = device->seed * 1664525u + 1013904223u;
    return device->jitter ? (GstClockTimeDiff)(device->seed >> 8) % device->jitter : 0;
}

static void deliver(struct device *device, GstClockTimeDiff offset, gboolean flagged)
{
    GstAuricleClock *clock = &device->clock;
    const GstClockTime pts = (GstClockTime)(true_time(device) + offset + late(device));
    GstAuricleClockVerdict verdict = GST_AURICLE_CLOCK_JOINS;
    GstClockTime hole;

    if (clock->running)
        verdict = gst_auricle_clock_look(clock, pts, device->piece, flagged, &hole);
    device->holes += verdict == GST_AURICLE_CLOCK_HOLE;
    device->breaks += verdict == GST_AURICLE_CLOCK_BREAK;
    if (verdict == GST_AURICLE_CLOCK_HOLE)
        gst_auricle_clock_advance(clock, gst_auricle_clock_samples(clock, hole));
    if (!clock->running || verdict == GST_AURICLE_CLOCK_BREAK)
        gst_auricle_clock_start(clock, pts);
    else
        gst_auricle_clock_join(clock, pts, flagged);
    if (device->buffers * device->piece > RATE)
        device->worst = MAX(device->worst, ABS((GstClockTimeDiff)gst_auricle_clock_time(clock) -
                                               true_time(device) - offset));
    gst_auricle_clock_advance(clock, device->piece);
    device->buffers++;
}

static void run_for(struct device *device, guint seconds)
{
    const guint64 buffers = (guint64)seconds * RATE / device->piece;

    gst_auricle_clock_init(&device->clock, RATE);
    for (guint64 i = 0; i < buffers; i++)
        deliver(device, 0, FALSE);
}

static void eight_hours_of_drift_stay_within_30_ms(void **state)
{
    static const gdouble drifts[] = {200, -200, 50};
    static const guint64 pieces[] = {320, 1600, 16000};

    (void)state;
    for (guint d = 0; d < G_N_ELEMENTS(drifts); d++)
        for (guint p = 0; p < G_N_ELEMENTS(pieces); p++)
            for (guint base = 0; base < 2; base++) {
                struct device device = {
                    .piece = pieces[p], .ppm = drifts[d], .base = 100000 * MS * base, .seed = 1};
                run_for(&device, 8 * HOUR);
                assert_int_equal(device.breaks, 0);
                assert_int_equal(device.holes, 0);
                assert_in_range(device.worst, 0, 10 * MS);
            }
}

static void drift_is_followed_through_jitter(void **state)
{
    static const gdouble drifts[] = {200, -200};

    (void)state;
    for (guint d = 0; d < G_N_ELEMENTS(drifts); d++) {
        struct device device = {.piece = 320, .ppm = drifts[d], .jitter = 15 * MS, .seed = 1};
        run_for(&device, 8 * HOUR);
        assert_int_equal(device.breaks, 0);
        assert_int_equal(device.holes, 0);
        assert_in_range(device.worst, 0, 30 * MS);
    }
}

/* One per cent, as a device set to the wrong rate, and five */
static void a_wrong_rate_is_followed(void **state)
{
    static const gdouble drifts[] = {10000, -10000, 50000, -50000};

    (void)state;
    for (guint d = 0; d < G_N_ELEMENTS(drifts); d++) {
        struct device device = {.piece = 1600, .ppm = drifts[d], .seed = 1};
        run_for(&device, HOUR);
        assert_int_equal(device.breaks, 0);
        assert_int_equal(device.holes, 0);
        assert_in_range(device.worst, 0, 100 * MS);
    }
}

/* From any start: the shift must not stop at 0. */
static void a_step_back_is_followed_within_a_second(void **state)
{
    static const GstClockTimeDiff steps[] = {-20 * MS, -100 * MS, -900 * MS};

    (void)state;
    for (guint s = 0; s < G_N_ELEMENTS(steps); s++)
        for (guint base = 0; base < 2; base++) {
            struct device device = {.piece = 320, .base = 100000 * MS * base, .seed = 1};
            run_for(&device, 2);
            device.worst = 0;
            for (guint i = 0; i < 50; i++)
                deliver(&device, steps[s], FALSE);
            device.worst = 0;
            for (guint i = 0; i < 500; i++)
                deliver(&device, steps[s], FALSE);
            assert_int_equal(device.breaks, 0);
            assert_in_range(device.worst, 0, 5 * MS);
        }
}

static void a_flagged_step_back_is_followed_at_once(void **state)
{
    struct device device = {.piece = 320, .seed = 1};

    (void)state;
    run_for(&device, 2);
    device.worst = 0;
    deliver(&device, -40 * MS, TRUE);
    assert_int_equal(device.breaks, 0);
    assert_in_range(device.worst, 0, 10); /* ns, rounding */
    deliver(&device, -400 * MS, TRUE);
    assert_int_equal(device.breaks, 1);
}

static void a_single_wrong_timestamp_changes_nothing(void **state)
{
    struct device device = {.piece = 320, .seed = 1};

    (void)state;
    run_for(&device, 2);
    deliver(&device, -500 * MS, FALSE);
    device.worst = 0;
    for (guint i = 0; i < 500; i++)
        deliver(&device, 0, FALSE);
    assert_int_equal(device.breaks, 0);
    assert_int_equal(device.holes, 0);
    assert_in_range(device.worst, 0, 10); /* ns, rounding */
}

/* After a second without jitter, the smallest step forward counts; before, a whole buffer does. */
static void holes_are_told_from_jitter(void **state)
{
    struct device device = {.piece = 320, .seed = 1};
    GstClockTime hole = 0;

    (void)state;
    run_for(&device, 0);
    for (guint i = 0; i < 10; i++)
        deliver(&device, 0, FALSE);
    assert_int_equal(gst_auricle_clock_look(&device.clock, 205 * GST_MSECOND, 320, FALSE, &hole),
                     GST_AURICLE_CLOCK_JOINS);
    assert_int_equal(gst_auricle_clock_look(&device.clock, 220 * GST_MSECOND, 320, FALSE, &hole),
                     GST_AURICLE_CLOCK_HOLE);
    assert_int_equal(hole, 20 * GST_MSECOND);
    for (guint i = 10; i < 60; i++)
        deliver(&device, 0, FALSE);
    assert_int_equal(gst_auricle_clock_look(&device.clock, 1205 * GST_MSECOND, 320, FALSE, &hole),
                     GST_AURICLE_CLOCK_HOLE);
    assert_int_equal(hole, 5 * GST_MSECOND);
    assert_int_equal(gst_auricle_clock_look(&device.clock, 1450 * GST_MSECOND, 320, FALSE, &hole),
                     GST_AURICLE_CLOCK_HOLE);
    assert_int_equal(hole, 250 * GST_MSECOND);
    assert_int_equal(gst_auricle_clock_look(&device.clock, 1451 * GST_MSECOND, 320, FALSE, &hole),
                     GST_AURICLE_CLOCK_BREAK);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(eight_hours_of_drift_stay_within_30_ms),
    cmocka_unit_test(drift_is_followed_through_jitter),
    cmocka_unit_test(a_wrong_rate_is_followed),
    cmocka_unit_test(a_step_back_is_followed_within_a_second),
    cmocka_unit_test(a_flagged_step_back_is_followed_at_once),
    cmocka_unit_test(a_single_wrong_timestamp_changes_nothing),
    cmocka_unit_test(holes_are_told_from_jitter),
};

int main(int count, char **arguments)
{
    int failed;

    gst_init(&count, &arguments);
    GST_DEBUG_CATEGORY_INIT(gst_auricle_debug, "auricle", 0, "the clock under test");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    gst_deinit();
    return failed;
}
