// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "probe/clip_encoder.h"

#include "data/audio_file.h"

#include <stdlib.h>
#include <string.h>

auricle_status clip_encoder_open(const char *encoder, uint64_t seed, struct clip_encoder *clips,
                                 auricle_error *error)
{
    const bool random = strncmp(encoder, "random:", 7) == 0;
    const bool bare = strncmp(encoder, "logmel:", 7) == 0;
    const char *path = random || bare ? strchr(encoder, ':') + 1 : encoder;
    *clips = (struct clip_encoder){0};
    auricle_status status = auricle_model_open(path, &clips->model, error);
    if (status == AURICLE_OK && random) {
        auricle_model *like = clips->model;
        clips->model = NULL;
        status = auricle_model_random(like, seed, &clips->model, error);
        auricle_model_unref(&like);
    }
    if (status == AURICLE_OK)
        status = clip_embedder_create(clips->model, bare, &clips->embedder, error);
    return status;
}

void clip_encoder_close(struct clip_encoder *clips)
{
    clip_embedder_destroy(&clips->embedder);
    auricle_model_unref(&clips->model);
}

auricle_status clip_encoder_row(struct clip_encoder *clips, const struct corpus_row *row,
                                float *out, auricle_error *error)
{
    float *samples = NULL;
    size_t count = 0;
    auricle_model_info info;
    auricle_model_get_info(clips->model, &info);
    auricle_status status = audio_file_load(row->path, info.sample_rate_hz, -1, row->start_s,
                                            row->end_s, &samples, &count, error);
    if (status == AURICLE_OK)
        status = clip_embed(clips->embedder, samples, count, out, error);
    free(samples);
    return status;
}
