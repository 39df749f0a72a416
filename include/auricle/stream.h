// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** One live mono stream through an encoder, and the surprise at what it brings.
 *
 * Law: create -> (feed* drain? reset?)* -> destroy. After creation no call here allocates, locks or
 * waits ("RT safe"). A stream is used by one thread at a time; different streams share nothing but
 * the immutable model. Samples are float32 in [-1, 1], finite, magnitude at most
 * AURICLE_SAMPLE_MAX; anything else is refused and leaves the stream as it was. Any cutting of the
 * input into calls gives the same bits. */
#ifndef AURICLE_STREAM_H
#define AURICLE_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <auricle/model.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AURICLE_SAMPLE_MAX 16.0f /**< +24 dBFS; integer samples passed by mistake are refused */

typedef struct auricle_stream auricle_stream;

typedef enum auricle_resample {
    AURICLE_RESAMPLE_FAST = 0, /**< libsamplerate SINC_FASTEST */
    AURICLE_RESAMPLE_MEDIUM,   /**< libsamplerate SINC_MEDIUM_QUALITY */
    AURICLE_RESAMPLE_BEST,     /**< libsamplerate SINC_BEST_QUALITY */
} auricle_resample;

typedef struct auricle_stream_config {
    int sample_rate_hz;        /**< of the samples fed, 8000..48000; 0 = the model's own */
    auricle_resample resample; /**< used only when the rates differ */
    bool grouped;              /**< fed through an auricle_group only (group.h), which lends it the
                                    encoder's scratch memory; alone it takes nothing */
    bool warm;                 /**< begins as if a second of silence came before, so that the first
                                    second of sound is heard as well as any other; false: begins
                                    with an empty state, as training does */
} auricle_stream_config;

/** One encoded frame. vector is [frame_dim], owned by the stream, valid until its next call. */
typedef struct auricle_frame {
    uint64_t index;      /**< frames since creation or reset; frame i covers [i, i+1) * hop */
    const float *vector; /**< NULL: no frame was completed by this call */
} auricle_frame;

/** Errors: INVALID (rate), NO_MEMORY. The stream holds a reference on the model. */
AURICLE_API auricle_status auricle_stream_create(auricle_model *model,
                                                 const auricle_stream_config *config,
                                                 auricle_stream **stream, auricle_error *error);
AURICLE_API void auricle_stream_destroy(auricle_stream **stream);

/** As new: history, state and frame counter. RT safe. */
AURICLE_API void auricle_stream_reset(auricle_stream *stream);

/** Consumes samples until one frame is complete or all count are taken; call again with the rest.
 * *consumed <= count, at most one frame. INVALID on a sample that is not finite or too large among
 * those it would consume (when resampling: among those a frame may need, some milliseconds more),
 * after a drain without reset, and of a grouped stream: nothing is consumed, the state is as
 * before. RT safe. */
AURICLE_API auricle_status auricle_stream_feed(auricle_stream *stream, const float *samples,
                                               size_t count, size_t *consumed,
                                               auricle_frame *frame);

/** At the end of input: what the resampler still holds, then the last hop padded with zeros.
 * Call until frame->vector is NULL. Then reset before feeding again. RT safe. */
AURICLE_API void auricle_stream_drain(auricle_stream *stream, auricle_frame *frame);

/** What auricle_stream_each calls with each frame. A status other than OK ends that call, which
 * returns it; error is the error of that call. */
typedef auricle_status (*auricle_visit_frame)(const auricle_frame *frame, void *user,
                                              auricle_error *error);

/** Consumes all samples [count] and calls visit for each frame that they complete. Errors: INVALID
 * as auricle_stream_feed (the text names the sample's place and value; nothing is consumed then),
 * and what visit returns (the samples behind its frame are not consumed then). RT safe if visit is.
 */
AURICLE_API auricle_status auricle_stream_each(auricle_stream *stream, const float *samples,
                                               size_t count, auricle_visit_frame visit, void *user,
                                               auricle_error *error);
/** The same for the frames that auricle_stream_drain gives at the end of input. */
AURICLE_API auricle_status auricle_stream_each_rest(auricle_stream *stream,
                                                    auricle_visit_frame visit, void *user,
                                                    auricle_error *error);

/** How long after a sample arrived the frame holding it can come out beyond the hop itself, in
 * nanoseconds: the resampler's look-ahead and blocking, 0 at the model's own rate. RT safe. */
AURICLE_API uint64_t auricle_stream_delay_ns(const auricle_stream *stream);

/** Bytes of this stream's state. */
AURICLE_API size_t auricle_stream_state_bytes(const auricle_stream *stream);

typedef struct auricle_predictor auricle_predictor;

/** What the self-supervised predictors make of a frame. Errors that do not exist yet (too few
 * frames seen, or no such predictor in the file) are NAN; surprise is then 0. */
typedef struct auricle_surprise {
    float future_error;  /**< mean over k of 1 - cosine(predicted k frames ago, latent now), 0..2 */
    float feature_error; /**< mean absolute error of the predicted log-mel frame (APC) */
    float masked_error;  /**< mean absolute error of the frame filled in without seeing its chunk */
    float surprise;      /**< their mean z-score against running statistics, about 0 +- 1 */
} auricle_surprise;

/** warmup_frames: frames before surprise leaves 0; half_life_frames: of the running statistics. */
typedef struct auricle_predictor_config {
    int warmup_frames;    /**< default (0): 100 */
    int half_life_frames; /**< default (0): 3000 = 30 s */
} auricle_predictor_config;

AURICLE_API auricle_status auricle_predictor_create(auricle_model *model,
                                                    const auricle_predictor_config *config,
                                                    auricle_predictor **predictor,
                                                    auricle_error *error);
AURICLE_API void auricle_predictor_destroy(auricle_predictor **predictor);
AURICLE_API void auricle_predictor_reset(auricle_predictor *predictor);

/** vector: [frame_dim] of the next frame of the same stream. RT safe. */
AURICLE_API void auricle_predictor_step(auricle_predictor *predictor, const float *vector,
                                        auricle_surprise *out);

#ifdef __cplusplus
}
#endif
#endif
