// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "generate/codes.h"

#include "base/error.h"
#include "base/grow.h"
#include "model/model.h"
#include "data/audio_file.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, CYCLES = 64 }; // samples read, cycles worked on at once

struct coder {
    auricle_model *model;
    auricle_stream *stream;
    struct decoder *decoder;
    struct tape *tape;
    float *contexts; // [CYCLES*stride][context]
    int *chosen;     // [CYCLES*stride]
    float *scratch;
    size_t offset; // of the last context in a frame
    int frames;    // held in contexts
};

static int cycle_frames(const struct decoder_shape *shape)
{
    return decoder_frames(shape, shape->levels - 1);
}

// ---- opening

static auricle_status check_pair(const struct coder *coder, auricle_error *error)
{
    const struct decoder *decoder = coder->decoder;
    if (strcmp(decoder->encoder_hash, coder->model->hash) != 0)
        return error_set(error, AURICLE_MISMATCH,
                         "this decoder was trained with encoder %.12s..., the model is %.12s...: "
                         "open the encoder it came with",
                         decoder->encoder_hash, coder->model->hash);
    if (decoder->shape.context != coder->model->shape.context_dim)
        return error_set(error, AURICLE_FORMAT, "a decoder of %d numbers a frame, not %d",
                         decoder->shape.context, coder->model->shape.context_dim);
    return AURICLE_OK;
}

static auricle_status coder_fill(struct coder *coder, const char *model, const char *decoder,
                                 auricle_error *error)
{
    char beside[PATH_MAX];
    auricle_model_info info;
    const auricle_stream_config config = {.sample_rate_hz = SAMPLE_RATE_HZ};
    auricle_status status = auricle_model_open(model, &coder->model, error);
    if (!status && !decoder)
        status = decoder_beside(model, "decoder", beside, sizeof beside, error);
    if (!status)
        status = decoder_open(decoder ? decoder : beside, &coder->decoder, error);
    if (!status)
        status = check_pair(coder, error);
    if (!status)
        status = auricle_stream_create(coder->model, &config, &coder->stream, error);
    if (status)
        return status;
    const struct decoder_shape *shape = &coder->decoder->shape;
    const size_t frames = (size_t)(CYCLES * cycle_frames(shape));
    auricle_model_get_info(coder->model, &info);
    coder->offset = (size_t)(info.embedding_offset + info.embedding_dim - info.context_dim);
    coder->tape = tape_create(false);
    coder->contexts = calloc(frames * (size_t)shape->context, sizeof(float));
    coder->chosen = calloc(frames, sizeof(int));
    coder->scratch = calloc(codebook_scratch(shape->codes), sizeof(float));
    return coder->tape && coder->contexts && coder->chosen && coder->scratch
               ? AURICLE_OK
               : error_set(error, AURICLE_NO_MEMORY, "no memory to encode with");
}

auricle_status coder_create(const char *model, const char *decoder, struct coder **coder,
                            auricle_error *error)
{
    *coder = calloc(1, sizeof **coder);
    if (!*coder)
        return error_set(error, AURICLE_NO_MEMORY, "no memory to encode with");
    auricle_status status = coder_fill(*coder, model, decoder, error);
    if (status)
        coder_destroy(coder);
    return status;
}

void coder_destroy(struct coder **coder)
{
    if (!*coder)
        return;
    auricle_stream_destroy(&(*coder)->stream);
    auricle_model_unref(&(*coder)->model);
    decoder_close(&(*coder)->decoder);
    tape_destroy(&(*coder)->tape);
    free((*coder)->contexts);
    free((*coder)->chosen);
    free((*coder)->scratch);
    free(*coder);
    *coder = NULL;
}

const struct decoder *coder_decoder(const struct coder *coder)
{
    return coder->decoder;
}

// ---- encoding

void code_list_free(struct code_list *list)
{
    free(list->codes);
    *list = (struct code_list){0};
}

static bool reserve(struct code_list *list, size_t more)
{
    return GROW(list->codes, list->count + more, list->capacity);
}

// The whole cycles among the frames held; those over, at a recording's end, are left out.
static bool flush(struct coder *coder, struct code_list *list)
{
    const struct decoder_shape *shape = &coder->decoder->shape;
    const int each = cycle_frames(shape), tops = shape->levels - 1;
    const int cycles = coder->frames / each;
    const size_t cycle = (size_t)(each + tops);
    const struct objective_context context = {.tape = coder->tape,
                                              .network.parameters = &coder->decoder->parameters};
    coder->frames = 0;
    if (cycles == 0)
        return true;
    if (!reserve(list, (size_t)cycles * cycle))
        return false;
    tape_reset(coder->tape);
    struct tensor *x =
        tape_constant(coder->tape, coder->contexts, 1, cycles * each, shape->context);
    int *to = list->codes + list->count;
    for (int l = 0; l < shape->levels; l++) {
        const struct tensor *p = decoder_project(&context, shape, coder->decoder->own, x, l);
        const int *book = coder->decoder->own + DECODER_BOOK + CODEBOOK_OWN * l;
        codebook_nearest(objective_parameter(&context, book[CODEBOOK_CODES]), p->data, p->t,
                         coder->scratch, coder->chosen);
        for (int i = 0; i < p->t; i++)
            to[l ? (size_t)i * cycle : (size_t)(i / each) * cycle + (size_t)(tops + i % each)] =
                coder->chosen[i];
    }
    list->count += (size_t)cycles * cycle;
    return true;
}

