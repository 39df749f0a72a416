// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include <auricle/metric.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void assert_close(double actual, double expected)
{
    if (fabs(actual - expected) > 1e-9)
        fail_msg("%.12g is not %.12g", actual, expected);
}

static void classification_counts_by_hand(void **state)
{
    (void)state;
    //              class 0: 3 of 4 right; class 1: 1 of 2 right; class 2 never occurs
    int truth[] = {0, 0, 0, 0, 1, 1}, predicted[] = {0, 0, 0, 1, 1, 0}, confusion[9];
    auricle_classification result;
    assert_int_equal(
        auricle_metric_classification(truth, predicted, 6, 3, confusion, &result, NULL),
        AURICLE_OK);
    assert_close(result.accuracy, 4.0 / 6);
    assert_close(result.uar, (0.75 + 0.5) / 2);
    assert_close(result.macro_f1, (6.0 / 8 + 2.0 / 4) / 2);
    int expected[9] = {3, 1, 0, 1, 1, 0, 0, 0, 0};
    assert_memory_equal(confusion, expected, sizeof expected);
}

static void classification_refuses_strange_indices(void **state)
{
    (void)state;
    int truth[] = {0, 3}, predicted[] = {0, 0};
    auricle_classification result;
    auricle_error error;
    assert_int_equal(auricle_metric_classification(truth, predicted, 2, 3, NULL, &result, &error),
                     AURICLE_INVALID);
    assert_non_null(strstr(error.text, "item 1: truth 3"));
    assert_int_equal(auricle_metric_classification(truth, predicted, 0, 3, NULL, &result, &error),
                     AURICLE_INVALID);
}

static double eer_of(const float *scores, const unsigned char *same, size_t count)
{
    double eer = -1;
    assert_int_equal(auricle_metric_eer(scores, same, count, &eer, NULL), AURICLE_OK);
    return eer;
}

static void eer_of_perfect_useless_and_reversed_scores(void **state)
{
    (void)state;
    unsigned char same[] = {0, 0, 1, 1};
    assert_close(eer_of((float[]){1, 2, 3, 4}, same, 4), 0);
    assert_close(eer_of((float[]){7, 7, 7, 7}, same, 4), 0.5);
    assert_close(eer_of((float[]){4, 3, 2, 1}, same, 4), 1);
}

static void eer_counts_by_hand(void **state)
{
    (void)state;
    // at a threshold between 4 and 5: 1 of 4 targets missed, 1 of 4 impostors accepted
    float scores[] = {1, 2, 3, 5, 4, 6, 7, 8};
    unsigned char same[] = {0, 0, 0, 0, 1, 1, 1, 1};
    assert_close(eer_of(scores, same, 8), 0.25);
}

static void eer_needs_both_kinds(void **state)
{
    (void)state;
    unsigned char same[] = {1, 1};
    double eer;
    auricle_error error;
    assert_int_equal(auricle_metric_eer((float[]){1, 2}, same, 2, &eer, &error), AURICLE_INVALID);
    assert_int_equal(auricle_metric_eer((float[]){1, NAN}, same, 2, &eer, &error), AURICLE_INVALID);
    assert_non_null(strstr(error.text, "score 1"));
}

static void detection_counts_by_hand(void **state)
{
    (void)state;
    auricle_span truth[] = {{1, 2, 0}, {5, 6, 1}, {9, 10, 0}};
    auricle_span found[] = {{1.5, 2.5, 0}, {1.8, 2.2, 0}, {5.2, 6, 0}, {10.3, 11, 0}};
    auricle_detection result;
    assert_int_equal(auricle_metric_detection(truth, 3, found, 4, 0.5, 0.5, &result, NULL),
                     AURICLE_OK);
    assert_int_equal(result.hits, 2); // the first and, within tolerance, the last
    assert_int_equal(result.misses, 1);
    assert_int_equal(result.false_alarms, 2); // a duplicate and a wrong label
    assert_close(result.false_alarms_per_hour, 4);
    assert_close(result.precision, 0.5);
    assert_close(result.recall, 2.0 / 3);
}

