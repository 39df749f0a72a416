// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Events from scripted posteriors. A script is a text, one letter per decision: the class believed
 * (capital: fully, small: by half, the rest background), '.' = background; '2' = two at 0.6, one at
 * 0.3. */
#include "fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { CLASSES = 4, MAX_EVENTS = 64 };

static struct fixture fixture;

static int make_fixture(void **state)
{
    (void)state;
    fixture_create(&fixture, FIXTURE_LOGMEL_GRU);
    return 0;
}

static int drop_fixture(void **state)
{
    (void)state;
    fixture_destroy(&fixture);
    return 0;
}

static auricle_detector *open_detector(int window, int hop, auricle_detector_config config)
{
    auricle_head *head = fixture_head(fixture.model, CLASSES, window, hop, 0, config);
    auricle_detector *detector;
    auricle_error error = {0};
    assert_int_equal(auricle_detector_create(head, NULL, &detector, &error), AURICLE_OK);
    auricle_head_unref(&head); // the detector keeps what it needs
    return detector;
}

static void posteriors_of(char letter, float *posteriors)
{
    memset(posteriors, 0, CLASSES * sizeof *posteriors);
    posteriors[0] = 1;
    for (int i = 1; i < CLASSES; i++) {
        posteriors[i] = letter == 'A' + i - 1 ? 1.0f : letter == 'a' + i - 1 ? 0.5f : 0.0f;
        if (letter == '2')
            posteriors[i] = i == 1 ? 0.3f : i == 2 ? 0.6f : 0;
        posteriors[0] -= posteriors[i];
    }
}

// Each letter is one decision, at the last frame of its hop. Events as one line of text.
static void play(auricle_detector *detector, const char *script, int hop, char *text, size_t size)
{
    auricle_event events[MAX_EVENTS];
    int count = 0, open = -1;
    uint64_t last_end = 0;
    for (const char *letter = script; *letter; letter++) {
        float posteriors[CLASSES];
        posteriors_of(*letter, posteriors);
        for (int f = 1; f <= hop; f++)
            count += auricle_detector_step(detector, posteriors, f == hop, events + count, 2);
    }
    count += auricle_detector_drain(detector, events + count, 2);
    text[0] = 0;
    for (int i = 0; i < count; i++) {
        const auricle_event *event = &events[i];
        bool start = event->kind == AURICLE_EVENT_START;
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%c%d:%d", used ? " " : "", start ? '+' : '-',
                 event->label, start ? (int)event->start_frame : (int)event->end_frame);
        assert_int_equal(open, start ? -1 : event->label); // one at a time, each closed once
        assert_true(event->start_frame >= last_end && event->at_frame >= event->start_frame);
        assert_true(start ? event->end_frame == 0 : event->end_frame > event->start_frame);
        assert_true(event->confidence >= 0.4f && event->confidence <= 1);
        open = start ? event->label : -1;
        last_end = start ? last_end : event->end_frame;
    }
    assert_int_equal(open, -1);
}

struct script {
    const char *name, *script, *events;
    int window, hop;
    auricle_detector_config config;
};

