// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "nn/parameters.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN_FLOATS = 16 }; // each tensor starts a cache line of 64 bytes

static size_t parameter_size(const struct parameter *parameter)
{
    size_t size = 1;
    for (int i = 0; i < parameter->rank; i++)
        size *= (size_t)parameter->dims[i];
    return size;
}

int parameters_declare(struct parameters *parameters, const char *name, int rank, const int *dims,
                       bool decay, bool deployed)
{
    CHECK(parameters->count < MAX_PARAMETERS && rank >= 1 && rank <= 3 && !parameters->value);
    CHECK(strlen(name) < PARAMETER_NAME && parameters_find(parameters, name) < 0);
    struct parameter *parameter = &parameters->list[parameters->count];
    *parameter = (struct parameter){
        .rank = rank, .offset = parameters->size, .decay = decay, .deployed = deployed};
    snprintf(parameter->name, sizeof parameter->name, "%s", name);
    memcpy(parameter->dims, dims, (size_t)rank * sizeof *dims);
    parameters->size +=
        (parameter_size(parameter) + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
    return parameters->count++;
}

// A matrix is (1,rows,columns), a convolution (1,out,kernel*in), a vector (1,1,n).
static struct tensor tensor_of(const struct parameters *parameters,
                               const struct parameter *parameter)
{
    const int *dims = parameter->dims;
    struct tensor tensor = {.data = parameters->value + parameter->offset,
                            .grad = parameters->grad + parameter->offset,
                            .b = 1,
                            .t = parameter->rank == 1 ? 1 : dims[0],
                            .c = parameter->rank == 1 ? dims[0] : dims[1]};
    if (parameter->rank == 3)
        tensor.c *= dims[2];
    return tensor;
}

static float *floats(size_t count)
{
    float *memory = aligned_alloc(ALIGN_FLOATS * sizeof(float), count * sizeof(float));
    return memory ? memset(memory, 0, count * sizeof(float)) : NULL;
}

static bool make_tensors(struct parameters *parameters)
{
    parameters->tensors = calloc((size_t)parameters->count, sizeof *parameters->tensors);
    for (int i = 0; i < parameters->count && parameters->tensors; i++) {
        parameters->tensors[i] = tensor_of(parameters, &parameters->list[i]);
        parameters->list[i].tensor = &parameters->tensors[i];
    }
    return parameters->tensors;
}

bool parameters_allocate(struct parameters *parameters)
{
    CHECK(!parameters->value && parameters->size > 0);
    parameters->value = floats(parameters->size);
    parameters->grad = floats(parameters->size);
    if (parameters->value && parameters->grad && make_tensors(parameters))
        return true;
    parameters_free(parameters);
    return false;
}

void parameters_free(struct parameters *parameters)
{
    free(parameters->value);
    free(parameters->grad);
    free(parameters->tensors);
    parameters->value = parameters->grad = NULL;
    parameters->tensors = NULL;
}

bool parameters_share(const struct parameters *parameters, struct parameters *shared)
{
    *shared = *parameters;
    shared->tensors = NULL;
    shared->grad = floats(parameters->size);
    if (shared->grad && make_tensors(shared))
        return true;
    parameters_unshare(shared);
    return false;
}

void parameters_unshare(struct parameters *shared)
{
    free(shared->grad);
    free(shared->tensors);
    *shared = (struct parameters){.count = 0};
}

struct tensor *parameters_tensor(const struct parameters *parameters, int index)
{
    CHECK(index >= 0 && index < parameters->count && parameters->value);
    return parameters->list[index].tensor;
}

int parameters_find(const struct parameters *parameters, const char *name)
{
    for (int i = 0; i < parameters->count; i++)
        if (!strcmp(parameters->list[i].name, name))
            return i;
    return -1;
}

static float draw(enum parameter_init init, float scale, struct random *random)
{
    switch (init) {
    case INIT_ZERO:
        return 0;
    case INIT_ONE:
        return 1;
    case INIT_UNIFORM:
        return random_between(random, -scale, scale);
    case INIT_NORMAL:
        return scale * random_normal(random);
    }
    return 0;
}

void parameters_init(const struct parameters *parameters, int index, enum parameter_init init,
                     float scale, struct random *random)
{
    struct tensor *tensor = parameters_tensor(parameters, index);
    for (size_t i = 0, size = tensor_size(tensor); i < size; i++)
        tensor->data[i] = draw(init, scale, random);
}
