// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Named tensors in one flat array: saving, clipping, AdamW and zeroing are single loops. */
#ifndef AURICLE_NN_PARAMETERS_H
#define AURICLE_NN_PARAMETERS_H

#include "base/random.h"
#include "nn/tape.h"

#include <stdbool.h>

enum { PARAMETER_NAME = 64, MAX_PARAMETERS = 256 };

struct parameter {
    char name[PARAMETER_NAME]; // "context.0.weight_ih"
    int dims[3], rank;         // as in the file
    size_t offset;             // into value and grad
    bool decay;                // weight decay applies (matrices, not gains and biases)
    bool deployed;             // written to the model file (false: scaffolding of the objective)
    struct tensor *tensor;     // set by parameters_allocate
};

struct parameters {
    struct parameter list[MAX_PARAMETERS];
    int count;
    size_t size;            // floats
    float *value, *grad;    // [size], 64-byte aligned
    struct tensor *tensors; // [count]
};

enum parameter_init { INIT_ZERO, INIT_ONE, INIT_UNIFORM, INIT_NORMAL };

/** Declares a tensor; returns its index. Declare all, then allocate once. rank 1: dims[0]. */
int parameters_declare(struct parameters *parameters, const char *name, int rank, const int *dims,
                       bool decay, bool deployed);
/** false when memory is out. */
bool parameters_allocate(struct parameters *parameters);
void parameters_free(struct parameters *parameters);
/** The same weights with gradients of their own, for threads that learn at the same time. Returns
 * false when memory is out. */
bool parameters_share(const struct parameters *parameters, struct parameters *shared);
void parameters_unshare(struct parameters *shared);
/** The list never changes once it is allocated; the tensor's values and gradients may. */
struct tensor *parameters_tensor(const struct parameters *parameters, int index);
/** -1 when there is none of that name. */
int parameters_find(const struct parameters *parameters, const char *name);
/** Fills one tensor: uniform in [-scale, scale], or normal with that deviation. */
void parameters_init(const struct parameters *parameters, int index, enum parameter_init init,
                     float scale, struct random *random);

#endif