// A decision at frame t (0-based) with lag L = (window + (smoothing - 1) * hop) / 2.
static const struct script scripts[] = {
    {"silence", "..........", "", 1, 1, {0.6f, 0.4f, 1, 0, 0}},
    {"one event", "..AAAA..", "+1:2 -1:6", 1, 1, {0.6f, 0.4f, 1, 0, 0}},
    {"hysteresis holds at half", "..Aaaa..", "+1:2 -1:6", 1, 1, {0.6f, 0.4f, 1, 0, 0}},
    {"half is not enough to start", "..aaaa..", "", 1, 1, {0.6f, 0.4f, 1, 0, 0}},
    {"start is where it rose, not where it was sure",
     "..aaAA..",
     "+1:2 -1:6",
     1,
     1,
     {0.6f, 0.4f, 1, 0, 0}},
    {"another class takes over", "..AABB..", "+1:2 -1:4 +2:4 -2:6", 1, 1, {0.6f, 0.4f, 1, 0, 0}},
    {"another class is believed more",
     "..AA22..",
     "+1:2 -1:4 +2:4 -2:6",
     1,
     1,
     {0.5f, 0.2f, 1, 0, 0}},
    {"drain closes", "..AAA", "+1:2 -1:5", 1, 1, {0.6f, 0.4f, 1, 0, 0}},
    {"smoothing swallows a blip", "....A.....", "", 1, 1, {0.6f, 0.4f, 3, 0, 0}},
    {"no belief in an unseen past", "A........", "", 1, 1, {0.6f, 0.4f, 3, 0, 0}},
    // averages over 3: 1/3 at 4, 2/3 at 5 (rise, on), 1 at 6 .. 8, 2/3 at 9, 1/3 at 10 (off); L = 1
    {"smoothing delays, and is taken back",
     "....AAAAA.....",
     "+1:4 -1:9",
     1,
     1,
     {0.6f, 0.4f, 3, 0, 0}},
    {"too short is dropped", "..AA....AAAA..", "+1:8 -1:12", 1, 1, {0.6f, 0.4f, 1, 3, 0}},
    {"too short at the end is dropped", "........AA", "", 1, 1, {0.6f, 0.4f, 1, 3, 0}},
    {"just long enough at the end", ".......AAA", "+1:7 -1:10", 1, 1, {0.6f, 0.4f, 1, 3, 0}},
    // END decided at 4: resting until 4 + 4
    {"refractory swallows an echo", "..AA.AA.....", "+1:2 -1:4", 1, 1, {0.6f, 0.4f, 1, 0, 4}},
    {"another class may come at once",
     "..AA.BB.....",
     "+1:2 -1:4 +2:5 -2:7",
     1,
     1,
     {0.6f, 0.4f, 1, 0, 4}},
    {"what lasts beyond the rest is new",
     "..AA.AAAAAA..",
     "+1:2 -1:4 +1:8 -1:11",
     1,
     1,
     {0.6f, 0.4f, 1, 0, 4}},
    // decisions at frames 9, 19, ...; window 40: L = 20. A from the decision at 49 to that at 79
    {"a window speaks of its middle",
     "....AAAA......",
     "+1:29 -1:69",
     40,
     10,
     {0.6f, 0.4f, 1, 0, 0}},
    // at frame 9 there are 10 frames behind the decision: L = 5; at 29: 15
    {"a short past is a short window", "AA......", "+1:4 -1:14", 40, 10, {0.6f, 0.4f, 1, 0, 0}},
};

static void scripts_give_their_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        const struct script *script = &scripts[i];
        char text[1024];
        auricle_detector *detector = open_detector(script->window, script->hop, script->config);
        for (int round = 0; round < 2; round++) { // and again after a reset
            play(detector, script->script, script->hop, text, sizeof text);
            if (strcmp(text, script->events) != 0)
                print_message("# %s: %s\n", script->name, script->script);
            assert_string_equal(text, script->events);
            auricle_detector_reset(detector);
        }
        auricle_detector_destroy(&detector);
    }
}

// Random posteriors, all settings: whatever comes, events are well-formed (play asserts it).
static void any_posteriors_give_well_formed_events(void **state)
{
    (void)state;
    struct random random = random_seeded(3);
    int spoken = 0;
    for (int round = 0; round < 300; round++) {
        int hop = 1 + (int)random_below(&random, 4), hops = 1 + (int)random_below(&random, 10);
        auricle_detector_config config = {.threshold_on = random_between(&random, 0.45f, 0.9f),
                                          .threshold_off = 0.4f,
                                          .smoothing_hops = 1 + (int)random_below(&random, 5),
                                          .min_frames = (int)random_below(&random, 6),
                                          .refractory_frames = (int)random_below(&random, 9)};
        auricle_detector *detector = open_detector(hop * hops, hop, config);
        char script[61] = {0}, text[2048];
        for (int i = 0; i < 60; i++)
            script[i] =
                i && random_below(&random, 3) ? script[i - 1] : ".ABCabc"[random_below(&random, 7)];
        play(detector, script, hop, text, sizeof text);
        spoken += text[0] != 0;
        auricle_detector_destroy(&detector);
    }
    assert_true(spoken > 100);
}

static void undecided_frames_only_pass_time(void **state)
{
    (void)state;
    auricle_detector *detector =
        open_detector(1, 1, (auricle_detector_config){0.6f, 0.4f, 1, 0, 0});
    auricle_event events[2];
    float posteriors[CLASSES];
    posteriors_of('A', posteriors);
    for (int t = 0; t < 1000; t++)
        assert_int_equal(auricle_detector_step(detector, posteriors, false, events, 2), 0);
    assert_int_equal(auricle_detector_step(detector, posteriors, true, events, 2), 1);
    assert_int_equal(events[0].at_frame, 1000);
    assert_int_equal(events[0].start_frame, 1000);
    auricle_detector_destroy(&detector);
    // An event may grow old enough between two decisions: drain gives both its ends.
    detector = open_detector(1, 1, (auricle_detector_config){0.6f, 0.4f, 1, 4, 0});
    assert_int_equal(auricle_detector_step(detector, posteriors, true, events, 2), 0);
    for (int t = 0; t < 5; t++)
        assert_int_equal(auricle_detector_step(detector, posteriors, false, events, 2), 0);
    assert_int_equal(auricle_detector_drain(detector, events, 2), 2);
    assert_int_equal(events[0].kind, AURICLE_EVENT_START);
    assert_int_equal(events[1].kind, AURICLE_EVENT_END);
    assert_int_equal(events[1].end_frame, 6);
    assert_int_equal(events[1].at_frame, 5);
    assert_int_equal(auricle_detector_drain(detector, events, 2), 0);
    auricle_detector_destroy(&detector);
}

