// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/keyword.h"

#include "base/error.h"
#include "heads/word_loss.h"
#include "learn/optimiser.h"
#include "nn/layers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = 16,  // streams side by side
    PIECE = 160, // decisions per step
    ROUNDS = 3,  // between rounds, false alarms are mined
    PASSES = 6,  // over everything in each round, or more: as many as make LEAST_STEPS
    LEAST_STEPS = 400,
    REPEATS = 1,        // of a mined piece in each pass
    MINED_BEFORE = 150, // decisions heard before a mined false alarm, so that the state is real
    MINED_AFTER = 100,
    WARMUP = 30, // steps
};
static const float rate = 3e-3f, decay = 0.02f, hidden_dropout = 0.2f;
static const float mined_posterior = 0.3f;

// ---- the network

static bool network_create(const struct head_shape *shape, struct keyword_network *n)
{
    const int in = shape->embedding_dim, hidden = shape->hidden, recurrent = shape->hidden;
    struct parameters *p = &n->parameters;
    n->dims = in;
    n->hidden = hidden;
    n->recurrent = recurrent;
    n->classes = shape->class_count;
    n->input_weight = parameters_declare(p, "hidden.weight", 2, (int[]){hidden, in}, true, true);
    n->input_bias = parameters_declare(p, "hidden.bias", 1, (int[]){hidden}, false, true);
    n->weight_ih =
        parameters_declare(p, "recurrent.weight_ih", 2, (int[]){3 * recurrent, hidden}, true, true);
    n->weight_hh = parameters_declare(p, "recurrent.weight_hh", 2,
                                      (int[]){3 * recurrent, recurrent}, true, true);
    n->bias_ih = parameters_declare(p, "recurrent.bias_ih", 1, (int[]){3 * recurrent}, false, true);
    n->bias_hh = parameters_declare(p, "recurrent.bias_hh", 1, (int[]){3 * recurrent}, false, true);
    n->output_weight =
        parameters_declare(p, "output.weight", 2, (int[]){n->classes, recurrent}, true, true);
    n->output_bias = parameters_declare(p, "output.bias", 1, (int[]){n->classes}, false, true);
    n->mean = calloc((size_t)in, sizeof *n->mean);
    n->deviation = calloc((size_t)in, sizeof *n->deviation);
    return n->mean && n->deviation && parameters_allocate(p);
}

static void network_begin(struct keyword_network *n, struct random *random)
{
    struct parameters *p = &n->parameters;
    const float in = sqrtf(3 / (float)n->dims), step = 1 / sqrtf((float)n->recurrent);
    parameters_init(p, n->input_weight, INIT_UNIFORM, in, random);
    parameters_init(p, n->weight_ih, INIT_UNIFORM, step, random);
    parameters_init(p, n->weight_hh, INIT_UNIFORM, step, random);
    parameters_init(p, n->output_weight, INIT_UNIFORM, step, random);
}

void keyword_network_free(struct keyword_network *network)
{
    parameters_free(&network->parameters);
    free(network->mean);
    free(network->deviation);
    *network = (struct keyword_network){0};
}

// x (B,T,dims), standardised -> logits (B,T,classes). random NULL: no dropout.
static struct tensor *network_logits(struct tape *tape, struct keyword_network *n, struct tensor *x,
                                     float *state, struct random *random)
{
    struct parameters *p = &n->parameters;
    const struct recurrent_weights gru = {
        parameters_tensor(p, n->weight_ih), parameters_tensor(p, n->weight_hh),
        parameters_tensor(p, n->bias_ih), parameters_tensor(p, n->bias_hh)};
    x = tape_relu(tape, tape_linear(tape, x, parameters_tensor(p, n->input_weight),
                                    parameters_tensor(p, n->input_bias)));
    if (random)
        x = tape_dropout(tape, x, hidden_dropout, random);
    return tape_linear(tape, tape_gru(tape, x, gru, state), parameters_tensor(p, n->output_weight),
                       parameters_tensor(p, n->output_bias));
}

