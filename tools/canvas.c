// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "canvas.h"

#include "tool.h"
#include "tool_json.h"

#include <cairo-svg.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

const struct colour colour_ink = {0.13, 0.16, 0.2}, colour_grey = {0.45, 0.48, 0.52},
                    colour_faint = {0.88, 0.89, 0.9};

static auricle_status fail(struct canvas *canvas, auricle_error *error, const char *reason)
{
    tool_fail(error, AURICLE_IO, "cannot write %.300s: %.100s", canvas->path, reason);
    canvas_abandon(canvas);
    return AURICLE_IO;
}

static bool ends_in(const char *path, const char *ending)
{
    const size_t length = strlen(path), tail = strlen(ending);
    return length > tail && !strcmp(path + length - tail, ending);
}

auricle_status canvas_check_path(const char *path, auricle_error *error)
{
    if (strlen(path) < PATH_MAX && (ends_in(path, ".png") || ends_in(path, ".svg")))
        return AURICLE_OK;
    return tool_fail(error, AURICLE_INVALID, "%.300s: a picture's name ends in .png or .svg", path);
}

static cairo_status_t write_bytes(void *file, const unsigned char *bytes, unsigned count)
{
    return fwrite(bytes, 1, count, file) == count ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

auricle_status canvas_open(const char *path, double height, int pixels, struct canvas *canvas,
                           auricle_error *error)
{
    auricle_status status = canvas_check_path(path, error);
    if (status)
        return status;
    *canvas = (struct canvas){.is_png = ends_in(path, ".png")};
    snprintf(canvas->path, sizeof canvas->path, "%s", path);
    snprintf(canvas->temporary, sizeof canvas->temporary, "%s.part", path);
    canvas->file = fopen(canvas->temporary, "wb");
    if (!canvas->file)
        return fail(canvas, error, strerror(errno));
    const double scale = (double)pixels / CANVAS_WIDTH;
    canvas->page =
        canvas->is_png
            ? cairo_image_surface_create(CAIRO_FORMAT_RGB24, pixels, (int)ceil(height * scale))
            : cairo_svg_surface_create_for_stream(write_bytes, canvas->file, CANVAS_WIDTH, height);
    canvas->draw = cairo_create(canvas->page);
    if (cairo_status(canvas->draw))
        return fail(canvas, error, cairo_status_to_string(cairo_status(canvas->draw)));
    if (canvas->is_png)
        cairo_scale(canvas->draw, scale, scale);
    cairo_select_font_face(canvas->draw, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_source_rgb(canvas->draw, 1, 1, 1);
    cairo_paint(canvas->draw);
    return AURICLE_OK;
}

auricle_status canvas_finish(struct canvas *canvas, auricle_error *error)
{
    cairo_status_t wrong = cairo_status(canvas->draw);
    if (!wrong && canvas->is_png)
        wrong = cairo_surface_write_to_png_stream(canvas->page, write_bytes, canvas->file);
    cairo_surface_finish(canvas->page);
    if (!wrong)
        wrong = cairo_surface_status(canvas->page);
    if (wrong)
        return fail(canvas, error,
                    wrong == CAIRO_STATUS_WRITE_ERROR ? strerror(errno)
                                                      : cairo_status_to_string(wrong));
    if (fflush(canvas->file) || rename(canvas->temporary, canvas->path))
        return fail(canvas, error, strerror(errno));
    canvas->temporary[0] = '\0';
    canvas_abandon(canvas);
    return AURICLE_OK;
}

void canvas_abandon(struct canvas *canvas)
{
    if (canvas->draw)
        cairo_destroy(canvas->draw);
    if (canvas->page)
        cairo_surface_destroy(canvas->page); // an SVG's last bytes go to the file here
    if (canvas->file)
        fclose(canvas->file);
    if (canvas->file && canvas->temporary[0])
        unlink(canvas->temporary);
    canvas->draw = NULL;
    canvas->page = NULL;
    canvas->file = NULL;
}

// ---- colours

struct colour colour_of(int index)
{
    static const struct colour list[COLOURS] = {
        {0.00, 0.45, 0.70}, {0.84, 0.37, 0.00}, {0.00, 0.62, 0.45}, {0.80, 0.47, 0.65},
        {0.90, 0.62, 0.00}, {0.34, 0.71, 0.91}, {0.35, 0.35, 0.35},
    };
    return list[index % COLOURS];
}

// Evenly brighter: night blue, violet, red, orange, pale yellow.
struct colour colour_of_heat(double share)
{
    static const struct colour stop[] = {{0.02, 0.02, 0.10}, {0.27, 0.06, 0.42},
                                         {0.62, 0.17, 0.39}, {0.90, 0.38, 0.23},
                                         {0.99, 0.69, 0.27}, {1.00, 0.98, 0.78}};
    enum { LAST = sizeof stop / sizeof *stop - 1 };
    const double at = fmin(fmax(share, 0), 1) * LAST;
    const int i = at < LAST ? (int)at : LAST - 1;
    const double rest = at - i;
    return (struct colour){stop[i].r + rest * (stop[i + 1].r - stop[i].r),
                           stop[i].g + rest * (stop[i + 1].g - stop[i].g),
                           stop[i].b + rest * (stop[i + 1].b - stop[i].b)};
}

void canvas_colour(struct canvas *canvas, struct colour colour, double alpha)
{
    cairo_set_source_rgba(canvas->draw, colour.r, colour.g, colour.b, alpha);
}

// ---- text

double canvas_text_width(struct canvas *canvas, double size, const char *text)
{
    cairo_text_extents_t extents;
    json_t *valid = tool_json_text(text); // cairo fails at text that is not UTF-8
    cairo_set_font_size(canvas->draw, size);
    cairo_text_extents(canvas->draw, json_string_value(valid), &extents);
    json_decref(valid);
    return extents.x_advance;
}

void canvas_text(struct canvas *canvas, double x, double y, enum place place, double size,
                 const char *text)
{
    const double width = canvas_text_width(canvas, size, text);
    cairo_move_to(canvas->draw, x - (place == MIDDLE ? width / 2 : place == RIGHT ? width : 0), y);
    json_t *valid = tool_json_text(text);
    cairo_show_text(canvas->draw, json_string_value(valid));
    json_decref(valid);
}

void canvas_text_upwards(struct canvas *canvas, double x, double y, double size, const char *text)
{
    cairo_save(canvas->draw);
    cairo_translate(canvas->draw, x, y);
    cairo_rotate(canvas->draw, -1.5707963267948966);
    canvas_text(canvas, 0, 0, MIDDLE, size, text);
    cairo_restore(canvas->draw);
}
