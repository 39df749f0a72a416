// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A racer: pace ENCODER BATCH encoder | whole | stream | check IN OUT FRAMES
 *   encoder  the network alone, log-mel (or 160 samples) to frame, BATCH streams a call
 *   whole    from 160 samples: each stream's log-mel, then the network as above
 *   stream   the same through the public API, BATCH streams one after another
 *   check    frames of one stream as raw floats, as peer_onnxruntime --check wants them */
#include <auricle/machine.h>
#include "racer.h"

#include <auricle/stream.h>

#include "base/error.h"
#include "model/model.h"

enum { MOST_STREAMS = 64, NOISE_FRAMES = 64 };

struct pace {
    auricle_model *model;
    int batch, input_dim, frame;
    struct encoder_scratch *scratch;
    struct encoder_state *state[MOST_STREAMS];
    auricle_stream *stream[MOST_STREAMS];
    float *frame_of[MOST_STREAMS], *history_of[MOST_STREAMS]; // history: of the log-mel
    float *noise;                                             // [NOISE_FRAMES][batch][input_dim]
    float *logmel_scratch;
};

static const float *noise_of(const struct pace *p, int stream)
{
    return p->noise +
           ((size_t)(p->frame % NOISE_FRAMES * p->batch) + (size_t)stream) * (size_t)p->input_dim;
}

static void encode(void *subject)
{
    struct pace *p = subject;
    const float *inputs[MOST_STREAMS];
    for (int b = 0; b < p->batch; b++)
        inputs[b] = noise_of(p, b);
    encoder_step_batch(&p->model->shape, &p->model->weights, p->batch, p->state, inputs,
                       p->frame_of, p->scratch);
    p->frame++;
}

static void encode_samples(void *subject)
{
    struct pace *p = subject;
    if (!p->model->logmel) {
        encode(p);
        return;
    }
    for (int b = 0; b < p->batch; b++)
        logmel_step(p->model->logmel, p->history_of[b], noise_of(p, b), p->logmel_scratch,
                    p->frame_of[b]);
    encoder_step_batch(&p->model->shape, &p->model->weights, p->batch, p->state,
                       (const float *const *)p->frame_of, p->frame_of, p->scratch);
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

static float *zeros(size_t floats)
{
    float *memory = aligned_alloc(64, (floats * sizeof *memory + 63) / 64 * 64);
    CHECK(memory);
    return memset(memory, 0, floats * sizeof *memory);
}

static void prepare(struct pace *p, bool samples, bool public_streams)
{
    const struct encoder_shape *shape = &p->model->shape;
    uint32_t seed = 1;
    samples |= shape->front_end == FRONT_END_WAVEFORM;
    p->input_dim = samples ? HOP_SAMPLES : shape->logmel.mels;
    size_t floats = (size_t)NOISE_FRAMES * (size_t)p->batch * (size_t)p->input_dim;
    p->noise = zeros(floats);
    racer_noise(&seed, (long)floats, samples ? 0.1f : 1, p->noise);
    for (int b = 0; b < p->batch && public_streams; b++)
        CHECK(!auricle_stream_create(p->model, NULL, &p->stream[b], NULL));
    if (public_streams)
        return;
    p->scratch = encoder_scratch_create(shape, &p->model->weights, p->batch);
    CHECK(p->scratch);
    if (p->model->logmel)
        p->logmel_scratch = zeros(logmel_scratch_size(p->model->logmel));
    for (int b = 0; b < p->batch; b++) {
        p->state[b] = encoder_state_create(shape);
        CHECK(p->state[b]);
        p->frame_of[b] = zeros((size_t)encoder_shape_frame_dim(shape));
        if (p->model->logmel)
            p->history_of[b] = zeros(logmel_history_size(p->model->logmel));
    }
}

static void close_pace(struct pace *p)
{
    for (int b = 0; b < p->batch; b++) {
        encoder_state_destroy(&p->state[b]);
        auricle_stream_destroy(&p->stream[b]);
        free(p->frame_of[b]);
        free(p->history_of[b]);
    }
    encoder_scratch_destroy(&p->scratch);
    free(p->logmel_scratch);
    free(p->noise);
    auricle_model_unref(&p->model);
}

// Samples that the front end keeps: the log-mel's window, the hop being filled.
static size_t front_bytes(const struct pace *p)
{
    size_t window = p->model->logmel ? logmel_history_size(p->model->logmel) : 0;
    return (window + HOP_SAMPLES) * sizeof(float);
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
             "\"stream_bytes\": %zu, \"front_bytes\": %zu}",
             auricle_kernels_in_use(), numbers, products, p->model->weight_bytes,
             p->stream[0] ? auricle_stream_state_bytes(p->stream[0]) : 0, front_bytes(p));
    return text;
}

static int check_stream(struct pace *p, const char *in, const char *out, long frames)
{
    FILE *from = fopen(in, "rb"), *to = fopen(out, "wb");
    bool whole = from && to;
    for (long t = 0; t < frames && whole; t++) {
        whole =
            fread(p->noise, sizeof *p->noise, (size_t)p->input_dim, from) == (size_t)p->input_dim;
        p->frame = 0;
        encode(p);
        fwrite(p->frame_of[0], sizeof(float), (size_t)encoder_shape_frame_dim(&p->model->shape),
               to);
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
    bool stream = !strcmp(argv[3], "stream"), whole = !strcmp(argv[3], "whole");
    prepare(&p, stream || whole, stream);
    int status = argc == 7 ? check_stream(&p, argv[4], argv[5], strtol(argv[6], NULL, 10))
                           : racer_run(stream  ? listen
                                       : whole ? encode_samples
                                               : encode,
                                       &p, facts_of(&p, facts));
    close_pace(&p);
    return status;
}