// count decisions of a stream, standardised, then zeros up to PIECE.
static void put_piece(const struct keyword_network *n, const struct heard_stream *stream, int from,
                      int count, float *x)
{
    const size_t dims = (size_t)n->dims;
    const uint16_t *in = stream->x + (size_t)from * dims;
    for (int t = 0; t < count; t++)
        for (size_t k = 0; k < dims; k++)
            *x++ = (heard_value(*in++) - n->mean[k]) / n->deviation[k];
    memset(x, 0, (size_t)(PIECE - count) * dims * sizeof *x);
}

// ---- listening

// Logits become log odds of each class against all others; exact also where a posterior rounds
// to 1.
static void to_odds(float *logits, int count, int classes)
{
    float shares[MAX_HEAD_CLASSES];
    for (int t = 0; t < count; t++, logits += classes) {
        int best = 0;
        float rest = 0;
        for (int k = 1; k < classes; k++)
            best = logits[k] > logits[best] ? k : best;
        const float top = logits[best];
        for (int k = 0; k < classes; k++) {
            shares[k] = expf(logits[k] - top);
            rest += k == best ? 0 : shares[k];
        }
        for (int k = 0; k < classes; k++)
            logits[k] -= top + logf(k == best ? fmaxf(rest, 1e-37f) : 1 + rest - shares[k]);
    }
}

auricle_status keyword_listen(const struct keyword_network *network,
                              const struct heard_streams *streams, keyword_visitor visit,
                              void *user, auricle_error *error)
{
    struct keyword_network n = *network; // the tape wants tensors it may write to; it does not
    auricle_status status = AURICLE_OK;
    struct tape *tape = tape_create(false);
    float *x = malloc((size_t)PIECE * (size_t)n.dims * sizeof *x);
    float *state = malloc((size_t)n.recurrent * sizeof *state);
    if (!tape || !x || !state)
        status = error_set(error, AURICLE_NO_MEMORY, "no memory to run a keyword head");
    for (int i = 0; i < streams->count && !status; i++) {
        const struct heard_stream *stream = &streams->list[i];
        memset(state, 0, (size_t)n.recurrent * sizeof *state);
        for (int from = 0; from < stream->count && !status; from += PIECE) {
            const int count = stream->count - from < PIECE ? stream->count - from : PIECE;
            put_piece(&n, stream, from, count, x);
            tape_reset(tape);
            struct tensor *logits =
                network_logits(tape, &n, tape_constant(tape, x, 1, PIECE, n.dims), state, NULL);
            to_odds(logits->data, count, n.classes);
            if (!visit(user, i, from, count, logits->data))
                status = error_set(error, AURICLE_INTERRUPTED, "interrupted");
        }
    }
    free(x);
    free(state);
    if (tape)
        tape_destroy(&tape);
    return status;
}

// ---- training

// A stretch of a stream that is played from its start to its end.
struct play {
    int stream, from, to;
};

struct lane {
    int play, at; // next decision; play -1: nothing is left
};

struct keyword_training {
    const struct heard_streams *streams;
    const struct head_shape *shape;
    const auricle_fit_config *config;
    struct keyword_network *network;
    struct optimiser optimiser;
    struct tape *tape;
    struct random random;
    int background_label;
    struct play *plays; // [play_count]: all streams, then what was mined
    int play_count, play_capacity;
    uint32_t *order; // [play_count * REPEATS at most]
    int order_count, next;
    struct lane lanes[LANES];
    float *x;                    // [LANES][PIECE][dims]
    float *state;                // [LANES][recurrent]
    bool *background;            // [LANES][PIECE]
    struct word_window *windows; // [window_count]
    int window_count, window_capacity;
    int passes; // of a round
    int round;
    int64_t step, steps;
    int alarms; // mined in the last round
};

