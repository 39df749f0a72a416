// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Prints one line of numbers for each recording: its mean embedding. Recordings whose lines are
 * close sound alike.
 *
 *     cc embed.c -o embed $(pkg-config --cflags --libs auricle sndfile)
 *     ./embed encoder.safetensors a.wav b.wav > embeddings.txt */
#include <auricle/auricle.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

struct mean {
    auricle_model_info info;
    double *sum; // [embedding_dim]
    uint64_t frames;
};

// A listener without heads reports plain frames.
static void add_frame(const auricle_result *result, void *user)
{
    struct mean *mean = user;
    const float *embedding = result->vector + mean->info.embedding_offset;
    for (int i = 0; i < mean->info.embedding_dim; i++)
        mean->sum[i] += (double)embedding[i];
    mean->frames++;
}

static void print_mean(const struct mean *mean, const char *path)
{
    printf("%s", path);
    for (int i = 0; i < mean->info.embedding_dim; i++)
        printf("\t%.6g", mean->sum[i] / (double)mean->frames);
    printf("\n");
}

static auricle_status hear(auricle_listener *listener, SNDFILE *file, struct mean *mean,
                           auricle_error *error)
{
    float samples[4096];
    auricle_status status = AURICLE_OK;
    for (sf_count_t count; !status && (count = sf_readf_float(file, samples, 4096)) > 0;)
        status = auricle_listener_feed(listener, samples, (size_t)count, add_frame, mean, error);
    if (!status)
        auricle_listener_drain(listener, add_frame, mean);
    return status;
}

static auricle_status embed(auricle_model *model, const char *path, auricle_error *error)
{
    auricle_listener *listener = NULL;
    SF_INFO format = {0};
    struct mean mean = {0};
    auricle_model_get_info(model, &mean.info);
    mean.sum = calloc((size_t)mean.info.embedding_dim, sizeof *mean.sum);
    SNDFILE *file = sf_open(path, SFM_READ, &format);
    auricle_status status = file && mean.sum && format.channels == 1 ? AURICLE_OK : AURICLE_INVALID;
    snprintf(error->text, sizeof error->text, "give a readable recording of one channel");
    const auricle_listener_config config = {.size = sizeof config,
                                            .sample_rate_hz = format.samplerate};
    if (!status)
        status = auricle_listener_create(model, NULL, 0, &config, &listener, error);
    if (!status)
        status = hear(listener, file, &mean, error);
    if (!status)
        print_mean(&mean, path);
    auricle_listener_destroy(&listener);
    if (file)
        sf_close(file);
    free(mean.sum);
    return status;
}

int main(int argc, char **argv)
{
    auricle_error error = {.text = "usage: embed ENCODER RECORDING..."};
    auricle_model *model = NULL;
    auricle_status status =
        argc < 3 ? AURICLE_INVALID : auricle_model_open(argv[1], &model, &error);
    for (int i = 2; i < argc && !status; i++) {
        status = embed(model, argv[i], &error);
        if (status)
            fprintf(stderr, "%s: ", argv[i]);
    }
    if (status)
        fprintf(stderr, "%s\n", error.text);
    auricle_model_unref(&model);
    return status != AURICLE_OK;
}
