// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Through the items' products with one another: if X X' u = l u with |u| = 1, the places along the
 * principal direction X' u are u sqrt(l), and l is its part of the trace. */
#include "learn/principal.h"

#include "base/error.h"
#include "kernels/kernels.h"
#include "kernels/lapack.h"

#include <math.h>
#include <stdlib.h>

static double *products_of(const float *x, int count, int dims)
{
    const size_t size = (size_t)count * (size_t)count;
    float *narrow = malloc(size * sizeof *narrow);
    double *products = malloc(size * sizeof *products);
    if (narrow && products) {
        kernels()->sgemm(false, true, count, count, dims, 1, x, dims, x, dims, 0, narrow, count);
        for (size_t i = 0; i < size; i++)
            products[i] = (double)narrow[i];
    } else {
        free(products);
        products = NULL;
    }
    free(narrow);
    return products;
}

static void place_along(const double *direction, double value, int count, int axis, float *places)
{
    double farthest = 0;
    for (int i = 0; i < count; i++)
        if (fabs(direction[i]) > fabs(farthest))
            farthest = direction[i];
    const double length = sqrt(fmax(value, 0)) * (farthest < 0 ? -1 : 1);
    for (int i = 0; i < count; i++)
        places[2 * i + axis] = (float)(direction[i] * length);
}

bool principal_plane(const float *x, int count, int dims, float *places, double share[2])
{
    CHECK(count >= 2 && dims >= 1);
    double *products = products_of(x, count, dims), trace = 0;
    double *values = malloc((size_t)count * sizeof *values);
    bool done = false;
    if (!products || !values)
        goto fail;
    for (int i = 0; i < count; i++)
        trace += products[(size_t)i * (size_t)count + (size_t)i];
    done = symmetric_eigen(count, products, values);
    for (int axis = 0; axis < 2 && done; axis++) {
        const int at = count - 1 - axis;
        place_along(products + (size_t)at * (size_t)count, values[at], count, axis, places);
        share[axis] = trace > 0 ? fmax(values[at], 0) / trace : 0;
    }
fail:
    free(products);
    free(values);
    return done;
}
