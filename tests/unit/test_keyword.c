// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Keyword heads: the loss, training on streams, thresholds, and the live head against the tape.
 *
 * Two words are made of the same two sounds in another order, so that whoever has heard half of one
 * can't know which it is. */
#include "base/random.h"
#include "heads/hours.h"
#include "heads/keyword.h"
#include "heads/keyword_thresholds.h"
#include "heads/word_loss.h"
#include "stream/head_kind.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { DIMS = 6, CLASSES = 3, HIDDEN = 16, HOP = 2, SOUND = 10, DECISIONS = 1500 };

static const char *const labels[CLASSES] = {"background", "ab", "ba"};
static const bool background[CLASSES] = {true, false, false};
static const struct head_shape shape = {.kind = &head_kind_keyword,
                                        .task = "test",
                                        .embedding_dim = DIMS,
                                        .class_count = CLASSES,
                                        .labels = labels,
                                        .background = background,
                                        .window_frames = 40,
                                        .hop_frames = HOP,
                                        .hidden = HIDDEN};

// ---- streams

static void put_sound(struct heard_stream *stream, int at, int sound)
{
    for (int t = at; t < at + SOUND; t++) { // sounds 0 and 1 are dimensions 0 and 1
        const float value = 2;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        stream->x[t * DIMS + sound] = (uint16_t)(bits >> 16);
    }
}

// Noise, with words or only halves of them every 60 decisions.
static void fill_stream(struct heard_stream *stream, bool words, struct random *random)
{
    *stream = (struct heard_stream){.count = DECISIONS};
    stream->x = malloc(DECISIONS * DIMS * sizeof *stream->x);
    stream->words = malloc(DECISIONS * sizeof *stream->words);
    for (int i = 0; i < DECISIONS * DIMS; i++) {
        const float value = 0.3f * random_normal(random);
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        stream->x[i] = (uint16_t)(bits >> 16);
    }
    for (int at = 20; at + 60 < DECISIONS; at += 60) {
        const int first = random_uniform(random) < 0.5f;
        put_sound(stream, at, first);
        if (!words)
            continue;
        put_sound(stream, at + SOUND, !first);
        stream->words[stream->word_count++] =
            (struct heard_word){at, at + 2 * SOUND, first ? 2 : 1};
    }
}

static struct heard_streams some_streams(int count, bool halves_too, bool words, uint64_t seed)
{
    struct random random = random_seeded(seed);
    struct heard_streams streams = {.dims = DIMS, .hop_frames = HOP, .count = count};
    streams.list = malloc((size_t)count * sizeof *streams.list);
    for (int i = 0; i < count; i++)
        fill_stream(&streams.list[i], words && (!halves_too || i % 2 == 0), &random);
    return streams;
}

// ---- the loss

static double loss_of(const float *logits, const struct word_targets *targets)
{
    float copy[40 * CLASSES];
    memcpy(copy, logits, sizeof copy);
    struct tape *tape = tape_create(false);
    const struct tensor *loss =
        tape_word_loss(tape, tape_constant(tape, copy, 2, 20, CLASSES), targets, NULL);
    const double value = (double)loss->data[0];
    tape_destroy(&tape);
    return value;
}

static void the_loss_is_as_steep_as_it_says(void **state)
{
    (void)state;
    struct random random = random_seeded(3);
    float logits[40 * CLASSES], slopes[40 * CLASSES] = {0};
    bool quiet[40];
    const struct word_window windows[] = {{0, 5, 9, 1}, {1, 12, 20, 2}};
    const struct word_targets targets = {
        .background = quiet, .windows = windows, .window_count = 2, .segment = 7};
    for (int i = 0; i < 40; i++)
        quiet[i] = i < 3 || (i > 10 && i < 30);
    for (int i = 0; i < 40 * CLASSES; i++)
        logits[i] = random_normal(&random);
    struct tape *tape = tape_create(true);
    struct tensor x = {.data = logits, .grad = slopes, .b = 2, .t = 20, .c = CLASSES};
    tape_backward(tape, tape_word_loss(tape, &x, &targets, NULL), 1);
    tape_destroy(&tape);
    for (int i = 0; i < 40 * CLASSES; i++) {
        const float step = 1e-2f, held = logits[i];
        logits[i] = held + step;
        const double above = loss_of(logits, &targets);
        logits[i] = held - step;
        const double below = loss_of(logits, &targets);
        logits[i] = held;
        assert_float_equal(slopes[i], (float)((above - below) / (2 * (double)step)), 1e-3f);
    }
}

