// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Enrolment: what a verification head makes of a voice, whose file that is, and forgetting. */
#include "fixture.h"

#include "base/random.h"
#include "stream/head_kind.h"
#include "stream/head_verification.h"

#include <auricle/speaker.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { VOICE = 6, WINDOW = 50, HOP = 10, SAMPLES = 8 * 16000 };

struct scene {
    struct fixture fixture;
    char base[FILENAME_MAX], enrolled[FILENAME_MAX];
    float *anna, *ben; // [SAMPLES]
};

static float *drawn(size_t count, float scale, float offset, struct random *random)
{
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = offset + scale * (random_uniform(random) * 2 - 1);
    return values;
}

static void write_base(const char *path, const auricle_model *model)
{
    static const char *const labels[] = {"unknown"};
    static const bool background[] = {true};
    static const float calibration[] = {2, 1};
    struct random random = random_seeded(5);
    const struct head_shape shape = {.kind = &head_kind_verification,
                                     .task = "speakers",
                                     .encoder_hash = model->origin,
                                     .embedding_dim = encoder_shape_embedding_dim(&model->shape),
                                     .class_count = 1,
                                     .labels = labels,
                                     .background = background,
                                     .window_frames = WINDOW,
                                     .hop_frames = HOP,
                                     .hidden = VOICE,
                                     .detector = {0.5f, 0.25f, 1, 0, 0}};
    const size_t in = (size_t)head_inputs(&shape);
    float covariance[VOICE * VOICE] = {0};
    for (int i = 0; i < VOICE; i++)
        covariance[i * VOICE + i] = 0.1f + 0.02f * (float)i;
    float *owned[] = {drawn(in, 0.1f, 0, &random), drawn(in, 0.1f, 0.5f, &random),
                      drawn(VOICE * in, 0.3f, 0, &random), drawn(VOICE, 0.3f, 0, &random),
                      drawn(VOICE, 0.1f, 0, &random)};
    const struct head_weights weights = {.input_mean = owned[0],
                                         .input_std = owned[1],
                                         .hidden_weight = owned[2],
                                         .hidden_bias = owned[3],
                                         .cohort_mean = owned[4],
                                         .cohort_covariance = covariance,
                                         .calibration = calibration};
    assert_int_equal(head_write(path, &shape, &weights, NULL, NULL, NULL), AURICLE_OK);
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    fixture_create(&scene->fixture, FIXTURE_LOGMEL_GRU);
    fixture_path("speakers.safetensors", scene->base);
    fixture_path("enrolled.safetensors", scene->enrolled);
    write_base(scene->base, scene->fixture.model);
    scene->anna = fixture_sound(SAMPLES, 16000, 1);
    scene->ben = fixture_sound(SAMPLES, 16000, 2);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    unlink(scene->base);
    unlink(scene->enrolled);
    fixture_destroy(&scene->fixture);
    free(scene->anna);
    free(scene->ben);
    free(scene);
    return 0;
}

static auricle_head *open_head(const struct scene *scene, const char *path)
{
    auricle_head *head;
    auricle_error error = {0};
    if (auricle_head_open(path, scene->fixture.model, &head, &error))
        fail_msg("%s", error.text);
    return head;
}

// Speaks count samples in pieces and saves the profile.
static auricle_status enrol(const struct scene *scene, const char *from, const char *name,
                            const float *sound, size_t count, size_t piece, auricle_error *error)
{
    auricle_head *head = open_head(scene, from);
    auricle_enrolment *enrolment;
    assert_int_equal(auricle_enrolment_create(scene->fixture.model, head, NULL, &enrolment, error),
                     AURICLE_OK);
    for (size_t at = 0; at < count; at += piece)
        assert_int_equal(auricle_enrolment_feed(enrolment, sound + at,
                                                piece < count - at ? piece : count - at, error),
                         AURICLE_OK);
    assert_int_equal(auricle_enrolment_end_recording(enrolment, error), AURICLE_OK);
    auricle_status status = auricle_enrolment_save(enrolment, name, scene->enrolled, error);
    auricle_enrolment_destroy(&enrolment);
    auricle_head_unref(&head);
    return status;
}

// The posterior of a label after the whole sound, by the live path.
static float heard(const struct scene *scene, const char *path, const float *sound, int label)
{
    auricle_head *head = open_head(scene, path);
    auricle_stream *stream = fixture_stream(&scene->fixture, 16000);
    auricle_head_stream *live;
    auricle_model_info info;
    size_t frames;
    float last = 0;
    auricle_model_get_info(scene->fixture.model, &info);
    assert_int_equal(auricle_head_stream_create(head, &live, NULL), AURICLE_OK);
    float *vectors = fixture_run(stream, info.frame_dim, sound, SAMPLES, 0, &frames);
    for (size_t t = 0; t < frames; t++)
        last = auricle_head_stream_step(live, vectors + t * (size_t)info.frame_dim, NULL)[label];
    free(vectors);
    auricle_head_stream_destroy(&live);
    auricle_stream_destroy(&stream);
    auricle_head_unref(&head);
    return last;
}

static void a_head_without_speakers_hears_strangers(void **state)
{
    const struct scene *scene = *state;
    assert_true(heard(scene, scene->base, scene->anna, 0) == 1);
}

