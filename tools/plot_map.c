// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Labelled recordings as points: colour and mark say the label. */
#include "chart.h"
#include "plot.h"

#include <auricle/probe.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED = COLOURS * (MARKS - 1) }; // labels that get a look of their own; the rest are grey
static const double HEIGHT = 560, SIDE = 500, LEGEND_X = 590, LEGEND_LINE = 20;

struct look {
    int label, points; // points there are of it
};

static int more_points(const void *a, const void *b)
{
    const struct look *one = a, *two = b;
    return one->points != two->points ? two->points - one->points : one->label - two->label;
}

// Labels by how often they occur: look [class_count].
static struct look *rank_labels(const auricle_map *map)
{
    struct look *looks = calloc((size_t)map->class_count, sizeof *looks);
    for (int i = 0; looks && i < map->class_count; i++)
        looks[i].label = i;
    for (int i = 0; looks && i < map->count; i++)
        looks[map->label[i]].points++;
    if (looks)
        qsort(looks, (size_t)map->class_count, sizeof *looks, more_points);
    return looks;
}

static void draw_look(struct canvas *canvas, int rank, double x, double y, double size)
{
    canvas_colour(canvas, rank < NAMED ? colour_of(rank) : colour_faint, rank < NAMED ? 0.8 : 1);
    canvas_mark(canvas, x, y, rank < NAMED ? rank / COLOURS : 0, size);
}

static void draw_points(struct canvas *canvas, const struct chart *chart, const auricle_map *map,
                        const struct look *looks)
{
    for (int rank = map->class_count - 1; rank >= 0; rank--) // the greys lie beneath
        for (int i = 0; i < map->count; i++)
            if (map->label[i] == looks[rank].label)
                draw_look(canvas, rank, chart_x(chart, (double)map->places[2 * i]),
                          chart_y(chart, (double)map->places[2 * i + 1]), 3);
}

static void draw_legend(struct canvas *canvas, const auricle_map *map, const struct look *looks)
{
    char text[80];
    const int shown = map->class_count < NAMED ? map->class_count : NAMED;
    for (int rank = 0; rank < shown; rank++) {
        const double y = 44 + LEGEND_LINE * rank;
        draw_look(canvas, rank, LEGEND_X, y - 4, 3.6);
        canvas_colour(canvas, colour_ink, 1);
        snprintf(text, sizeof text, "%.28s (%d)", map->labels[looks[rank].label],
                 looks[rank].points);
        canvas_text(canvas, LEGEND_X + 12, y, LEFT, 11, text);
    }
    if (map->class_count > shown) {
        snprintf(text, sizeof text, "%d more labels", map->class_count - shown);
        draw_look(canvas, NAMED, LEGEND_X, 40 + LEGEND_LINE * shown, 3.6);
        canvas_colour(canvas, colour_ink, 1);
        canvas_text(canvas, LEGEND_X + 12, 44 + LEGEND_LINE * shown, LEFT, 11, text);
    }
}

static struct chart chart_of(const auricle_map *map, char label[2][80], const char *title)
{
    struct axis axis[2];
    for (int a = 0; a < 2; a++) {
        double low = INFINITY, high = -INFINITY;
        for (int i = 0; i < map->count; i++) {
            low = fmin(low, (double)map->places[2 * i + a]);
            high = fmax(high, (double)map->places[2 * i + a]);
        }
        snprintf(label[a], 80, "principal component %d (%.0f %% of the variance)", a + 1,
                 100 * map->share[a]);
        axis[a] = axis_around(low, high, label[a]);
    }
    return (struct chart){.x = 60,
                          .y = 30,
                          .width = SIDE,
                          .height = HEIGHT - 30 - 46,
                          .across = axis[0],
                          .up = axis[1],
                          .title = title};
}

static auricle_status draw(const struct plot_options *options, const auricle_map *map,
                           auricle_error *error)
{
    char label[2][80], title[256];
    struct canvas canvas;
    struct look *looks = rank_labels(map);
    if (!looks)
        return tool_fail(error, AURICLE_NO_MEMORY, "no memory");
    const char *slash = strrchr(options->model, '/');
    snprintf(title, sizeof title, "%.60s: %d recordings heard by %.80s", options->task, map->count,
             slash ? slash + 1 : options->model);
    const struct chart chart = chart_of(map, label, options->title ? options->title : title);
    auricle_status status = canvas_open(options->out, HEIGHT, options->pixels, &canvas, error);
    if (!status) {
        chart_frame(&canvas, &chart);
        draw_points(&canvas, &chart, map, looks);
        draw_legend(&canvas, map, looks);
        status = canvas_finish(&canvas, error);
    }
    free(looks);
    return status;
}

auricle_status plot_map(const struct plot_options *options, auricle_error *error)
{
    struct progress_count progress = {progress_begin(options->quiet), tool_catch_interrupts(),
                                      options->task};
    const bool bare = !strcmp(options->model, "random") || !strcmp(options->model, "logmel");
    char encoder[PATH_MAX + 16];
    snprintf(encoder, sizeof encoder, "%s%s%s", options->model, bare ? ":" : "",
             bare ? tool_default_file("encoder.safetensors") : "");
    const auricle_map_config config = {.encoder = encoder,
                                       .seed = 1,
                                       .folders = options->data.text,
                                       .folder_count = options->data.count,
                                       .task = options->task,
                                       .split = options->split,
                                       .most = options->most,
                                       .progress = progress_count,
                                       .user = &progress};
    auricle_map map;
    auricle_status status = auricle_map_make(&config, &map, error);
    if (!status && map.skipped) {
        char text[400];
        snprintf(text, sizeof text, "%d recordings skipped; %s", map.skipped, map.note);
        progress_line(&progress.view, text);
    }
    progress_end(&progress.view);
    if (!status)
        status = draw(options, &map, error);
    auricle_map_free(&map);
    return status;
}
