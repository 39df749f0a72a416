// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What runs wrote into metrics.jsonl: the loss large, each indicator small, a colour a run. Thin:
 * the training's own steps; thick with marks: held-out sound; dashed: what chance gives. */
#define _POSIX_C_SOURCE 200809L
#include "chart.h"
#include "plot.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_RUNS = 24, MOST_NUMBERS = 60, PER_ROW = 3 };
static const double LEFT_MARGIN = 58, RIGHT_MARGIN = 14, TOP = 34, LOSS_HEIGHT = 220,
                    SMALL_HEIGHT = 96, GAP = 46, ROW_GAP = 56, LEGEND_LINE = 15;

struct run {
    char name[64];
    json_t *steps, *evaluations; // arrays of objects
};

struct curves {
    const struct plot_options *options;
    struct run run[MOST_RUNS];
    int run_count;
    const char *names[MOST_NUMBERS]; // borrowed
    int name_count;
    struct canvas canvas;
};

// ---- reading

static auricle_status add_line(struct run *run, const char *path, int number, const char *line,
                               auricle_error *error)
{
    json_error_t reason;
    json_t *object = json_loads(line, 0, &reason);
    const char *event = json_string_value(json_object_get(object, "event"));
    if (!event)
        tool_fail(error, AURICLE_FORMAT, "%.300s, line %d: %s", path, number,
                  object ? "names no event" : reason.text);
    else if (!strcmp(event, "step"))
        json_array_append(run->steps, object);
    else if (!strcmp(event, "evaluation"))
        json_array_append(run->evaluations, object);
    const auricle_status status = event ? AURICLE_OK : AURICLE_FORMAT;
    json_decref(object);
    return status;
}

static auricle_status read_lines(struct run *run, const char *path, auricle_error *error)
{
    const char *reason;
    FILE *file = tool_open(path, &reason);
    if (!file)
        return tool_fail(error, AURICLE_NOT_FOUND,
                         "%.300s: %s; name the folder given to auricle pretrain as --run", path,
                         reason);
    char *line = NULL;
    size_t room = 0;
    auricle_status status = AURICLE_OK;
    for (int number = 1; !status && getline(&line, &room, file) > 0; number++)
        if (strchr(line, '\n')) // the last line of a training that was killed may not end
            status = add_line(run, path, number, line, error);
    free(line);
    fclose(file);
    if (!status && !json_array_size(run->steps))
        status =
            tool_fail(error, AURICLE_INVALID,
                      "%.300s holds no steps yet: pretraining writes a line each 10 steps", path);
    return status;
}

static auricle_status read_run(struct curves *curves, const char *given, auricle_error *error)
{
    struct stat about;
    char path[4200], base[4096];
    bool folder = stat(given, &about) == 0 && S_ISDIR(about.st_mode);
    struct run *run = &curves->run[curves->run_count++];
    *run = (struct run){.steps = json_array(), .evaluations = json_array()};
    snprintf(base, sizeof base, "%s", given);
    for (size_t n = strlen(base); n > 1 && base[n - 1] == '/'; n--)
        base[n - 1] = '\0';
    const char *slash = strrchr(base, '/');
    snprintf(run->name, sizeof run->name, "%.60s", slash && slash[1] ? slash + 1 : base);
    snprintf(path, sizeof path, folder ? "%s/metrics.jsonl" : "%s", base);
    return read_lines(run, path, error);
}

// ---- what is shown

static bool is_aside(const char *name)
{
    const size_t length = strlen(name);
    return !strcmp(name, "loss") || !strcmp(name, "step") || !strcmp(name, "hours") ||
           !strcmp(name, "seconds") || !strcmp(name, "realtime") || !strncmp(name, "skipped_", 8) ||
           (length > 7 && !strcmp(name + length - 7, ".chance"));
}

static void add_name(struct curves *curves, const char *name)
{
    for (int i = 0; i < curves->name_count; i++)
        if (!strcmp(curves->names[i], name))
            return;
    if (curves->name_count < MOST_NUMBERS)
        curves->names[curves->name_count++] = name;
}

static bool occurs(const struct curves *curves, const char *name)
{
    for (int r = 0; r < curves->run_count; r++)
        for (int kind = 0; kind < 2; kind++) {
            const json_t *list = kind ? curves->run[r].steps : curves->run[r].evaluations;
            if (json_object_get(json_array_get(list, 0), name))
                return true;
        }
    return false;
}

