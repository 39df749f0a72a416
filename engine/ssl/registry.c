// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "ssl/objective.h"

#include "base/error.h"

#include <string.h>

const struct objective *const objectives[] = {&objective_cpc,
                                              &objective_apc,
                                              &objective_masked,
                                              &objective_simclr,
                                              &objective_cola,
                                              &objective_autoencoder,
                                              &objective_vae,
                                              &objective_rotation,
                                              &objective_wav2vec,
                                              &objective_wav2vec2,
                                              &objective_hubert,
                                              &objective_distill,
                                              &objective_bestrq,
                                              &objective_decoar,
                                              &objective_decoar2,
                                              &objective_jukebox,
                                              &objective_supervised,
                                              &objective_labels,
                                              NULL};

const struct objective *objective_find(const char *name)
{
    for (const struct objective *const *each = objectives; *each; each++)
        if (strcmp((*each)->name, name) == 0)
            return *each;
    return NULL;
}
