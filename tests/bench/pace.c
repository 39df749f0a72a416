// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A racer: pace ENCODER BATCH encoder | stream | check IN OUT FRAMES
 *   encoder  the network alone, log-mel (or 160 samples) to frame, BATCH streams a call
 *   stream   whole frames from samples through the public API, BATCH streams one after another
 *   check    frames of one stream as raw floats, as peer_onnxruntime --check wants them */
#include "racer.h"

#include <auricle/stream.h>

#include "base/error.h"
#include "model/model.h"

enum { MOST_STREAMS = 64, NOISE_FRAMES = 64 };

struct pace {
    auricle_model *model;
    int batch, input_dim, frame;
    struct encoder_state *state[MOST_STREAMS];
    auricle_stream *stream[MOST_STREAMS];
    float *noise, *vector; // [NOISE_FRAMES][batch][input_dim]; [batch][frame_dim]
};

static const float *noise_of(const struct pace *p, int stream)
{
    return p->noise +
           ((size_t)(p->frame % NOISE_FRAMES * p->batch) + (size_t)stream) * (size_t)p->input_dim;
}

static void encode(void *subject)
{
    struct pace *p = subject;
    size_t dim = (size_t)encoder_shape_frame_dim(&p->model->shape);
    for (int b = 0; b < p->batch; b++)
        encoder_step(&p->model->shape, &p->model->weights, p->state[b], noise_of(p, b),
                     p->vector + (size_t)b * dim);
    p->frame++;
}

static void listen(void *subject)
{
    struct pace *p = subject;
    size_t taken;
    auricle_frame frame;
    for (int b = 0; b < p->batch; b++) {
        auricle_stream_feed(p->stream[b], noise_of(p, b), HOP_SAMPLES, &taken, &frame);
        CHECK(frame.vector && taken == HOP_SAMPLES);
    }
    p->frame++;
}

static void prepare(struct pace *p, bool samples)
{
    const struct encoder_shape *shape = &p->model->shape;
    uint32_t seed = 1;
    p->input_dim =
        samples || shape->front_end == FRONT_END_WAVEFORM ? HOP_SAMPLES : shape->logmel.mels;
    size_t floats = (size_t)NOISE_FRAMES * (size_t)p->batch * (size_t)p->input_dim;
    p->noise = malloc(floats * sizeof *p->noise);
    p->vector =
        malloc((size_t)p->batch * (size_t)encoder_shape_frame_dim(shape) * sizeof *p->vector);
    CHECK(p->noise && p->vector);
    racer_noise(&seed, (long)floats, samples ? 0.1f : 1, p->noise);
    for (int b = 0; b < p->batch; b++) {
        p->state[b] = encoder_state_create(shape);
        CHECK(p->state[b] && !auricle_stream_create(p->model, NULL, &p->stream[b], NULL));
    }
}

// Bytes of the tensors that a frame reads, the predictors' left out; its products.
static void count_work(const struct encoder_shape *shape, double *numbers, double *products)
{
    int count = shape->front_end == FRONT_END_WAVEFORM ? HOP_SAMPLES : 1;
    int in = encoder_shape_latent_dim(shape);
    *numbers = *products = 0;
    for (int i = 0; i < shape->conv_layers; i++) {
        struct conv1d_shape conv = encoder_conv_shape(shape, i);
        double weights = (double)conv.kernel * conv.in * conv.out;
        count /= conv.stride;
        *numbers += weights;
        *products += weights * count;
    }
    for (int i = 0; i < shape->context_layers; i++, in = shape->context_dim) {
        double weights =
            (shape->cell == CELL_LSTM ? 4.0 : 3.0) * shape->context_dim * (in + shape->context_dim);
        *numbers += weights;
        *products += weights;
    }
}

static const char *facts_of(const struct pace *p, char text[512])
{
    double numbers, products;
    count_work(&p->model->shape, &numbers, &products);
    snprintf(text, 512,
             "{\"kernels\": \"%s\", \"weights\": %.0f, \"products\": %.0f, \"model_bytes\": %zu, "
             "\"stream_bytes\": %zu}",
             auricle_kernels_in_use(), numbers, products, p->model->weight_bytes,
             auricle_stream_state_bytes(p->stream[0]));
    return text;
}

// Outputs in the order an export of the model has them.
static void write_frame(const struct encoder_shape *shape, const float *frame, FILE *out)
{
    fwrite(frame, sizeof *frame, (size_t)encoder_shape_frame_dim(shape), out);
}

static int check_stream(struct pace *p, const char *in, const char *out, long frames)
{
    FILE *from = fopen(in, "rb"), *to = fopen(out, "wb");
    bool whole = from && to;
    for (long t = 0; t < frames && whole; t++) {
        whole =
            fread(p->noise, sizeof *p->noise, (size_t)p->input_dim, from) == (size_t)p->input_dim;
        encoder_step(&p->model->shape, &p->model->weights, p->state[0], p->noise, p->vector);
        write_frame(&p->model->shape, p->vector, to);
    }
    if (from)
        fclose(from);
    return to && !fclose(to) && whole ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct pace p = {0};
    auricle_error error = {0};
    char facts[512];
    if (argc < 4)
        return 2;
    racer_pin();
    p.batch = (int)strtol(argv[2], NULL, 10);
    if (p.batch < 1 || p.batch > MOST_STREAMS)
        return 2;
    if (auricle_model_open(argv[1], &p.model, &error)) {
        fprintf(stderr, "pace: %s\n", error.text);
        return 1;
    }
    bool stream = !strcmp(argv[3], "stream");
    prepare(&p, stream);
    if (argc == 7)
        return check_stream(&p, argv[4], argv[5], strtol(argv[6], NULL, 10));
    return racer_run(stream ? listen : encode, &p, facts_of(&p, facts));
}
