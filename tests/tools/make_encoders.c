// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Writes two small encoders with random weights: make_encoders FOLDER -> encoder.safetensors,
 * other.safetensors. */
#include "../stream/fixture.h"

#include "base/error.h"

#include <jansson.h>
#include <stdio.h>

static void write_encoder(const char *folder, const char *name, enum fixture_kind kind)
{
    struct fixture fixture;
    char path[FILENAME_MAX];
    auricle_error error = {0};
    json_t *card = json_pack("{s:s}", "licence", "CC0-1.0");
    fixture_draw(&fixture, kind);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (model_write(path, &fixture.shape, &fixture.parameters, card, NULL, &error))
        fprintf(stderr, "%s\n", error.text);
    CHECK(error.status == AURICLE_OK);
    json_decref(card);
    parameters_free(&fixture.parameters);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    write_encoder(argv[1], "encoder.safetensors", FIXTURE_LOGMEL_GRU);
    write_encoder(argv[1], "other.safetensors", FIXTURE_LOGMEL_LSTM);
    return 0;
}
