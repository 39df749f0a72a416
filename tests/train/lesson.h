// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Pretraining on a minute of people speaking (people.h): what an objective must learn from it, and
 * that an interrupted training goes on to the same bits. */
#ifndef AURICLE_TESTS_LESSON_H
#define AURICLE_TESTS_LESSON_H

#include <stdint.h>

enum { LESSON_SETTINGS = 4 };

/** What held-out sound must show after steps: a loss below this one and a statistic of at least so
 * much. Bounds lie between what the lesson reaches and what it reaches with the encoder left as it
 * was drawn, where that differs; a gradient of the wrong sign is further off than none. */
struct lesson {
    const char *objective, *statistic;
    int64_t steps;
    double loss, least;
    const char *settings[LESSON_SETTINGS];
};

/** Fixtures of a group of tests: the recordings and a folder for runs. */
int lessons_set_up(void **state);
int lessons_tear_down(void **state);
/** The recordings' folder: 00.wav, 01.wav ... */
const char *lessons_sounds(void);
/** Trains each and compares held-out sound with what it must show; at a rate of 0 it must not. */
void lessons_learn(const struct lesson *lessons, int count);
/** Trains each for a few steps, in one go and in two: the models must be the same. */
void lessons_resume(const struct lesson *lessons, int count);

#endif
