// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Learns what tells speakers apart: the numbers of a verification head but its profiles. */
#ifndef AURICLE_HEADS_VERIFIER_H
#define AURICLE_HEADS_VERIFIER_H

#include <auricle/status.h>

#include "stream/head.h"

#include <stdbool.h>
#include <stddef.h>

/** Voices in the making: pooled parts, whose they are and from which recording. */
struct voice_parts {
    float *x; // [count][inputs]
    int *speaker, *recording;
    size_t count, room, inputs;
    int now_speaker, now_recording;
};

/** A speech_part_visit: user is a struct voice_parts, whose now_... say whose x is. */
auricle_status voice_parts_add(float *x, int frames, void *user, auricle_error *error);
void voice_parts_free(struct voice_parts *parts);
/** Leaves parts out, evenly, where there are more than can be learned from. */
void voice_parts_thin(struct voice_parts *parts);
/** Speakers become 0, 1, ...; those with one part are left out. Returns how many there are. */
int voice_parts_number(struct voice_parts *parts, int speakers);

/** All numbers of a verification head but its profiles, in one piece of memory. */
struct verifier {
    float *mean, *deviation; // [inputs]
    float *weight, *bias;    // [hidden][inputs], [hidden]
    float *cohort_mean, *cohort_covariance;
    float *calibration; // scale, offset
    float memory[];
};

struct verifier *verifier_create(size_t inputs, size_t hidden); // free() it; NULL: no memory
struct head_weights verifier_weights(const struct verifier *v); // borrowed
/** parts: numbered, of so many speakers. All but the calibration. Errors: INVALID, NO_MEMORY. */
auricle_status verifier_learn(const struct voice_parts *parts, int speakers,
                              const struct head_shape *shape, struct verifier *v,
                              auricle_error *error);
/** calibration [2], from every third speaker, scored by what the others teach. */
auricle_status verifier_calibrate(const struct voice_parts *parts, int speakers,
                                  const struct head_shape *shape, float *calibration,
                                  auricle_error *error);

/** [count][hidden] the parts' voices; free() it. NULL: no memory. */
float *verifier_voices(const struct voice_parts *parts, const struct head_shape *shape,
                       const struct verifier *v);
/** [groups][hidden] mean voices of length 1; group[i] in [0, groups). free() it. */
float *voices_mean(const float *voices, const int *group, size_t count, int groups, size_t hidden);

struct voice_pairs {
    float *scores;
    unsigned char *same;
    size_t count;
};

void voice_pairs_free(struct voice_pairs *pairs);
/** Every pair of voices that are not of one recording. false: no memory (free the pairs then too).
 */
bool voice_pairs_score(const struct head_shape *shape, const struct verifier *v,
                       const float *voices, const int *speaker, const int *recording, size_t count,
                       struct voice_pairs *pairs);

#endif