static void detection_refuses_zero_hours_and_disorder(void **state)
{
    (void)state;
    auricle_span truth[] = {{5, 6, 0}, {1, 2, 0}};
    auricle_detection result;
    assert_int_equal(auricle_metric_detection(truth, 2, NULL, 0, 1, 0, &result, NULL),
                     AURICLE_INVALID);
    assert_int_equal(auricle_metric_detection(truth, 1, NULL, 0, 0, 0, &result, NULL),
                     AURICLE_INVALID);
}

static void an_interval_draws_whole_groups(void **state)
{
    (void)state;
    auricle_interval interval;
    // every group says the same: no draw differs
    const auricle_count same[] = {{1, 4}, {2, 8}, {5, 20}};
    assert_int_equal(auricle_metric_interval(same, 3, &interval, NULL), AURICLE_OK);
    assert_close(interval.value, 0.25);
    assert_close(interval.low, 0.25);
    assert_close(interval.high, 0.25);
    // two speakers, one always right, one never: one draw in four holds only one of them
    const auricle_count apart[] = {{10, 10}, {0, 10}};
    assert_int_equal(auricle_metric_interval(apart, 2, &interval, NULL), AURICLE_OK);
    assert_close(interval.value, 0.5);
    assert_close(interval.low, 0);
    assert_close(interval.high, 1);
    assert_int_equal(auricle_metric_interval(NULL, 0, &interval, NULL), AURICLE_OK);
    assert_true(isnan(interval.value) && isnan(interval.low) && isnan(interval.high));
}

static void an_alignment_by_hand(void **state)
{
    (void)state;
    //                   a  b  c  d           a  x  c  d  e
    const int said[] = {1, 2, 3, 4}, guess[] = {1, 9, 3, 4, 5};
    char alignment[10];
    auricle_edits edits;
    assert_int_equal(auricle_metric_edits(said, 4, guess, 5, &edits, alignment, NULL), AURICLE_OK);
    assert_string_equal(alignment, "=S==I");
    assert_int_equal(edits.references, 4);
    assert_int_equal(edits.substitutions, 1);
    assert_int_equal(edits.insertions, 1);
    assert_int_equal(edits.deletions, 0);
    assert_int_equal(auricle_metric_edits(said, 4, guess, 0, &edits, alignment, NULL), AURICLE_OK);
    assert_string_equal(alignment, "DDDD");
    assert_int_equal(auricle_metric_edits(said, 0, guess, 0, &edits, alignment, NULL), AURICLE_OK);
    assert_string_equal(alignment, "");
    assert_int_equal(auricle_metric_edits(said, -1, guess, 0, &edits, NULL, NULL), AURICLE_INVALID);
}

static auricle_text_scores scores_of(const char *reference, const char *hypothesis)
{
    auricle_text_scores result;
    assert_int_equal(auricle_metric_text(&reference, &hypothesis, 1, &result, NULL), AURICLE_OK);
    return result;
}

static void word_and_character_errors_by_hand(void **state)
{
    (void)state;
    auricle_text_scores result = scores_of("  turn  the light\ton ", "turn light of");
    assert_close(result.wer, 2.0 / 4);                  // "the" is missing, "of" for "on"
    assert_int_equal(result.characters.references, 17); // "turn the light on"
    assert_close(result.cer, 5.0 / 17);
    result = scores_of("gr\xc3\xbc\xc3\x9f", "gru\xc3\x9f"); // four characters, one of them wrong
    assert_close(result.cer, 1.0 / 4);
    assert_close(scores_of("\xff\xc3", "\xff").cer, 1.0 / 2); // bytes that are not UTF-8
    assert_true(isnan(scores_of(" ", "on").wer));
}

