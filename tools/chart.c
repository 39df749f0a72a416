// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "chart.h"

#include <math.h>

static const double NUMBER_SIZE = 9.5, LABEL_SIZE = 10.5, TITLE_SIZE = 11.5;

struct axis axis_around(double low, double high, const char *label)
{
    double room = 0.05 * (high - low);
    if (!(room > 0))
        room = fmax(fabs(high) * 0.1, 1e-3);
    return (struct axis){.low = low - room, .high = high + room, .label = label};
}

double chart_x(const struct chart *chart, double value)
{
    const struct axis *axis = &chart->across;
    return chart->x + chart->width * (value - axis->low) / (axis->high - axis->low);
}

double chart_y(const struct chart *chart, double value)
{
    const struct axis *axis = &chart->up;
    return chart->y + chart->height * (1 - (value - axis->low) / (axis->high - axis->low));
}

// 1, 2 or 5 times a power of ten, so that about `wanted` fit.
static double tick_step(const struct axis *axis, double wanted)
{
    const double rough = (axis->high - axis->low) / wanted, power = pow(10, floor(log10(rough)));
    const double share = rough / power;
    return power * (share > 5 ? 10 : share > 2 ? 5 : share > 1 ? 2 : 1);
}

static void tick_text(double value, double step, char text[32])
{
    const int digits = (int)fmax(0, ceil(-log10(step) - 1e-9));
    if (fabs(value) >= 1e5)
        snprintf(text, 32, "%gk", value / 1000);
    else
        snprintf(text, 32, "%.*f", digits < 9 ? digits : 9, value + 0.0); // no "-0"
}

static void rule(struct canvas *canvas, double x0, double y0, double x1, double y1)
{
    cairo_move_to(canvas->draw, x0, y0);
    cairo_line_to(canvas->draw, x1, y1);
    cairo_stroke(canvas->draw);
}

static void draw_across(struct canvas *canvas, const struct chart *chart)
{
    const struct axis *axis = &chart->across;
    const double bottom = chart->y + chart->height, step = tick_step(axis, chart->width / 70);
    for (double i = ceil(axis->low / step - 1e-9); i * step <= axis->high + 1e-9 * step; i++) {
        char text[32];
        const double x = chart_x(chart, i * step);
        canvas_colour(canvas, colour_faint, 1);
        rule(canvas, x, chart->y, x, bottom);
        canvas_colour(canvas, colour_grey, 1);
        tick_text(i * step, step, text);
        if (!axis->bare)
            canvas_text(canvas, x, bottom + 13, MIDDLE, NUMBER_SIZE, text);
    }
    canvas_colour(canvas, colour_ink, 1);
    if (axis->label && !axis->bare)
        canvas_text(canvas, chart->x + chart->width / 2, bottom + 28, MIDDLE, LABEL_SIZE,
                    axis->label);
}

static void draw_up(struct canvas *canvas, const struct chart *chart)
{
    const struct axis *axis = &chart->up;
    const double step = tick_step(axis, fmax(chart->height / 32, 2));
    double widest = 0;
    for (double i = ceil(axis->low / step - 1e-9); i * step <= axis->high + 1e-9 * step; i++) {
        char text[32];
        const double y = chart_y(chart, i * step);
        canvas_colour(canvas, colour_faint, 1);
        rule(canvas, chart->x, y, chart->x + chart->width, y);
        canvas_colour(canvas, colour_grey, 1);
        tick_text(i * step, step, text);
        if (!axis->bare)
            canvas_text(canvas, chart->x - 5, y + 3.5, RIGHT, NUMBER_SIZE, text);
        widest = fmax(widest, canvas_text_width(canvas, NUMBER_SIZE, text));
    }
    canvas_colour(canvas, colour_ink, 1);
    if (axis->label && !axis->bare)
        canvas_text_upwards(canvas, chart->x - widest - 13, chart->y + chart->height / 2,
                            LABEL_SIZE, axis->label);
}

void chart_frame(struct canvas *canvas, const struct chart *chart)
{
    cairo_set_line_width(canvas->draw, 0.7);
    draw_across(canvas, chart);
    draw_up(canvas, chart);
    canvas_colour(canvas, colour_grey, 1);
    cairo_rectangle(canvas->draw, chart->x, chart->y, chart->width, chart->height);
    cairo_stroke(canvas->draw);
    canvas_colour(canvas, colour_ink, 1);
    if (chart->title)
        canvas_text(canvas, chart->x, chart->y - 6, LEFT, TITLE_SIZE, chart->title);
}

void chart_clip(struct canvas *canvas, const struct chart *chart)
{
    cairo_save(canvas->draw);
    cairo_rectangle(canvas->draw, chart->x, chart->y, chart->width, chart->height);
    cairo_clip(canvas->draw);
}

void chart_unclip(struct canvas *canvas)
{
    cairo_restore(canvas->draw);
}

void chart_line(struct canvas *canvas, const struct chart *chart, const double *x, const double *y,
                int count, double width)
{
    bool pen_down = false;
    cairo_new_path(canvas->draw);
    for (int i = 0; i < count; i++) {
        if (isnan(y[i])) {
            pen_down = false;
            continue;
        }
        if (pen_down)
            cairo_line_to(canvas->draw, chart_x(chart, x[i]), chart_y(chart, y[i]));
        else
            cairo_move_to(canvas->draw, chart_x(chart, x[i]), chart_y(chart, y[i]));
        pen_down = true;
    }
    cairo_set_line_width(canvas->draw, width);
    cairo_set_line_join(canvas->draw, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(canvas->draw);
}

void canvas_mark(struct canvas *canvas, double x, double y, int index, double size)
{
    cairo_t *draw = canvas->draw;
    cairo_new_path(draw);
    switch (index % MARKS) {
    case 0:
        cairo_arc(draw, x, y, size, 0, 6.283185307179586);
        break;
    case 1:
        cairo_rectangle(draw, x - 0.9 * size, y - 0.9 * size, 1.8 * size, 1.8 * size);
        break;
    case 2:
        cairo_move_to(draw, x, y - 1.2 * size);
        cairo_line_to(draw, x + 1.1 * size, y + 0.8 * size);
        cairo_line_to(draw, x - 1.1 * size, y + 0.8 * size);
        cairo_close_path(draw);
        break;
    default:
        cairo_move_to(draw, x - size, y - size);
        cairo_line_to(draw, x + size, y + size);
        cairo_move_to(draw, x - size, y + size);
        cairo_line_to(draw, x + size, y - size);
        cairo_set_line_width(draw, 0.6 * size);
        cairo_stroke(draw);
        return;
    }
    cairo_fill(draw);
}