static void an_enrolled_speaker_has_a_label_and_a_private_file(void **state)
{
    const struct scene *scene = *state;
    auricle_error error = {0};
    struct stat about;
    assert_int_equal(enrol(scene, scene->base, "anna", scene->anna, SAMPLES, SAMPLES, &error), 0);
    auricle_head *head = open_head(scene, scene->enrolled);
    auricle_head_info info;
    auricle_head_get_info(head, &info);
    assert_int_equal(info.class_count, 2);
    assert_string_equal(auricle_head_label(head, 1), "anna");
    assert_true(auricle_head_is_background(head, 0) && !auricle_head_is_background(head, 1));
    auricle_head_unref(&head);
    assert_int_equal(stat(scene->enrolled, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    const float anna = heard(scene, scene->enrolled, scene->anna, 1);
    assert_true(anna > 0 && anna < 1);
}

// The profile is a function of the sound alone, not of how it is cut.
static void the_cut_of_the_sound_changes_nothing(void **state)
{
    const struct scene *scene = *state;
    auricle_error error = {0};
    float profiles[2][VOICE];
    for (int i = 0; i < 2; i++) {
        unlink(scene->enrolled);
        assert_int_equal(
            enrol(scene, scene->base, "anna", scene->anna, SAMPLES, i ? 777 : SAMPLES, &error), 0);
        auricle_head *head = open_head(scene, scene->enrolled);
        memcpy(profiles[i], head->weights.output_weight, sizeof profiles[i]);
        auricle_head_unref(&head);
    }
    assert_memory_equal(profiles[0], profiles[1], sizeof profiles[0]);
}

// Cosine 0.28 of two voices, each normalised by hand.
static void a_score_is_normalised_on_both_sides(void **state)
{
    const struct scene *scene = *state;
    auricle_head *head = open_head(scene, scene->base);
    const float mean[VOICE] = {0.1f, -0.2f};
    struct head_weights weights = head->weights;
    weights.cohort_mean = mean;
    const float a[VOICE] = {1}, b[VOICE] = {0.28f, 0.96f};
    const double of_a = (0.28 - 0.1) / sqrt(0.1);
    const double of_b = (0.28 - (0.028 - 0.192)) / sqrt(0.28 * 0.28 * 0.1 + 0.96 * 0.96 * 0.12);
    assert_float_equal(verification_score(&head->shape, &weights, a, b), (of_a + of_b) / 2, 1e-5);
    auricle_head_unref(&head);
}

static void bad_enrolments_are_refused_and_change_nothing(void **state)
{
    const struct scene *scene = *state;
    auricle_error error = {0};
    assert_int_equal(enrol(scene, scene->base, "anna", scene->anna, 16000, 16000, &error),
                     AURICLE_INVALID);
    assert_non_null(strstr(error.text, "s of speech"));
    assert_int_equal(enrol(scene, scene->base, "anna", scene->anna, SAMPLES, SAMPLES, &error), 0);
    const struct {
        const char *name, *reason;
    } bad[] = {
        {"anna", "enrolled already"}, {"unknown", "strangers"}, {"", "1 to"}, {"\xff", "UTF-8"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(
            enrol(scene, scene->enrolled, bad[i].name, scene->ben, SAMPLES, SAMPLES, &error),
            AURICLE_INVALID);
        assert_non_null(strstr(error.text, bad[i].reason));
    }
    auricle_head *head = open_head(scene, scene->enrolled);
    assert_int_equal(head->shape.class_count, 2);
    auricle_head_unref(&head);
}

static void another_kind_of_head_enrols_nobody(void **state)
{
    const struct scene *scene = *state;
    auricle_error error = {0};
    auricle_enrolment *enrolment;
    auricle_head *head = fixture_head(scene->fixture.model, 3, 1, 1, 0,
                                      (auricle_detector_config){0.5f, 0.25f, 1, 0, 0});
    assert_int_equal(auricle_enrolment_create(scene->fixture.model, head, NULL, &enrolment, &error),
                     AURICLE_INVALID);
    assert_non_null(strstr(error.text, "'frame'"));
    assert_null(enrolment);
    auricle_head_unref(&head);
}

static void a_forgotten_speaker_leaves_the_others(void **state)
{
    const struct scene *scene = *state;
    auricle_error error = {0};
    float ben[VOICE];
    assert_int_equal(enrol(scene, scene->base, "anna", scene->anna, SAMPLES, SAMPLES, &error), 0);
    assert_int_equal(enrol(scene, scene->enrolled, "ben", scene->ben, SAMPLES, SAMPLES, &error), 0);
    auricle_head *head = open_head(scene, scene->enrolled);
    memcpy(ben, head->weights.output_weight + VOICE, sizeof ben);
    assert_int_equal(auricle_speaker_forget(head, "eve", scene->enrolled, &error),
                     AURICLE_NOT_FOUND);
    assert_non_null(strstr(error.text, "anna, ben"));
    assert_int_equal(auricle_speaker_forget(head, "anna", scene->enrolled, &error), AURICLE_OK);
    auricle_head_unref(&head);
    head = open_head(scene, scene->enrolled);
    assert_int_equal(head->shape.class_count, 2);
    assert_string_equal(auricle_head_label(head, 1), "ben");
    assert_memory_equal(head->weights.output_weight, ben, sizeof ben);
    assert_int_equal(auricle_speaker_forget(head, "ben", scene->enrolled, &error), AURICLE_OK);
    auricle_head_unref(&head);
    assert_true(heard(scene, scene->enrolled, scene->ben, 0) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_head_without_speakers_hears_strangers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_enrolled_speaker_has_a_label_and_a_private_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_cut_of_the_sound_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_score_is_normalised_on_both_sides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_enrolments_are_refused_and_change_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_kind_of_head_enrols_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_forgotten_speaker_leaves_the_others, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
