// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Several objectives added up by weight: "cpc:1,apc:0.5,masked:0.5". */
#ifndef AURICLE_SSL_MIXTURE_H
#define AURICLE_SSL_MIXTURE_H

#include "ssl/objective.h"

enum { MIXTURE_PARTS = 8 };

struct mixture {
    struct mixture_part {
        const struct objective *objective;
        float weight;
        double setting[OBJECTIVE_SETTINGS];
        int own[OBJECTIVE_OWN];
    } part[MIXTURE_PARTS];
    int count;
};

/** One loss and its numbers, in the order of the parts. */
struct mixture_report {
    double total;
    double loss[MIXTURE_PARTS];
    struct objective_statistics statistics[MIXTURE_PARTS];
};

/** A weight left out is 1. Settings start at their defaults. Errors: INVALID, with the
 * names there are. */
auricle_status mixture_parse(const char *text, struct mixture *mixture, auricle_error *error);

/** The first objective with this need, or NULL. */
const struct objective *mixture_needs(const struct mixture *mixture, enum objective_needs need);

/** Gives the objectives the width of a teacher's rows, 0 = there is no teacher. Errors: INVALID (no
 * objective learns from one, or one was set to another width). */
auricle_status mixture_set_teacher(struct mixture *mixture, int width, auricle_error *error);

/** Leaves in the shape exactly the predictors that this mixture trains. */
void mixture_configure(const struct mixture *mixture, struct encoder_shape *shape);
/** After encoder_declare, before parameters_allocate. */
void mixture_declare(struct mixture *mixture, const struct encoder_shape *shape,
                     struct parameters *parameters);
/** These set context's setting and own for each part. */
void mixture_init(const struct mixture *mixture, struct objective_context context);
/** Has constants to fit before the first step. */
bool mixture_fits(const struct mixture *mixture);
/** false: memory is out. */
bool mixture_fit(const struct mixture *mixture, struct objective_context context,
                 const struct objective_batch *sample);
void mixture_settle(const struct mixture *mixture, struct objective_context context);
auricle_status mixture_write(const struct mixture *mixture, struct objective_context context,
                             const char *path, const char *hash, const json_t *card,
                             auricle_error *error);
struct tensor *mixture_loss(const struct mixture *mixture, struct objective_context context,
                            const struct objective_batch *batch,
                            const struct objective_encoding *encoding,
                            struct mixture_report *report);

#endif