static void nan_posteriors_pass_by(void **state)
{
    (void)state;
    auricle_detector *detector =
        open_detector(1, 1, (auricle_detector_config){0.6f, 0.4f, 3, 0, 0});
    auricle_event events[2];
    float bad[CLASSES] = {NAN, NAN, NAN, NAN}, good[CLASSES];
    int count = 0;
    posteriors_of('A', good);
    for (int t = 0; t < 10; t++)
        assert_int_equal(auricle_detector_step(detector, bad, true, events, 2), 0);
    for (int t = 0; t < 10; t++)
        count += auricle_detector_step(detector, good, true, events, 2);
    assert_int_equal(count, 1);
    assert_int_equal(auricle_detector_step(detector, bad, true, events, 2), 1);
    assert_int_equal(events[0].kind, AURICLE_EVENT_END);
    auricle_detector_destroy(&detector);
}

static void settings_are_checked_and_zeros_are_the_heads(void **state)
{
    (void)state;
    auricle_head *head = fixture_head(fixture.model, CLASSES, 1, 1, 0,
                                      (auricle_detector_config){0.6f, 0.4f, 1, 0, 0});
    const struct {
        auricle_detector_config config;
        const char *says; // NULL: accepted
    } cases[] = {
        {{0}, NULL},
        {{.threshold_on = 0.9f}, NULL},
        {{.threshold_on = 0.3f}, "threshold_off"}, // below the head's own threshold_off
        {{.threshold_on = 1.5f}, "1.5"},
        {{.threshold_off = -1}, "threshold_off"},
        {{.threshold_on = NAN}, "threshold_on"},
        {{.smoothing_hops = 65}, "65"},
        {{.smoothing_hops = -1}, "smoothing_hops"},
        {{.min_frames = -1}, "min_frames"},
        {{.refractory_frames = -7}, "-7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        auricle_detector *detector;
        auricle_error error = {0};
        auricle_status status = auricle_detector_create(head, &cases[i].config, &detector, &error);
        assert_int_equal(status, cases[i].says ? AURICLE_INVALID : AURICLE_OK);
        assert_int_equal(detector == NULL, cases[i].says != NULL);
        if (cases[i].says)
            assert_non_null(strstr(error.text, cases[i].says));
        auricle_detector_destroy(&detector);
    }
    auricle_head_unref(&head);
}

// Whatever the encoder makes of the first moments: no event before there is something behind it.
static void nothing_fires_on_an_empty_history(void **state)
{
    (void)state;
    auricle_head *head = fixture_head(fixture.model, CLASSES, 100, 10, 0,
                                      (auricle_detector_config){0.01f, 0.005f, 1, 0, 0});
    auricle_head_stream *stream;
    auricle_detector *detector;
    assert_int_equal(auricle_head_stream_create(head, &stream, NULL), AURICLE_OK);
    assert_int_equal(auricle_detector_create(head, NULL, &detector, NULL), AURICLE_OK);
    float *vector = calloc((size_t)encoder_shape_frame_dim(&fixture.shape), sizeof *vector);
    int first = -1;
    for (int t = 0; t < 200 && first < 0; t++) {
        bool decided;
        auricle_event events[2];
        const float *posteriors = auricle_head_stream_step(stream, vector, &decided);
        if (auricle_detector_step(detector, posteriors, decided, events, 2))
            first = t;
        else
            assert_true(t >= FIRST_DECISION_FRAMES - 1 || posteriors[0] == 1);
    }
    assert_int_equal(first, FIRST_DECISION_FRAMES - 1); // thresholds this low fire at once then
    free(vector);
    auricle_detector_destroy(&detector);
    auricle_head_stream_destroy(&stream);
    auricle_head_unref(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_give_their_events),
        cmocka_unit_test(any_posteriors_give_well_formed_events),
        cmocka_unit_test(undecided_frames_only_pass_time),
        cmocka_unit_test(nan_posteriors_pass_by),
        cmocka_unit_test(settings_are_checked_and_zeros_are_the_heads),
        cmocka_unit_test(nothing_fires_on_an_empty_history),
    };
    return cmocka_run_group_tests(tests, make_fixture, drop_fixture);
}