static bool add_play(struct keyword_training *t, struct play play)
{
    if (t->play_count == t->play_capacity) {
        const int capacity = 2 * t->play_capacity + 256;
        struct play *plays = realloc(t->plays, (size_t)capacity * sizeof *plays);
        if (!plays)
            return false;
        t->plays = plays;
        t->play_capacity = capacity;
    }
    t->plays[t->play_count++] = play;
    return true;
}

static bool add_window(struct keyword_training *t, struct word_window window)
{
    if (t->window_count == t->window_capacity) {
        const int capacity = 2 * t->window_capacity + 256;
        struct word_window *windows = realloc(t->windows, (size_t)capacity * sizeof *windows);
        if (!windows)
            return false;
        t->windows = windows;
        t->window_capacity = capacity;
    }
    t->windows[t->window_count++] = window;
    return true;
}

// The targets of decisions [from, from + count) of a stream, in lane.
static bool aim(struct keyword_training *t, const struct heard_stream *stream, int lane, int from,
                int count)
{
    const int second = 100 / t->streams->hop_frames;
    bool *background = t->background + lane * PIECE;
    for (int i = 0; i < PIECE; i++)
        background[i] = i < count;
    for (int w = 0; w < stream->word_count; w++) {
        const struct heard_word *word = &stream->words[w];
        if (t->shape->background[word->label])
            continue;
        const int heard = word->start + (word->end - word->start) * 6 / 10 - from;
        const int faded = word->end + second * 6 / 10 - from;
        const int first = word->end - second / 20 - from, end = word->end + second / 4 - from;
        for (int i = heard > 0 ? heard : 0; i < faded && i < PIECE; i++)
            background[i] = false;
        if (first >= 0 && end <= count &&
            !add_window(t, (struct word_window){lane, first, end, word->label}))
            return false;
    }
    return true;
}

// A new play begins as after a reset, or with the state of a stream that has run for a while.
static void begin_play(struct keyword_training *t, struct lane *lane)
{
    const size_t width = (size_t)t->network->recurrent;
    float *state = t->state + (size_t)(lane - t->lanes) * width;
    const size_t other = random_below(&t->random, LANES);
    if (t->next >= t->order_count) {
        lane->play = -1;
        return;
    }
    lane->play = (int)t->order[t->next++];
    lane->at = t->plays[lane->play].from;
    if (random_uniform(&t->random) < 0.5f)
        memset(state, 0, width * sizeof *state);
    else
        memmove(state, t->state + other * width, width * sizeof *state);
}

// Fills the batch; *live: whether any lane has something left.
static bool fill_batch(struct keyword_training *t, bool *live)
{
    const size_t size = (size_t)PIECE * (size_t)t->network->dims;
    t->window_count = 0;
    *live = false;
    for (int i = 0; i < LANES; i++) {
        struct lane *lane = &t->lanes[i];
        if (lane->play < 0 || lane->at >= t->plays[lane->play].to)
            begin_play(t, lane);
        const bool has = lane->play >= 0;
        const struct play play = has ? t->plays[lane->play] : (struct play){0};
        const struct heard_stream *stream = &t->streams->list[play.stream];
        const int left = has ? play.to - lane->at : 0, count = left < PIECE ? left : PIECE;
        *live |= has;
        put_piece(t->network, stream, lane->at, count, t->x + (size_t)i * size);
        if (!aim(t, stream, i, lane->at, count))
            return false;
        lane->at += count;
    }
    return true;
}

static void learn_batch(struct keyword_training *t, double *loss_sum, int *missed)
{
    const struct word_targets targets = {.background = t->background,
                                         .windows = t->windows,
                                         .window_count = t->window_count,
                                         .background_label = t->background_label,
                                         .every = t->round == 0,
                                         .segment = 50 / t->streams->hop_frames};
    tape_reset(t->tape);
    struct tensor *x = tape_constant(t->tape, t->x, LANES, PIECE, t->network->dims);
    struct tensor *logits = network_logits(t->tape, t->network, x, t->state, &t->random);
    struct tensor *loss = tape_word_loss(t->tape, logits, &targets, missed);
    *loss_sum += (double)loss->data[0];
    const int64_t step = t->step < t->steps ? t->step : t->steps;
    learn_step(t->tape, loss, &t->network->parameters, &t->optimiser,
               (float)schedule_rate((double)rate, 0.01, WARMUP, t->steps, step));
    t->step++;
}

