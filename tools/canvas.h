// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A page that becomes a .png or .svg file through cairo. Places are in points: the page is
 * CANVAS_WIDTH of them wide, whatever the picture's size. */
#ifndef AURICLE_TOOLS_CANVAS_H
#define AURICLE_TOOLS_CANVAS_H

#include <auricle/status.h>

#include <cairo.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

enum { CANVAS_WIDTH = 800 };

struct canvas {
    cairo_t *draw;
    cairo_surface_t *page;
    FILE *file;
    bool is_png;
    char path[PATH_MAX], temporary[PATH_MAX + 8];
};

/** path's ending decides what it becomes; pixels: a .png's width. Errors: INVALID (another ending),
 * IO. */
auricle_status canvas_open(const char *path, double height, int pixels, struct canvas *canvas,
                           auricle_error *error);
/** The file appears under its name when it is whole. Errors: IO; what stood there is kept. */
auricle_status canvas_finish(struct canvas *canvas, auricle_error *error);
/** Throws away what is not finished. */
void canvas_abandon(struct canvas *canvas);
/** As canvas_open's, before the work is done. */
auricle_status canvas_check_path(const char *path, auricle_error *error);

struct colour {
    double r, g, b;
};
extern const struct colour colour_ink, colour_grey, colour_faint;
/** Distinguishable, also by the colour-blind (Okabe & Ito 2008); repeats after COLOURS. */
enum { COLOURS = 7 };
struct colour colour_of(int index);
/** 0 dark .. 1 bright. */
struct colour colour_of_heat(double share);

void canvas_colour(struct canvas *canvas, struct colour colour, double alpha);

/** Where the given place is in the text. */
enum place { LEFT, MIDDLE, RIGHT };
/** y: the base line. */
void canvas_text(struct canvas *canvas, double x, double y, enum place place, double size,
                 const char *text);
/** Upwards, its middle at y. */
void canvas_text_upwards(struct canvas *canvas, double x, double y, double size, const char *text);
double canvas_text_width(struct canvas *canvas, double size, const char *text);

#endif
