// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Level is not a label: with the front end of the bundled encoder a gain changes no frame, and
 * digital silence is ordinary input. */
#include "fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { RATE = SAMPLE_RATE_HZ };

// The bundled encoder's log-mel (models/make.sh), in a small network.
static struct encoder_shape bundled_shape(float follow_db_s)
{
    struct encoder_shape shape = fixture_shape(FIXTURE_LOGMEL_GRU);
    shape.logmel.floor = 1e-9f;
    shape.logmel.range_db = 50;
    shape.logmel.follow_db_s = follow_db_s;
    shape.logmel.normalisation = NORMALISE_RUNNING;
    shape.logmel.running_frames = 200;
    return shape;
}

static void open_fixture(struct fixture *fixture, float follow_db_s)
{
    struct encoder_shape shape = bundled_shape(follow_db_s);
    fixture_draw_shape(fixture, &shape);
    for (int m = 0; follow_db_s > 0 && m < shape.logmel.mels; m++)
        parameters_tensor(&fixture->parameters, fixture->layout.feature_mean)->data[m] = -6;
    fixture_open(fixture);
}

// The largest change of any number of any frame when the sound is played db louder.
static float change_by_gain(const struct fixture *fixture, const float *sound, size_t count,
                            float db)
{
    const size_t dim = (size_t)encoder_shape_frame_dim(&fixture->shape);
    float *louder = calloc(count, sizeof *louder);
    size_t frames;
    assert_non_null(louder);
    for (size_t i = 0; i < count; i++)
        louder[i] = sound[i] * powf(10, db / 20);
    float *before = fixture_encode(fixture, RATE, sound, count, count, &frames);
    float *after = fixture_encode(fixture, RATE, louder, count, count, &frames);
    const float change = fixture_difference(before, after, frames * dim);
    free(louder);
    free(before);
    free(after);
    return change;
}

static void a_gain_changes_no_frame(void **state)
{
    (void)state;
    const size_t count = 8 * RATE;
    struct fixture fixture;
    float *sound = fixture_sound(count, RATE, 5);
    for (size_t i = 0; i < count; i++)
        sound[i] *= 0.1f; // 20 dB louder is not clipped
    open_fixture(&fixture, 5);
    assert_true(change_by_gain(&fixture, sound, count, 20) < 0.01f);
    assert_true(change_by_gain(&fixture, sound, count, -30) < 0.01f);
    fixture_destroy(&fixture);
    open_fixture(&fixture, 0); // without it, the same sound is another
    assert_true(change_by_gain(&fixture, sound, count, -30) > 0.5f);
    fixture_destroy(&fixture);
    free(sound);
}

// Silence before a word is as the silence in which a stream begins, however long it lasts.
static void digital_silence_is_ordinary(void **state)
{
    (void)state;
    const size_t lead = 60 * RATE, count = lead + RATE;
    struct fixture fixture;
    open_fixture(&fixture, 5);
    const size_t dim = (size_t)encoder_shape_frame_dim(&fixture.shape);
    const size_t mels = (size_t)fixture.shape.logmel.mels;
    float *sound = calloc(count, sizeof *sound), *word = fixture_sound(RATE, RATE, 5);
    size_t frames;
    memcpy(sound + lead, word, RATE * sizeof *sound);
    float *y = fixture_encode(&fixture, RATE, sound, count, count, &frames);
    for (size_t i = 0; i < frames * dim; i++)
        assert_true(isfinite(y[i]) && fabsf(y[i]) < 20);
    for (size_t m = 0; m < mels; m++) { // all bands alike: no spectrum is made of nothing
        assert_float_equal(y[m], y[0], 1e-5f);
        assert_float_equal(y[5900 * dim + m], 0, 1e-3f); // the running mean has come down to it
    }
    free(sound);
    free(word);
    free(y);
    fixture_destroy(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gain_changes_no_frame),
        cmocka_unit_test(digital_silence_is_ordinary),
    };
    return cmocka_run_group_tests_name("level", tests, NULL, NULL);
}