static void bleu_sets_marks_apart_by_rule_13a(void **state)
{
    (void)state;
    // equal after the marks are set apart, so every 4-gram matches
    assert_close(scores_of("\"Stop\" , he said .", "\"Stop\", he said.").bleu, 1);
    assert_close(scores_of("a 5 - year plan of", "a 5-year plan of").bleu, 1);
    assert_true(scores_of("it cost 3 . 14 in all", "it cost 3.14 in all").bleu < 0.9);
    assert_true(scores_of("a well - known man is", "a well-known man is").bleu < 0.9);
    // 4 of 5 words, 3 of 4 pairs, 2 of 3 triples, 1 of 2 fours
    assert_close(scores_of("a b c d e", "a b c d x").bleu, pow(0.8 * 0.75 * 2 / 3 * 0.5, 0.25));
    // shorter than the reference: exp(1 - 6 / 5)
    assert_close(scores_of("a b c d e f", "a b c d e").bleu, exp(-0.2));
    // no fours, then no triples either: half and a quarter of a match
    assert_close(scores_of("a b c d", "a b x d").bleu, pow(3.0 / 4 * 1 / 3 * 0.5 / 2 * 0.25, 0.25));
    assert_close(scores_of("a b c d", "w x y z").bleu, 0);
}

static void rouge_by_hand(void **state)
{
    (void)state;
    auricle_text_scores result = scores_of("The cat sat on the mat.", "the cat, the mat");
    assert_close(result.rouge_1, 2.0 * 4 / (6 + 4));
    assert_close(result.rouge_2, 2.0 * 2 / (5 + 3));
    assert_close(result.rouge_l, 2.0 * 4 / (6 + 4));
    result = scores_of("a b c", "c b a");
    assert_close(result.rouge_1, 1);
    assert_close(result.rouge_2, 0);
    assert_close(result.rouge_l, 2.0 * 1 / 6);
}

static void area_and_cost_by_hand(void **state)
{
    (void)state;
    const float scores[] = {1, 2, 2, 3};
    const unsigned char same[] = {0, 0, 1, 1};
    double value;
    assert_int_equal(auricle_metric_roc_auc(scores, same, 4, &value, NULL), AURICLE_OK);
    assert_close(value, 3.5 / 4);
    // threshold above 2: half of the targets are missed, no impostor is accepted
    assert_int_equal(auricle_metric_min_dcf(scores, same, 4, 0.01, &value, NULL), AURICLE_OK);
    assert_close(value, 0.5);
    assert_int_equal(auricle_metric_min_dcf(scores, same, 4, 1, &value, NULL), AURICLE_INVALID);
    assert_int_equal(auricle_metric_roc_auc(scores, same, 2, &value, NULL), AURICLE_INVALID);
}

static void concordance_by_hand(void **state)
{
    (void)state;
    const float x[] = {0, 1, 2}, shifted[] = {1, 2, 3}, flat[] = {4, 4, 4}, bad[] = {0, NAN, 2};
    double value;
    assert_int_equal(auricle_metric_ccc(x, x, 3, &value, NULL), AURICLE_OK);
    assert_close(value, 1);
    assert_int_equal(auricle_metric_ccc(x, shifted, 3, &value, NULL), AURICLE_OK);
    assert_close(value, 4.0 / 7); // 2 * 2 / (2 + 2 + 3)
    assert_int_equal(auricle_metric_ccc(flat, flat, 3, &value, NULL), AURICLE_INVALID);
    assert_int_equal(auricle_metric_ccc(x, bad, 3, &value, NULL), AURICLE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classification_counts_by_hand),
        cmocka_unit_test(classification_refuses_strange_indices),
        cmocka_unit_test(eer_of_perfect_useless_and_reversed_scores),
        cmocka_unit_test(eer_counts_by_hand),
        cmocka_unit_test(eer_needs_both_kinds),
        cmocka_unit_test(detection_counts_by_hand),
        cmocka_unit_test(detection_refuses_zero_hours_and_disorder),
        cmocka_unit_test(an_interval_draws_whole_groups),
        cmocka_unit_test(an_alignment_by_hand),
        cmocka_unit_test(word_and_character_errors_by_hand),
        cmocka_unit_test(bleu_sets_marks_apart_by_rule_13a),
        cmocka_unit_test(rouge_by_hand),
        cmocka_unit_test(area_and_cost_by_hand),
        cmocka_unit_test(concordance_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