static void at_first_every_decision_of_a_window_must_name_the_word(void **state)
{
    (void)state;
    float logits[40 * CLASSES] = {0};
    const bool quiet[40] = {false};
    const struct word_window window = {0, 5, 9, 1};
    const struct word_targets targets = {
        .background = quiet, .windows = &window, .window_count = 1, .segment = 7, .every = true};
    const double unsure = loss_of(logits, &targets);
    logits[7 * CLASSES + 1] = 20; // one of four is sure
    assert_float_equal((float)loss_of(logits, &targets), 0.75f * (float)unsure, 1e-5f);
}

static void only_the_best_decision_of_a_window_must_name_the_word(void **state)
{
    (void)state;
    float logits[40 * CLASSES] = {0};
    const bool quiet[40] = {false};
    const struct word_window window = {0, 5, 9, 1};
    const struct word_targets targets = {
        .background = quiet, .windows = &window, .window_count = 1, .segment = 7};
    const double unsure = loss_of(logits, &targets);
    assert_float_equal((float)unsure, 2 * logf(CLASSES), 1e-5f); // a word counts twice
    logits[7 * CLASSES + 1] = logits[8 * CLASSES + 1] = 20;
    assert_float_equal((float)loss_of(logits, &targets), 0, 1e-5f);
    logits[6 * CLASSES + 2] = 20; // the decision before says something else: no matter
    assert_float_equal((float)loss_of(logits, &targets), 0, 1e-5f);
}

// ---- training

struct counting {
    const struct heard_streams *streams;
    int heard, alarms, words; // alarms: decisions for a word elsewhere
    int last;                 // word that was counted as heard
};

static bool count_decisions(void *user, int index, int first, int count, const float *odds)
{
    struct counting *counting = user;
    const struct heard_stream *stream = &counting->streams->list[index];
    for (int w = 0; first == 0 && w < stream->word_count; w++)
        counting->words++;
    for (int i = 0; i < count; i++, odds += CLASSES) {
        bool near = false;
        for (int w = 0; w < stream->word_count; w++) {
            const struct heard_word *word = &stream->words[w];
            const int at = first + i;
            near |= at >= word->end - 8 && at < word->end + 30;
            const int id = 1 + index * DECISIONS + w;
            if (at >= word->end - 3 && at < word->end + 16 && odds[word->label] > 0 &&
                counting->last != id) {
                counting->heard++;
                counting->last = id;
            }
        }
        counting->alarms += !near && (odds[1] > 0 || odds[2] > 0);
    }
    return true;
}

// One training serves all tests.
static int train(void **state)
{
    static struct keyword_network network;
    const struct heard_streams streams = some_streams(64, true, true, 1);
    struct keyword_report report;
    struct heard_streams gone = streams;
    auricle_fit_config config;
    auricle_fit_defaults(&config);
    assert_int_equal(keyword_fit(&streams, &shape, 0, &config, &network, &report, NULL),
                     AURICLE_OK);
    heard_streams_free(&gone);
    *state = &network;
    return 0;
}

static int forget(void **state)
{
    keyword_network_free(*state);
    return 0;
}

static void the_whole_word_must_be_heard(void **state)
{
    struct keyword_network *network = *state;
    const struct heard_streams streams = some_streams(20, true, true, 2);
    struct heard_streams gone = streams;
    struct counting counting = {.streams = &streams};
    assert_int_equal(keyword_listen(network, &streams, count_decisions, &counting, NULL),
                     AURICLE_OK);
    assert_int_equal(counting.words, 10 * 24);
    assert_true(counting.heard >= counting.words - 5);
    assert_true(counting.alarms < 20); // of 30,000 decisions, 5,000 of them halves
    heard_streams_free(&gone);
}

