// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The layers. Each has its file, with forward, backward and streaming step together:
 * linear.c conv1d.c layer_norm.c activation.c gru.c lstm.c attention.c shape.c loss.c info_nce.c
 *
 * Weight layouts are PyTorch's, except that a convolution is [out][kernel][in] so that its window
 * is one contiguous run of [T][C]. `tape_*` functions return a new tensor of the tape.
 * `*_step` functions are RT safe: no allocation; scratch is the caller's. */
#ifndef AURICLE_NN_LAYERS_H
#define AURICLE_NN_LAYERS_H

#include "base/random.h"
#include "nn/tape.h"

// ---- linear: y = x W^T + b;  x (B,T,in), w (1,out,in), bias (1,1,out) or NULL -> (B,T,out)
struct tensor *tape_linear(struct tape *tape, struct tensor *x, struct tensor *w,
                           struct tensor *bias);
void linear_step(const float *w, const float *bias, int in, int out, const float *x, float *y);

// ---- conv1d, causal: left-padded with history, never looks ahead
// x (B,T,in), w (1,out,kernel*in), bias (1,1,out) -> (B,T/stride,out); T a multiple of stride.
// history [B][kernel-stride][in] precedes x and is updated to x's tail; NULL = zeros, not kept.
struct conv1d_shape {
    int in, out, kernel, stride; // kernel >= stride
};
struct tensor *tape_conv1d(struct tape *tape, struct tensor *x, struct tensor *w,
                           struct tensor *bias, struct conv1d_shape shape, float *history);
/** Live, of any number of streams: the rows of one product, windows that overlap. */
struct packed_matrix;
struct conv1d_rows {
    const float *const
        *joined;           // [streams] -> [kernel - stride + count*stride][in]: history, inputs
    float *const *outputs; // [streams] -> [count][out]
    const float **from;    // scratch [streams*count]
    float **to;            // [streams*count], set to where each output is
};
/** w: [out][kernel*in], packed; scratch: packed_matrix_scratch(w, streams*count). */
void conv1d_step(struct conv1d_shape shape, const struct packed_matrix *w, int streams, int count,
                 const struct conv1d_rows *rows, void *scratch);

// ---- layer norm over C of each frame (Ba et al. 2016), eps 1e-5; gain, bias (1,1,C)
struct tensor *tape_layer_norm(struct tape *tape, struct tensor *x, struct tensor *gain,
                               struct tensor *bias);
/** ReLU of it, for training. x's numbers are overwritten: nothing else may read them. */
struct tensor *tape_norm_relu(struct tape *tape, struct tensor *x, struct tensor *gain,
                              struct tensor *bias);
void layer_norm_step(const float *gain, const float *bias, int channels, const float *x, float *y);
/** And ReLU in the same pass, in place. */
void norm_relu_step(const float *gain, const float *bias, int channels, float *x);

// ---- element-wise
struct tensor *tape_relu(struct tape *tape, struct tensor *x);
void relu_step(int channels, float *x);
struct tensor *tape_gelu(struct tape *tape, struct tensor *x); // exact, erf
void gelu_step(int channels, float *x);
struct tensor *tape_dropout(struct tape *tape, struct tensor *x, float probability,
                            struct random *random);

// ---- recurrent layers. weight_ih (1,G*H,in), weight_hh (1,G*H,H), bias_ih, bias_hh (1,1,G*H)
// GRU: gates r,z,n (PyTorch order, reset applied after W_hn h);  LSTM: gates i,f,g,o.
struct recurrent_weights {
    struct tensor *weight_ih, *weight_hh, *bias_ih, *bias_hh;
};
/** x (B,T,in) -> h (B,T,H). state [B][H] is the start and is updated to the end; NULL = zeros.
 * No gradient flows into the carried state (truncated backpropagation through time). */
struct tensor *tape_gru(struct tape *tape, struct tensor *x, struct recurrent_weights weights,
                        float *state);
