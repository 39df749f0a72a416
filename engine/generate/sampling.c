// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Sound from a prior: prompt -> codes -> [prior goes on] -> codes -> decoder -> samples. */
#include <auricle/generate.h>

#include "base/error.h"
#include "base/grow.h"
#include "generate/prior_network.h"
#include "generate/codes.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

struct generating {
    const auricle_generate_config *config;
    struct coder *coder;
    struct prior *prior;
    struct code_list codes;
    int label;
};

static auricle_status check(const auricle_generate_config *config, auricle_error *error)
{
    if (!(config->seconds > 0 && config->seconds <= AURICLE_GENERATE_MAX_S))
        return error_set(error, AURICLE_INVALID, "%g seconds: must be above 0, up to %g",
                         config->seconds, AURICLE_GENERATE_MAX_S);
    if (!(config->temperature >= 0 && config->temperature <= 10))
        return error_set(error, AURICLE_INVALID, "temperature %g: must be 0 to 10",
                         config->temperature);
    if (config->reconstruct && !config->prompt)
        return error_set(error, AURICLE_INVALID, "nothing to reconstruct: name a prompt");
    return AURICLE_OK;
}

static auricle_status open_prior(struct generating *g, auricle_error *error)
{
    char beside[PATH_MAX];
    const auricle_generate_config *config = g->config;
    auricle_status status = AURICLE_OK;
    if (!config->prior)
        status = decoder_beside(config->model, "prior", beside, sizeof beside, error);
    if (!status)
        status = prior_open(config->prior ? config->prior : beside, coder_decoder(g->coder),
                            &g->prior, error);
    if (status || !config->label)
        return status;
    g->label = prior_label(g->prior, config->label);
    if (g->label > 0)
        return AURICLE_OK;
    char *known = json_dumps(json_object_get(g->prior->json, "labels"), JSON_COMPACT);
    status = error_set(error, AURICLE_INVALID,
                       "the prior does not know the label \"%.60s\"; it knows %.200s",
                       config->label, known ? known : "?");
    free(known);
    return status;
}

// A code of the top level and those below it.
static size_t symbols_of_cycle(const struct generating *g)
{
    const struct decoder_shape *shape = &coder_decoder(g->coder)->shape;
    return (size_t)(decoder_frames(shape, shape->levels - 1) + shape->levels - 1);
}

// Whole cycles, so that the sound is at least as long as asked for; one hop goes to the decoder.
static size_t symbols_wanted(const struct generating *g)
{
    const struct decoder_shape *shape = &coder_decoder(g->coder)->shape;
    const int each = decoder_frames(shape, shape->levels - 1);
    return (size_t)ceil((g->config->seconds * 100 + 1) / each) * symbols_of_cycle(g);
}

static auricle_status go_on(struct generating *g, auricle_error *error)
{
    const auricle_generate_config *config = g->config;
    const size_t wanted = symbols_wanted(g);
    struct random random = random_for(config->seed, 1);
    auricle_status status = AURICLE_OK;
    struct prior_voice *voice = prior_voice_create(g->prior, g->label);
    if (!voice || !GROW(g->codes.codes, wanted, g->codes.capacity))
        status = error_no_memory(error, "%g seconds", config->seconds);
    int *codes = g->codes.codes;
    for (size_t i = 0; i < wanted && !status; i++) {
        const int given = i < g->codes.count ? codes[i] : -1;
        codes[i] = prior_voice_next(voice, config->temperature, given, &random);
        if (config->progress && i % 1024 == 0 &&
            !config->progress((double)i / (double)wanted, 0, config->user))
            status = error_set(error, AURICLE_INTERRUPTED, "interrupted: nothing is written");
    }
    if (!status)
        g->codes.count = wanted;
    prior_voice_destroy(&voice);
    return status;
}

static auricle_status make_codes(struct generating *g, auricle_error *error)
{
    const auricle_generate_config *config = g->config;
    const double most = config->prompt_seconds > 0 && config->prompt_seconds < config->seconds
                            ? config->prompt_seconds
                            : config->seconds;
    auricle_status status = AURICLE_OK;
    if (config->prompt)
        status = coder_read(g->coder, config->prompt, most, &g->codes, error);
    if (status || config->reconstruct)
        return status;
    if (config->prompt && g->codes.count + symbols_of_cycle(g) >= symbols_wanted(g))
        return error_set(
            error, AURICLE_INVALID,
            "%s fills the %g seconds, nothing is left to generate: ask for more seconds, "
            "or for fewer of the prompt (--prompt-seconds)",
            config->prompt, config->seconds);
    status = open_prior(g, error);
    return status ? status : go_on(g, error);
}

auricle_status auricle_generate(const auricle_generate_config *config, float **samples,
                                size_t *count, auricle_error *error)
{
    struct generating g = {.config = config};
    *samples = NULL;
    *count = 0;
    auricle_status status = check(config, error);
    if (!status)
        status = coder_create(config->model, config->decoder, &g.coder, error);
    if (!status)
        status = make_codes(&g, error);
    if (!status)
        status =
            codes_to_sound(coder_decoder(g.coder), &g.codes, config->seed, samples, count, error);
    const size_t most = (size_t)(config->seconds * AURICLE_GENERATE_RATE_HZ);
    if (!status && *count > most)
        *count = most;
    if (!status && *count == 0) {
        free(*samples);
        *samples = NULL;
        status = error_set(error, AURICLE_INVALID, "the prompt is too short to be a code");
    }
    prior_close(&g.prior);
    coder_destroy(&g.coder);
    code_list_free(&g.codes);
    return status;
}