static void note_pass(const struct keyword_training *t, int pass, double loss, int windows,
                      int missed)
{
    char line[200];
    if (!t->config->note)
        return;
    snprintf(line, sizeof line, "pass %d of %d: loss %.4f, %d of %d words missed", pass,
             ROUNDS * t->passes, loss, missed, windows);
    t->config->note(line, t->config->user);
}

static bool make_order(struct keyword_training *t)
{
    uint32_t *order = realloc(t->order, ((size_t)t->play_count * REPEATS + 1) * sizeof *order);
    if (!order)
        return false;
    t->order = order;
    t->order_count = t->next = 0;
    for (int i = 0; i < t->play_count; i++)
        for (int r = 0; r < (i < t->streams->count ? 1 : REPEATS); r++)
            order[t->order_count++] = (uint32_t)i;
    if (t->order_count > 1)
        random_shuffle(&t->random, order, (uint32_t)t->order_count);
    for (int i = 0; i < LANES; i++)
        t->lanes[i] = (struct lane){.play = -1};
    return true;
}

static auricle_status train_pass(struct keyword_training *t, int pass, auricle_error *error)
{
    double loss = 0;
    int batches = 0, windows = 0, missed = 0, missed_now = 0;
    bool live = true, whole = make_order(t);
    while (whole && (whole = fill_batch(t, &live)) && live) {
        learn_batch(t, &loss, &missed_now);
        batches++;
        windows += t->window_count;
        missed += missed_now;
        if (t->config->progress &&
            !t->config->progress((int)t->step, (int)t->steps, t->config->user))
            return error_set(error, AURICLE_INTERRUPTED, "interrupted");
    }
    if (!whole)
        return error_set(error, AURICLE_NO_MEMORY, "no memory to train a keyword head");
    note_pass(t, pass, batches ? loss / batches : 0, windows, missed);
    return AURICLE_OK;
}

// ---- mining

struct mining {
    struct keyword_training *training;
    int stream, quiet_until; // no second alarm before this decision
    bool out_of_memory;
};

static bool is_near_word(const struct mining *mining, const struct heard_stream *stream, int at)
{
    const struct keyword_training *t = mining->training;
    const int second = 100 / t->streams->hop_frames;
    for (int w = 0; w < stream->word_count; w++) {
        const struct heard_word *word = &stream->words[w];
        if (!t->shape->background[word->label] &&
            at >= word->start + (word->end - word->start) * 6 / 10 &&
            at < word->end + second * 6 / 10)
            return true;
    }
    return false;
}

static bool mine(void *user, int index, int first, int count, const float *odds)
{
    struct mining *mining = user;
    struct keyword_training *t = mining->training;
    const struct heard_stream *stream = &t->streams->list[index];
    const int classes = t->shape->class_count;
    const float least = logf(mined_posterior / (1 - mined_posterior));
    if (index != mining->stream)
        *mining = (struct mining){.training = t, .stream = index};
    for (int i = 0; i < count; i++, odds += classes) {
        const int at = first + i;
        if (odds[t->background_label] > -least || at < mining->quiet_until ||
            is_near_word(mining, stream, at))
            continue;
        const int from = at > MINED_BEFORE ? at - MINED_BEFORE : 0;
        const int to = at + MINED_AFTER < stream->count ? at + MINED_AFTER : stream->count;
        t->alarms++;
        mining->quiet_until = to;
        if (!add_play(t, (struct play){index, from, to})) {
            mining->out_of_memory = true;
            return false;
        }
    }
    return true;
}