/** state [B][2H]: h then c of each stream. */
struct tensor *tape_lstm(struct tape *tape, struct tensor *x, struct recurrent_weights weights,
                         float *state);
/** One layer's weights where they lie; nn/packed.h makes of them what a frame is stepped with. */
struct recurrent_step_weights {
    const float *weight_ih, *weight_hh, *bias_ih, *bias_hh;
    int in, hidden;
};

// ---- attention, causal: frame t of a stream sees frames t - left .. t of the window
struct attention_shape {
    int channels, heads, left; // heads divide channels
};
/** Queries, keys, values (B,T,channels) -> (B,T,channels); keeps [B][heads][T][T] floats. */
struct tensor *tape_attention(struct tape *tape, struct tensor *q, struct tensor *k,
                              struct tensor *v, struct attention_shape shape);
/** One frame, number `frame` of its stream, counted from 0. keys, values [left+1][channels] hold
 * the last frames (any contents at frame 0); scratch [left+1]. */
void attention_step(struct attention_shape shape, const float *q, const float *k, const float *v,
                    int64_t frame, float *keys, float *values, float *scratch, float *y);

// ---- shaping
struct tensor *tape_add(struct tape *tape, struct tensor *x, struct tensor *y); // same shape
struct tensor *tape_scale(struct tape *tape, struct tensor *x, float factor);
struct tensor *tape_concat(struct tape *tape, struct tensor **parts, int count); // along C
/** Frames [start, start + count) of every stream: (B,T,C) -> (B,count,C). */
struct tensor *tape_slice(struct tape *tape, struct tensor *x, int start, int count);
/** The listed frames, rows[i] = b * T + t, in order: -> (1,count,C). rows is copied. */
struct tensor *tape_gather(struct tape *tape, struct tensor *x, const int *rows, int count);
/** x with the frames where mask[b*T+t] != 0 replaced by token (1,1,C) (wav2vec 2.0, sec. 3.1). */
struct tensor *tape_mask(struct tape *tape, struct tensor *x, struct tensor *token,
                         const unsigned char *mask);
/** Every frame divided by its L2 norm (+1e-8). */
struct tensor *tape_unit(struct tape *tape, struct tensor *x);
/** A constant view of x: gradients stop here. */
struct tensor *tape_stop(struct tape *tape, struct tensor *x);

// ---- losses: each (1,1,1)
/** Mean absolute difference over the frames where weight[b*T+t] != 0 (NULL = all). */
struct tensor *tape_l1(struct tape *tape, struct tensor *prediction, struct tensor *target,
                       const unsigned char *weight);
struct tensor *tape_mse(struct tape *tape, struct tensor *prediction, struct tensor *target,
                        const unsigned char *weight);
/** Mean cross entropy; logits (1,N,classes), labels[N], label -1 = ignored. accuracy may be NULL.
 */
struct tensor *tape_cross_entropy(struct tape *tape, struct tensor *logits, const int *labels,
                                  float *accuracy);
/** InfoNCE (van den Oord et al. 2018, eq. 4) with shared negatives, as one GEMM:
 * predictions (1,N,C), targets (1,N,C) (row i is i's positive), negatives (1,M,C) or NULL (then the
 * other targets serve). logits = prediction . candidate / temperature, mean cross entropy.
 * negative_group / target_group: a negative is used for row i only if the groups are equal; NULL =
 * all are used. exclude[i] = index of a negative that is row i's own positive, or -1 (NULL = none).
 * accuracy: the share of rows whose positive wins, may be NULL. */
struct info_nce_options {
    float temperature;
    const int *target_group, *negative_group;
    const int *exclude;
    const int *target_code, *negative_code;
};
struct tensor *tape_info_nce(struct tape *tape, struct tensor *predictions, struct tensor *targets,
                             struct tensor *negatives, struct info_nce_options options,
                             float *accuracy);
/** sum over i of weights[i] * losses[i] */
struct tensor *tape_weighted_sum(struct tape *tape, struct tensor **losses, const float *weights,
                                 int count);

#endif
