// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Nine short recordings, some noise, and loaders that play them. Include after cmocka.h. */
#ifndef AURICLE_TESTS_LOADER_CLIPS_H
#define AURICLE_TESTS_LOADER_CLIPS_H

#include "scratch_audio.h"
#include "data/loader.h"

enum { HOP = 160, MELS = 20, CLIPS = 9 };

static char folder[64], noise_folder[64];
static struct corpus corpus, noise;

// Nine clips from shorter than a window to longer than several, of three speakers.
static const int clip_samples[CLIPS] = {1600, 4000, 800, 7999, 24000, 12345, 161, 30000, 3200};

static inline void make_clips(void)
{
    char text[1024] = "file_name,speaker\n";
    for (int i = 0; i < CLIPS; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.wav", i);
        scratch_audio(folder, name, 0, 16000, clip_samples[i], (uint64_t)i);
        snprintf(text + strlen(text), 64, "%s,%s\n", name,
                 (const char *[]){"", "zoe", "al"}[i % 3]);
    }
    scratch_text(folder, "metadata.csv", text);
}

static inline int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/auricle-loader-XXXXXX");
    strcpy(noise_folder, "/tmp/auricle-noise-XXXXXX");
    scratch_create(folder);
    scratch_create(noise_folder);
    make_clips();
    scratch_audio(noise_folder, "hum.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 5000, 100);
    scratch_audio(noise_folder, "hiss.wav", 0, 8000, 3000, 101);
    assert_int_equal(corpus_add(&corpus, folder, NULL, NULL), AURICLE_OK);
    assert_int_equal(corpus_add(&noise, noise_folder, NULL, NULL), AURICLE_OK);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    corpus_free(&corpus);
    corpus_free(&noise);
    scratch_destroy(folder);
    scratch_destroy(noise_folder);
    return 0;
}

static inline struct loader_config plain(void)
{
    return (struct loader_config){
        .corpus = &corpus,
        .streams = 3,
        .frames = 40,
        .views = 1,
        .logmel = {16000, HOP, 400, 512, MELS, 20.0f, 7600.0f, 1e-6f, 1.0f},
        .want_features = true,
        .want_samples = true,
        .seed = 1,
    };
}

// Everything on, two views, short stretches.
static inline struct loader_config varied(void)
{
    struct loader_config config = plain();
    config.views = 2;
    config.noise = &noise;
    config.max_recording_s = 1.0f;
    for (int view = 0; view < 2; view++) {
        config.augment[view] = augment_config_default();
        config.augment[view].reverb_probability = 0.5f;
    }
    return config;
}

static inline struct loader *loader_of(struct loader_config config, int threads)
{
    struct loader *loader;
    auricle_error error = {0};
    config.threads = threads;
    if (loader_create(&config, &loader, &error) != AURICLE_OK)
        fail_msg("%s", error.text);
    return loader;
}

static inline const struct loader_batch *next_of(struct loader *loader)
{
    const struct loader_batch *batch;
    auricle_error error = {0};
    if (loader_next(loader, &batch, &error) != AURICLE_OK)
        fail_msg("%s", error.text);
    return batch;
}

#endif
