// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Writes encoders of the reference shapes with random weights: make_shapes FOLDER ->
 *   a1.safetensors    log-mel 80 -> latent 80 -> GRU 256         0.26 million products a frame
 *   a2.safetensors    log-mel 80 -> latent 80 -> 2 x GRU 256     0.66
 *   b256.safetensors  CPC's convolutions of 256 -> GRU 256       6.5
 * A latent there always is: in a1 and a2 it is one convolution a frame wide. */
#include "model/model.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static struct encoder_shape logmel_shape(int layers)
{
    struct encoder_shape shape = encoder_shape_default();
    shape.conv_layers = 1;
    shape.conv[0] = (struct conv_layer_shape){.channels = 80, .kernel = 1, .stride = 1};
    shape.context_layers = layers;
    shape.residual = 0;
    shape.future_steps = shape.feature_shift = shape.mask_frames = 0; // the encoder alone
    return shape;
}

static struct encoder_shape waveform_shape(void)
{
    struct encoder_shape shape = encoder_shape_waveform(256);
    shape.future_steps = 0;
    return shape;
}

static bool write_shape(const char *folder, const char *name, struct encoder_shape shape)
{
    static struct parameters parameters;
    struct encoder_layout layout;
    struct random random = random_seeded(1);
    char path[FILENAME_MAX];
    auricle_error error = {0};
    parameters = (struct parameters){0};
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, name);
    encoder_declare(&shape, &parameters, &layout);
    if (!parameters_allocate(&parameters))
        return false;
    const struct network network = {&shape, &parameters, &layout};
    encoder_init(&network, &random);
    json_t *card = json_pack("{s:s}", "objective", "none: random");
    auricle_status status = model_write(path, &shape, &parameters, card, NULL, &error);
    if (status)
        fprintf(stderr, "%s\n", error.text);
    json_decref(card);
    parameters_free(&parameters);
    return !status;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    bool written = write_shape(argv[1], "a1", logmel_shape(1)) &&
                   write_shape(argv[1], "a2", logmel_shape(2)) &&
                   write_shape(argv[1], "b256", waveform_shape());
    return written ? 0 : 1;
}
