// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "spectrum.h"

#include "canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 1500, MOST_HZ = 8000 };

bool spectrum_create(int rate_hz, int64_t samples, struct spectrum *s)
{
    *s = (struct spectrum){.size = 256, .hop = rate_hz / 200};
    while (s->size < rate_hz / 40) // 25 ms
        s->size *= 2;
    s->total = 1 + samples / s->hop;
    s->columns = s->total < MOST_COLUMNS ? (int)s->total : MOST_COLUMNS;
    s->high_hz = fmin(rate_hz / 2.0, MOST_HZ);
    s->rows = (int)(s->high_hz / rate_hz * s->size);
    s->filled = s->size / 2; // the first window has its middle at the first sample
    s->window = calloc((size_t)s->size, sizeof(float));
    s->shape = malloc((size_t)s->size * sizeof(float));
    s->tapered = malloc((size_t)s->size * sizeof(float));
    s->power = calloc((size_t)s->columns * (size_t)s->rows, sizeof(double));
    s->windows = calloc((size_t)s->columns, sizeof(int));
    s->bins = malloc(((size_t)s->size / 2 + 1) * sizeof *s->bins);
    s->transform = kiss_fftr_alloc(s->size, 0, NULL, NULL);
    for (int i = 0; s->shape && i < s->size; i++)
        s->shape[i] = 0.5f - 0.5f * cosf(6.2831853f * (float)i / (float)s->size); // Hann
    return s->window && s->shape && s->tapered && s->power && s->windows && s->bins && s->transform;
}

void spectrum_free(struct spectrum *s)
{
    free(s->window);
    free(s->shape);
    free(s->tapered);
    free(s->power);
    free(s->windows);
    free(s->bins);
    kiss_fftr_free(s->transform);
    *s = (struct spectrum){0};
}

static void add_window(struct spectrum *s)
{
    const int64_t column = s->heard++ * s->columns / s->total;
    if (column >= s->columns)
        return;
    for (int i = 0; i < s->size; i++)
        s->tapered[i] = s->window[i] * s->shape[i];
    kiss_fftr(s->transform, s->tapered, s->bins);
    double *power = s->power + (size_t)column * (size_t)s->rows;
    for (int i = 0; i < s->rows; i++)
        power[i] += (double)(s->bins[i].r * s->bins[i].r + s->bins[i].i * s->bins[i].i);
    s->windows[column]++;
}

void spectrum_feed(struct spectrum *s, const float *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        s->window[s->filled++] = samples[i];
        if (s->filled < s->size)
            continue;
        add_window(s);
        s->filled -= s->hop;
        memmove(s->window, s->window + s->hop, (size_t)s->filled * sizeof(float));
    }
}

static double decibels_of(const struct spectrum *s, int column, int row)
{
    const double power = s->power[(size_t)column * (size_t)s->rows + (size_t)row];
    return 10 * log10(power / fmax(s->windows[column], 1) + 1e-12);
}

static uint32_t pixel_of(struct colour colour)
{
    return (uint32_t)(255 * colour.r + 0.5) << 16 | (uint32_t)(255 * colour.g + 0.5) << 8 |
           (uint32_t)(255 * colour.b + 0.5);
}

cairo_surface_t *spectrum_image(const struct spectrum *s, double decibels)
{
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, s->columns, s->rows);
    unsigned char *bytes = cairo_image_surface_get_data(image);
    const int stride = cairo_image_surface_get_stride(image);
    double loudest = -INFINITY;
    for (int column = 0; column < s->columns; column++)
        for (int row = 0; row < s->rows; row++)
            loudest = fmax(loudest, decibels_of(s, column, row));
    for (int row = 0; row < s->rows && bytes; row++)
        for (int column = 0; column < s->columns; column++) {
            const int up = s->rows - 1 - row;
            uint32_t pixel =
                pixel_of(colour_of_heat((decibels_of(s, column, up) - loudest) / decibels + 1));
            memcpy(bytes + (size_t)row * (size_t)stride + 4 * (size_t)column, &pixel, sizeof pixel);
        }
    cairo_surface_mark_dirty(image);
    return image;
}