static auricle_status mine_all(struct keyword_training *t, auricle_error *error)
{
    struct mining mining = {.training = t, .stream = -1};
    t->play_count = t->streams->count;
    t->alarms = 0;
    auricle_status status = keyword_listen(t->network, t->streams, mine, &mining, error);
    if (mining.out_of_memory)
        status = error_set(error, AURICLE_NO_MEMORY, "no memory for false alarms");
    if (!status && t->config->note) {
        char line[200];
        snprintf(line, sizeof line, "%d false alarms in %.1f h of training sound", t->alarms,
                 (double)heard_streams_size(t->streams) * t->streams->hop_frames / 360000);
        t->config->note(line, t->config->user);
    }
    return status;
}

// ---- the whole

// The schedule's end, anew for each round: what was mined is played too.
static void plan_steps(struct keyword_training *t)
{
    int64_t pieces = 0;
    for (int i = 0; i < t->play_count; i++)
        pieces += ((t->plays[i].to - t->plays[i].from) / PIECE + 1) *
                  (i < t->streams->count ? 1 : REPEATS);
    t->steps = t->step + (ROUNDS - t->round) * t->passes * (pieces / LANES + 1);
}

static auricle_status begin(struct keyword_training *t, auricle_error *error)
{
    static const struct adamw adamw = {
        .beta1 = 0.9f, .beta2 = 0.98f, .epsilon = 1e-8f, .decay = decay, .clip = 1};
    const size_t dims = (size_t)t->network->dims, width = (size_t)t->network->recurrent;
    bool whole = optimiser_create(t->network->parameters.size, adamw, &t->optimiser);
    t->tape = tape_create(true);
    t->x = malloc(LANES * PIECE * dims * sizeof *t->x);
    t->state = calloc(LANES * width, sizeof *t->state);
    t->background = malloc(LANES * PIECE * sizeof *t->background);
    whole = whole && t->tape && t->x && t->state && t->background;
    int64_t pieces = 0;
    for (int i = 0; i < t->streams->count && whole; i++) {
        whole = add_play(t, (struct play){i, 0, t->streams->list[i].count});
        pieces += t->streams->list[i].count / PIECE + 1;
    }
    t->passes = PASSES;
    while (ROUNDS * t->passes * (pieces / LANES + 1) < LEAST_STEPS)
        t->passes++;
    if (!whole)
        return error_set(error, AURICLE_NO_MEMORY, "no memory to train a keyword head");
    heard_streams_measure(t->streams, t->network->mean, t->network->deviation);
    network_begin(t->network, &t->random);
    return AURICLE_OK;
}

static void end(struct keyword_training *t)
{
    optimiser_free(&t->optimiser);
    if (t->tape)
        tape_destroy(&t->tape);
    free(t->plays);
    free(t->order);
    free(t->x);
    free(t->state);
    free(t->background);
    free(t->windows);
}

auricle_status keyword_fit(const struct heard_streams *streams, const struct head_shape *shape,
                           int background_label, const auricle_fit_config *config,
                           struct keyword_network *network, struct keyword_report *report,
                           auricle_error *error)
{
    struct keyword_training t = {.streams = streams,
                                 .shape = shape,
                                 .config = config,
                                 .network = network,
                                 .random = random_for(config->seed, 0x6b37),
                                 .background_label = background_label};
    *network = (struct keyword_network){0};
    auricle_status status = AURICLE_OK;
    if (!network_create(shape, network))
        status = error_set(error, AURICLE_NO_MEMORY, "no memory for a keyword head");
    if (!status)
        status = begin(&t, error);
    for (int round = 0; round < ROUNDS && !status; round++) {
        t.round = round;
        plan_steps(&t);
        for (int pass = 1; pass <= t.passes && !status; pass++)
            status = train_pass(&t, round * t.passes + pass, error);
        if (!status)
            status = mine_all(&t, error);
    }
    *report = (struct keyword_report){
        ROUNDS, t.alarms, (double)heard_streams_size(streams) * streams->hop_frames / 360000};
    end(&t);
    if (status)
        keyword_network_free(network);
    return status;
}
