// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A transformer layer (Vaswani et al. 2017, sec. 3.1), causal, normalised before each part (Xiong
 * et al. 2020, fig. 1b), so that it begins as little more than x itself:
 *
 *     y = x + out(attention(query(n), key(n), value(n))),   n = norm.0(x)
 *     z = y + back(GELU(hidden(norm.1(y)))) */
#include "ssl/transformer.h"

#include "base/error.h"
#include "ssl/parts.h"

#include <math.h>
#include <stdio.h>

enum { NORM, QUERY = 2, VALUE = 4, OUT = 6, NORM_1 = 8, HIDDEN = 10, BACK = 12, KEY = 14 };
enum { WIDER = 4 }; // hidden units per channel (Vaswani et al. 2017, sec. 3.3)

static int head_channels(int channels, int heads)
{
    return channels > heads ? channels / heads : 1;
}

static int declare_one(struct parameters *parameters, const char *name, const char *part, int rank,
                       const int *dims)
{
    char full[PARAMETER_NAME];
    int length = snprintf(full, sizeof full, "%s.%s", name, part);
    CHECK(length < PARAMETER_NAME);
    return parameters_declare(parameters, full, rank, dims, rank > 1, false);
}

void objective_transformer_declare(struct parameters *parameters, const char *name, int channels,
                                   int heads, int *own)
{
    const int inside = heads * head_channels(channels, heads);
    const struct {
        const char *name;
        int in, out, at;
    } linear[] = {{"query", channels, inside, QUERY},
                  {"value", channels, inside, VALUE},
                  {"out", inside, channels, OUT},
                  {"hidden", channels, WIDER * channels, HIDDEN},
                  {"back", WIDER * channels, channels, BACK}};
    const int gain[] = {channels}, key[] = {inside, channels};
    own[NORM] = declare_one(parameters, name, "norm.0.weight", 1, gain);
    own[NORM + 1] = declare_one(parameters, name, "norm.0.bias", 1, gain);
    own[NORM_1] = declare_one(parameters, name, "norm.1.weight", 1, gain);
    own[NORM_1 + 1] = declare_one(parameters, name, "norm.1.bias", 1, gain);
    own[KEY] = declare_one(parameters, name, "key.weight", 2, key); // a bias would change no weight
    for (size_t i = 0; i < sizeof linear / sizeof *linear; i++) {
        char full[PARAMETER_NAME];
        snprintf(full, sizeof full, "%s.%s", name, linear[i].name);
        objective_linear_declare(parameters, full, linear[i].in, linear[i].out, own + linear[i].at);
    }
}

void objective_transformer_init(const struct objective_context *context, const int *own)
{
    static const int norms[] = {NORM, NORM_1}, linears[] = {QUERY, VALUE, OUT, HIDDEN, BACK};
    for (int i = 0; i < 2; i++) {
        parameters_init(context->network.parameters, own[norms[i]], INIT_ONE, 0, context->random);
        parameters_init(context->network.parameters, own[norms[i] + 1], INIT_ZERO, 0,
                        context->random);
    }
    const float scale = 1 / sqrtf((float)objective_parameter(context, own[KEY])->c);
    parameters_init(context->network.parameters, own[KEY], INIT_UNIFORM, scale, context->random);
    for (size_t i = 0; i < sizeof linears / sizeof *linears; i++)
        objective_linear_init(context, own + linears[i]);
}

static struct tensor *norm(const struct objective_context *context, struct tensor *x,
                           const int *own)
{
    return tape_layer_norm(context->tape, x, objective_parameter(context, own[0]),
                           objective_parameter(context, own[1]));
}

struct tensor *objective_transformer(const struct objective_context *context, struct tensor *x,
                                     int heads, int left, const int *own)
{
    struct tape *tape = context->tape;
    struct tensor *normed = norm(context, x, own + NORM);
    struct tensor *seen =
        tape_attention(tape, objective_linear(context, normed, own + QUERY),
                       tape_linear(tape, normed, objective_parameter(context, own[KEY]), NULL),
                       objective_linear(context, normed, own + VALUE),
                       (struct attention_shape){heads * head_channels(x->c, heads), heads, left});
    struct tensor *y = tape_add(tape, x, objective_linear(context, seen, own + OUT));
    struct tensor *hidden =
        tape_gelu(tape, objective_linear(context, norm(context, y, own + NORM_1), own + HIDDEN));
    return tape_add(tape, y, objective_linear(context, hidden, own + BACK));
}
