// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A minute of people speaking, from packages that `./run test` installs. */
#ifndef AURICLE_TESTS_PEOPLE_H
#define AURICLE_TESTS_PEOPLE_H

enum { PEOPLE = 16, PEOPLE_RATE_HZ = 16000 };

/** Writes them to folder as 00.wav ... 15.wav, always the same samples: eleven telephone prompts of
 * one speaker, 8 kHz, then five words of another, 48 kHz. Fails the test where a package lacks. */
void people_write(const char *folder);

#endif
