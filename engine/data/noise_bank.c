// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "data/noise_bank.h"

#include "base/error.h"
#include "base/grow.h"
#include "data/playlist.h"
#include "data/recording.h"

#include <stdlib.h>
#include <string.h>

enum { EACH_S = 10, TOTAL_S = 600 };

static auricle_status bank_add(struct noise_bank *bank, const struct recording *recording,
                               auricle_error *error)
{
    size_t used = bank->count ? bank->ends[bank->count - 1] : 0;
    if (!GROW(bank->samples, used + recording->count, bank->room))
        return error_no_memory(error, "noise recordings");
    memcpy(bank->samples + used, recording->samples, recording->count * sizeof *bank->samples);
    bank->ends[bank->count++] = used + recording->count;
    return AURICLE_OK;
}

auricle_status noise_bank_open(struct noise_bank *bank, const struct corpus *corpus, int rate_hz,
                               uint64_t seed, void (*log)(void *user, const char *line), void *user,
                               auricle_error *error)
{
    *bank = (struct noise_bank){0};
    if (!corpus || corpus->count == 0)
        return AURICLE_OK;
    struct recording recording = {0};
    size_t room = (size_t)TOTAL_S * (size_t)rate_hz;
    auricle_status status = AURICLE_OK;
    bank->ends = calloc((size_t)corpus->count, sizeof *bank->ends);
    if (!bank->ends)
        return error_no_memory(error, "noise recordings");
    for (int i = 0; i < corpus->count && room > 0 && status == AURICLE_OK; i++) {
        const char *path = corpus->rows[playlist_row(seed, i, corpus->count)].path;
        size_t most = (size_t)EACH_S * (size_t)rate_hz;
        auricle_error reason = {0};
        status =
            recording_read(&recording, path, rate_hz, most < room ? most : room, 0.5f, 1, &reason);
        if (status == AURICLE_OK && recording.count > 0) {
            room -= recording.count;
            status = bank_add(bank, &recording, error);
        } else if (status != AURICLE_NO_MEMORY) {
            bank->unreadable++;
            if (log)
                log(user, status == AURICLE_OK ? "a noise recording is empty" : reason.text);
            status = AURICLE_OK;
        }
    }
    recording_free(&recording);
    return status;
}

void noise_bank_close(struct noise_bank *bank)
{
    free(bank->samples);
    free(bank->ends);
    *bank = (struct noise_bank){0};
}

const float *noise_bank_draw(const struct noise_bank *bank, struct random *random, size_t *count)
{
    float recorded = random_uniform(random);
    uint64_t choice = random_bits(random);
    *count = 0;
    if (bank->count == 0 || recorded < 0.25f)
        return NULL;
    int index = (int)(choice % (uint64_t)bank->count);
    size_t start = index ? bank->ends[index - 1] : 0;
    *count = bank->ends[index] - start;
    return bank->samples + start;
}
