// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Axes and what is drawn between them. */
#ifndef AURICLE_TOOLS_CHART_H
#define AURICLE_TOOLS_CHART_H

#include "canvas.h"

struct axis {
    double low, high;
    const char *label; // with its unit; NULL = none
    bool bare;         // neither numbers nor label
};

/** A rectangle of the page with a scale each way. */
struct chart {
    double x, y, width, height; // of the inside; y of its top
    struct axis across, up;
    const char *title; // or NULL
};

/** Widened by a little, so that nothing lies on the frame; one value gets room around it. */
struct axis axis_around(double low, double high, const char *label);
/** Grid, numbers, labels, title. */
void chart_frame(struct canvas *canvas, const struct chart *chart);
double chart_x(const struct chart *chart, double value);
double chart_y(const struct chart *chart, double value);
/** Draws stay inside between these two. */
void chart_clip(struct canvas *canvas, const struct chart *chart);
void chart_unclip(struct canvas *canvas);

/** A line through the points; a NAN interrupts it. */
void chart_line(struct canvas *canvas, const struct chart *chart, const double *x, const double *y,
                int count, double width);
enum { MARKS = 4 };
/** Mark index % MARKS (disc, square, triangle, cross) at a place of the page. */
void canvas_mark(struct canvas *canvas, double x, double y, int index, double size);

#endif