static void a_threshold_moves_the_bias_until_few_alarms_are_left(void **state)
{
    struct keyword_network *network = *state;
    const struct heard_streams hours = some_streams(40, false, false, 3);
    struct heard_streams gone = hours;
    struct counting before = {.streams = &hours}, after = {.streams = &hours};
    float thresholds[CLASSES];
    float *bias = parameters_tensor(&network->parameters, network->output_bias)->data;
    bias[1] += 60; // a head that says "ab" of everything
    assert_int_equal(keyword_listen(network, &hours, count_decisions, &before, NULL), AURICLE_OK);
    assert_int_equal(keyword_thresholds_choose(network, &hours, &shape, 1, thresholds, NULL),
                     AURICLE_OK);
    assert_int_equal(keyword_listen(network, &hours, count_decisions, &after, NULL), AURICLE_OK);
    assert_true(before.alarms > 1000);
    assert_true(after.alarms < 20); // decisions of one or two alarms
    assert_true(thresholds[1] > 5 && thresholds[0] == 0);
    bias[1] += thresholds[1] - 60;
    bias[2] += thresholds[2];
    heard_streams_free(&gone);
}

// ---- live

struct comparing {
    void *state;
    struct head_weights weights;
    const struct heard_stream *stream;
    float worst;
};

static bool compare_live(void *user, int index, int first, int count, const float *odds)
{
    struct comparing *c = user;
    (void)index;
    for (int i = 0; i < count; i++, odds += CLASSES) {
        float frame[DIMS], x[DIMS], scratch[HIDDEN], posteriors[CLASSES];
        for (int k = 0; k < DIMS; k++)
            frame[k] = heard_value(c->stream->x[(first + i) * DIMS + k]);
        for (int hop = 0; hop < HOP; hop++) // what lies between decisions is not looked at
            assert_int_equal(head_kind_keyword.gather(c->state, &shape, frame, x), hop == HOP - 1);
        head_kind_keyword.decide(c->state, &shape, &c->weights, x, scratch, posteriors);
        for (int k = 0; k < CLASSES; k++)
            c->worst = fmaxf(c->worst, fabsf(posteriors[k] - 1 / (1 + expf(-odds[k]))));
    }
    return true;
}

static void the_live_head_is_the_trained_network(void **state)
{
    struct keyword_network *network = *state;
    const struct heard_streams streams = some_streams(1, false, true, 4);
    struct heard_streams gone = streams;
    struct comparing c = {.state = head_kind_keyword.create(&shape), .stream = &streams.list[0]};
    struct head_tensor tensors[MAX_HEAD_TENSORS];
    const int count = head_kind_keyword.tensors(&shape, &c.weights, tensors);
    for (int i = 0; i < count; i++) {
        const int index = parameters_find(&network->parameters, tensors[i].name);
        *tensors[i].values = index >= 0 ? parameters_tensor(&network->parameters, index)->data
                             : i == 0   ? network->mean
                                        : network->deviation;
    }
    assert_int_equal(keyword_listen(network, &streams, compare_live, &c, NULL), AURICLE_OK);
    assert_true(c.worst < 1e-4f);
    head_kind_keyword.destroy(c.state);
    heard_streams_free(&gone);
}

static void a_text_holds_whole_words(void **state)
{
    (void)state;
    assert_true(hours_text_holds("Go on, and STOP.", "stop"));
    assert_true(hours_text_holds("on", "on"));
    assert_false(hours_text_holds("onward, salon", "on"));
    assert_false(hours_text_holds("", "on"));
    assert_false(hours_text_holds("\xc3\xa9on", "on")); // a letter of two bytes before it
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_is_as_steep_as_it_says),
        cmocka_unit_test(at_first_every_decision_of_a_window_must_name_the_word),
        cmocka_unit_test(only_the_best_decision_of_a_window_must_name_the_word),
        cmocka_unit_test(the_whole_word_must_be_heard),
        cmocka_unit_test(a_threshold_moves_the_bias_until_few_alarms_are_left),
        cmocka_unit_test(the_live_head_is_the_trained_network),
        cmocka_unit_test(a_text_holds_whole_words),
    };
    return cmocka_run_group_tests(tests, train, forget);
}
