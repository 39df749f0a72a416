// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A recording's spectrogram at its own rate, as an image of bounded width. */
#ifndef AURICLE_TOOLS_SPECTRUM_H
#define AURICLE_TOOLS_SPECTRUM_H

#include <cairo.h>
#include <kiss_fftr.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spectrum {
    double high_hz; // of the top row
    int size, hop;  // samples of the window, and between windows
    int columns, rows;
    int64_t total, heard; // windows of the whole recording, and so far
    int filled;           // samples in window
    float *window, *shape, *tapered;
    double *power; // [columns][rows], mean over the column's windows once heard
    int *windows;  // [columns]
    kiss_fftr_cfg transform;
    kiss_fft_cpx *bins;
};

/** false when memory is out. */
bool spectrum_create(int rate_hz, int64_t samples, struct spectrum *spectrum);
void spectrum_free(struct spectrum *spectrum);
void spectrum_feed(struct spectrum *spectrum, const float *samples, size_t count);
/** Colours from `decibels` below the loudest to the loudest; destroy it. */
cairo_surface_t *spectrum_image(const struct spectrum *spectrum, double decibels);

#endif