// Asked for, or every number of an evaluation; of the steps where nothing was evaluated.
static auricle_status choose_names(struct curves *curves, auricle_error *error)
{
    const struct text_list *shown = &curves->options->shown;
    for (int i = 0; i < shown->count; i++) {
        if (!occurs(curves, shown->text[i]))
            return tool_fail(error, AURICLE_INVALID,
                             "--show %.100s: no run has it; metrics.jsonl names what there is",
                             shown->text[i]);
        if (strcmp(shown->text[i], "loss") != 0)
            add_name(curves, shown->text[i]);
    }
    for (int r = 0; r < curves->run_count && !shown->count; r++) {
        const struct run *run = &curves->run[r];
        const json_t *list = json_array_size(run->evaluations) ? run->evaluations : run->steps;
        const char *name;
        json_t *value;
        json_object_foreach(json_array_get(list, 0), name, value)
            if (json_is_number(value) && !is_aside(name))
                add_name(curves, name);
    }
    return AURICLE_OK;
}

// ---- drawing

struct points {
    double *x, *y;
    int count;
};

// Numbers of this name; NAN where a line lacks it or it isn't finite.
static struct points points_of(const struct curves *curves, const json_t *list, const char *name)
{
    const size_t count = json_array_size(list);
    struct points points = {malloc((count + 1) * sizeof(double)),
                            malloc((count + 1) * sizeof(double)), (int)count};
    if (!points.x || !points.y)
        points.count = 0;
    for (int i = 0; i < points.count; i++) {
        const json_t *line = json_array_get(list, (size_t)i);
        const json_t *value = json_object_get(line, name);
        points.x[i] =
            json_number_value(json_object_get(line, curves->options->hours ? "hours" : "step"));
        points.y[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    return points;
}

static void points_free(struct points *points)
{
    free(points->x);
    free(points->y);
}

struct range {
    double low, high;
};

static void widen(struct range *range, const double *values, int count)
{
    for (int i = 0; i < count; i++)
        if (isfinite(values[i])) {
            range->low = fmin(range->low, values[i]);
            range->high = fmax(range->high, values[i]);
        }
}

static void draw_run(struct curves *curves, const struct chart *chart, int r, const char *name)
{
    struct canvas *canvas = &curves->canvas;
    const struct colour colour = colour_of(r);
    struct points steps = points_of(curves, curves->run[r].steps, name);
    struct points held_out = points_of(curves, curves->run[r].evaluations, name);
    canvas_colour(canvas, colour, held_out.count ? 0.45 : 1);
    chart_line(canvas, chart, steps.x, steps.y, steps.count, held_out.count ? 0.9 : 1.4);
    canvas_colour(canvas, colour, 1);
    chart_line(canvas, chart, held_out.x, held_out.y, held_out.count, 1.8);
    for (int i = 0; i < held_out.count; i++)
        if (isfinite(held_out.y[i]))
            canvas_mark(canvas, chart_x(chart, held_out.x[i]), chart_y(chart, held_out.y[i]),
                        r / COLOURS, 2.4);
    points_free(&steps);
    points_free(&held_out);
}

// "cpc.accuracy" has "cpc.chance" beside it.
static void draw_chance(struct curves *curves, const struct chart *chart, int r, const char *name)
{
    char chance[96];
    const char *dot = strrchr(name, '.');
    if (!dot || strcmp(dot, ".accuracy") != 0)
        return;
    snprintf(chance, sizeof chance, "%.*s.chance", (int)(dot - name), name);
    struct points points = points_of(curves, curves->run[r].steps, chance);
    canvas_colour(&curves->canvas, colour_grey, 1);
    cairo_set_dash(curves->canvas.draw, (double[]){3, 3}, 2, 0);
    chart_line(&curves->canvas, chart, points.x, points.y, points.count, 0.9);
    cairo_set_dash(curves->canvas.draw, NULL, 0, 0);
    points_free(&points);
}

static void draw_chart(struct curves *curves, struct chart chart, const char *name)
{
    struct range across = {INFINITY, -INFINITY}, up = {INFINITY, -INFINITY};
    for (int r = 0; r < curves->run_count; r++)
        for (int kind = 0; kind < 2; kind++) {
            struct points points =
                points_of(curves, kind ? curves->run[r].steps : curves->run[r].evaluations, name);
            widen(&across, points.x, points.count);
            widen(&up, points.y, points.count);
            points_free(&points);
        }
    if (!(up.low <= up.high))
        up = (struct range){0, 1};
    chart.across = (struct axis){.low = 0,
                                 .high = across.high > 0 ? across.high : 1,
                                 .label = curves->options->hours ? "hours of sound" : "steps"};
    chart.up = axis_around(up.low, up.high, NULL);
    chart_frame(&curves->canvas, &chart);
    chart_clip(&curves->canvas, &chart);
    for (int r = 0; r < curves->run_count; r++) {
        draw_chance(curves, &chart, r, name);
        draw_run(curves, &chart, r, name);
    }
    chart_unclip(&curves->canvas);
}

// The runs' names in lines of as many as fit; draws when there is a page. Returns the lines.
static int lay_legend(struct curves *curves, bool draw)
{
    static const double size = 10.5, letter = 6, first = LEFT_MARGIN + 50;
    struct canvas *canvas = &curves->canvas;
    double x = first;
    int line = 0;
    for (int r = 0; r < curves->run_count; r++) {
        const char *name = curves->run[r].name;
        const double width = (double)strlen(name) * letter + 38;
        if (x + width > CANVAS_WIDTH - RIGHT_MARGIN && x > first) {
            x = first;
            line++;
        }
        const double y = TOP - 6 + LEGEND_LINE * line;
        if (draw) {
            canvas_colour(canvas, colour_of(r), 1);
            cairo_set_line_width(canvas->draw, 1.8);
            cairo_move_to(canvas->draw, x, y - 3.5);
            cairo_line_to(canvas->draw, x + 18, y - 3.5);
            cairo_stroke(canvas->draw);
            canvas_mark(canvas, x + 9, y - 3.5, r / COLOURS, 2.6);
            canvas_colour(canvas, colour_ink, 1);
            canvas_text(canvas, x + 22, y, LEFT, size, name);
        }
        x += width;
    }
    return line + 1;
}

static void draw_all(struct curves *curves, double top)
{
    const double inside = CANVAS_WIDTH - LEFT_MARGIN - RIGHT_MARGIN;
    const double width = (inside - (PER_ROW - 1) * GAP) / PER_ROW;
    lay_legend(curves, true);
    canvas_colour(&curves->canvas, colour_grey, 1);
    canvas_text(&curves->canvas, CANVAS_WIDTH - RIGHT_MARGIN, 12, RIGHT, 9,
                "thin: training; thick: held out; dashed: chance");
    draw_chart(
        curves,
        (struct chart){
            .x = LEFT_MARGIN, .y = top, .width = inside, .height = LOSS_HEIGHT, .title = "loss"},
        "loss");
    for (int i = 0; i < curves->name_count; i++) {
        const double y = top + LOSS_HEIGHT + 58 + i / PER_ROW * (SMALL_HEIGHT + ROW_GAP);
        draw_chart(curves,
                   (struct chart){.x = LEFT_MARGIN + i % PER_ROW * (width + GAP),
                                  .y = y,
                                  .width = width,
                                  .height = SMALL_HEIGHT,
                                  .title = curves->names[i]},
                   curves->names[i]);
    }
}

static auricle_status draw_page(struct curves *curves, auricle_error *error)
{
    const int rows = (curves->name_count + PER_ROW - 1) / PER_ROW;
    const double top = TOP + LEGEND_LINE * (lay_legend(curves, false) - 1);
    const double height = top + LOSS_HEIGHT + 40 + rows * (SMALL_HEIGHT + ROW_GAP);
    auricle_status status =
        canvas_open(curves->options->out, height, curves->options->pixels, &curves->canvas, error);
    if (status)
        return status;
    draw_all(curves, top);
    return canvas_finish(&curves->canvas, error);
}

auricle_status plot_curves(const struct plot_options *options, char **runs, int count,
                           auricle_error *error)
{
    if (count > MOST_RUNS)
        return tool_fail(error, AURICLE_INVALID, "%d runs: at most %d can be told apart", count,
                         MOST_RUNS);
    struct curves *curves = calloc(1, sizeof *curves);
    if (!curves)
        return tool_fail(error, AURICLE_NO_MEMORY, "no memory");
    curves->options = options;
    auricle_status status = AURICLE_OK;
    for (int i = 0; i < count && !status; i++)
        status = read_run(curves, runs[i], error);
    if (!status)
        status = choose_names(curves, error);
    if (!status)
        status = draw_page(curves, error);
    for (int r = 0; r < curves->run_count; r++) {
        json_decref(curves->run[r].steps);
        json_decref(curves->run[r].evaluations);
    }
    free(curves);
    return status;
}