/** Where the codes of a recording go. */
struct coding {
    struct coder *coder;
    struct code_list *list;
};

static auricle_status take_frame(const auricle_frame *frame, void *user, auricle_error *error)
{
    const struct coding *coding = user;
    struct coder *coder = coding->coder;
    const struct decoder_shape *shape = &coder->decoder->shape;
    const size_t width = (size_t)shape->context;
    memcpy(coder->contexts + (size_t)coder->frames * width, frame->vector + coder->offset,
           width * sizeof *coder->contexts);
    if (++coder->frames < CYCLES * cycle_frames(shape) || flush(coder, coding->list))
        return AURICLE_OK;
    return error_no_memory(error, "the codes of a recording");
}

auricle_status coder_read(struct coder *coder, const char *path, double seconds,
                          struct code_list *list, auricle_error *error)
{
    float block[BLOCK];
    struct audio_file *file = NULL;
    size_t got = 1, left = seconds > 0 ? (size_t)(seconds * SAMPLE_RATE_HZ) : SIZE_MAX;
    auricle_status status = audio_file_open(path, SAMPLE_RATE_HZ, -1, &file, error);
    if (status)
        return status;
    auricle_stream_reset(coder->stream);
    coder->frames = 0;
    for (; !status && got > 0 && left > 0; left -= got) {
        status = audio_file_read(file, block, left < BLOCK ? left : BLOCK, &got, error);
        if (!status)
            status = auricle_stream_each(coder->stream, block, got, take_frame,
                                         &(struct coding){coder, list}, error);
        if (status)
            error_prefix(error, status, "%s", path);
    }
    if (!status && !flush(coder, list))
        status = error_no_memory(error, "the codes of %s", path);
    audio_file_close(&file);
    return status;
}

// ---- decoding

// The vectors of some cycles' codes of one level.
static struct tensor *look_up(const struct objective_context *context,
                              const struct decoder *decoder, const int *codes, int cycles,
                              int level)
{
    const struct decoder_shape *shape = &decoder->shape;
    const int each = cycle_frames(shape), tops = shape->levels - 1, cycle = each + tops;
    const int count = level ? cycles : cycles * each;
    int *rows = tape_scratch(context->tape, sizeof(int) * (size_t)count);
    for (int i = 0; i < count; i++)
        rows[i] = codes[level ? i * cycle : i / each * cycle + tops + i % each];
    const int *book = decoder->own + DECODER_BOOK + CODEBOOK_OWN * level;
    return tape_gather(context->tape, objective_parameter(context, book[CODEBOOK_CODES]), rows,
                       count);
}

static void decode(const struct decoder *decoder, const struct code_list *list,
                   const struct decoder_carry *carry, struct tape *tape, struct random *random,
                   float *samples)
{
    const struct decoder_shape *shape = &decoder->shape;
    const size_t each = (size_t)cycle_frames(shape), cycle = each + (size_t)shape->levels - 1;
    const struct objective_context context = {
        .tape = tape, .network.parameters = &decoder->parameters, .random = random};
    for (size_t at = 0; at < list->count / cycle; at += CYCLES) {
        const size_t left = list->count / cycle - at, cycles = left < CYCLES ? left : CYCLES;
        struct tensor *levels[DECODER_LEVELS];
        tape_reset(tape);
        for (int l = 0; l < shape->levels; l++)
            levels[l] = look_up(&context, decoder, list->codes + at * cycle, (int)cycles, l);
        struct tensor *y = decoder_sound(&context, shape, decoder->own,
                                         decoder_join(&context, shape, levels), carry);
        memcpy(samples + at * each * HOP_SAMPLES, y->data, tensor_size(y) * sizeof *samples);
    }
}

// A foreign file's weights may make anything of a code; what leaves here is sound.
static void clip(float *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        samples[i] = isfinite(samples[i]) ? fmaxf(-1, fminf(1, samples[i])) : 0;
}

auricle_status codes_to_sound(const struct decoder *decoder, const struct code_list *list,
                              uint64_t seed, float **samples, size_t *count, auricle_error *error)
{
    const struct decoder_shape *shape = &decoder->shape;
    const size_t each = (size_t)cycle_frames(shape), cycle = each + (size_t)shape->levels - 1;
    const size_t frames = list->count / cycle * each, past = DECODER_KERNEL - 1;
    const size_t joined = (size_t)(shape->levels * shape->width);
    struct random random = random_seeded(seed);
    struct decoder_carry carry = {{calloc(past * joined, sizeof(float)),
                                   calloc(past * (size_t)shape->channels, sizeof(float))},
                                  calloc(HOP_SAMPLES, sizeof(float))};
    struct tape *tape = tape_create(false);
    auricle_status status = AURICLE_OK;
    *samples = malloc((frames + 1) * HOP_SAMPLES * sizeof **samples);
    *count = 0;
    if (!*samples || !tape || !carry.history[0] || !carry.history[1] || !carry.tail)
        status = error_no_memory(error, "%zu frames of sound", frames);
    if (!status && frames > 1) {
        decode(decoder, list, &carry, tape, &random, *samples);
        *count = (frames - 1) * HOP_SAMPLES; // the first hop is the one before the first code
        memmove(*samples, *samples + HOP_SAMPLES, *count * sizeof **samples);
        clip(*samples, *count);
    }
    if (status) {
        free(*samples);
        *samples = NULL;
    }
    free(carry.history[0]);
    free(carry.history[1]);
    free(carry.tail);
    tape_destroy(&tape);
    return status;
}
