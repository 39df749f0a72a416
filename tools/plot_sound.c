// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** A recording, its channels averaged: spectrogram, what each head reports, and beneath it how much
 * the encoder was surprised, exactly as a live stream would have it. */
#include "chart.h"
#include "plot.h"
#include "spectrum.h"

#include <auricle/listener.h>
#include <auricle/sound.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, MOST_HEADS = 8, MOST_POINTS = 1600 };
static const double LEFT_MARGIN = 58, RIGHT_MARGIN = 62, TOP = 30, PICTURE_HEIGHT = 190, LANE = 24,
                    LINE_HEIGHT = 96, SPACE = 14, DECIBELS = 70;

struct event {
    int head, label;
    double from_s, to_s;
};

struct hearing {
    const struct plot_options *options;
    const char *file;
    auricle_model *model;
    auricle_listener *listener;
    auricle_predictor *predictor;
    auricle_head *heads[MOST_HEADS];
    int head_count;
    struct spectrum spectrum;
    double frame_s, seconds;
    double *surprise; // [frames]
    int frames, frame_room;
    struct event *events;
    int event_count, event_room;
    bool predicts;      // some predictor exists
    bool out_of_memory; // a frame or an event could not be kept
};

// Room for one more.
static bool grow(void **list, int count, int *room, size_t size)
{
    if (count < *room)
        return true;
    const int wanted = *room ? 2 * *room : 256;
    void *larger = realloc(*list, size * (size_t)wanted);
    if (!larger)
        return false;
    *list = larger;
    *room = wanted;
    return true;
}

// ---- listening

static auricle_status open_all(struct hearing *h, const auricle_sound *sound, auricle_error *error)
{
    const struct plot_options *options = h->options;
    const auricle_listener_config config = {.size = sizeof config,
                                            .sample_rate_hz = auricle_sound_rate_hz(sound)};
    auricle_model_info info;
    if (options->heads.count > MOST_HEADS)
        return tool_fail(error, AURICLE_INVALID, "%d heads: at most %d fit", options->heads.count,
                         MOST_HEADS);
    auricle_status status = auricle_model_open(options->model, &h->model, error);
    tool_add_cure(error, "name an encoder with --model FILE; auricle pretrain makes one");
    if (!status)
        status = auricle_predictor_create(h->model, NULL, &h->predictor, error);
    for (int i = 0; i < options->heads.count && !status; i++) {
        status = auricle_head_open(options->heads.text[i], h->model, &h->heads[i], error);
        h->head_count += status == AURICLE_OK;
        tool_add_cure(error, "name a head with --head FILE; auricle fit makes one");
    }
    if (!status)
        status = auricle_listener_create(h->model, h->heads, h->head_count, &config, &h->listener,
                                         error);
    if (!status) {
        auricle_model_get_info(h->model, &info);
        h->frame_s = (double)info.hop_samples / info.sample_rate_hz;
    }
    return status;
}

static bool add_events(struct hearing *h, int head, const auricle_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        if (events[i].kind != AURICLE_EVENT_END)
            continue;
        if (!grow((void **)&h->events, h->event_count, &h->event_room, sizeof *h->events))
            return false;
        h->events[h->event_count++] =
            (struct event){head, events[i].label, (double)events[i].start_frame * h->frame_s,
                           (double)events[i].end_frame * h->frame_s};
    }
    return true;
}

static bool add_surprise(struct hearing *h, const float *vector)
{
    auricle_surprise surprise;
    if (!grow((void **)&h->surprise, h->frames, &h->frame_room, sizeof *h->surprise))
        return false;
    auricle_predictor_step(h->predictor, vector, &surprise);
    h->surprise[h->frames++] = (double)surprise.surprise;
    h->predicts |= !isnan(surprise.future_error) || !isnan(surprise.feature_error) ||
                   !isnan(surprise.masked_error);
    return true;
}

static void take_result(const auricle_result *result, void *user)
{
    struct hearing *h = user;
    bool kept = !result->vector || add_surprise(h, result->vector);
    for (int i = 0; i < result->head_count && kept; i++)
        kept = add_events(h, i, result->heads[i].events, result->heads[i].event_count);
    h->out_of_memory |= !kept;
}

static auricle_status feed(struct hearing *h, const float *samples, size_t count,
                           auricle_error *error)
{
    auricle_error reason;
    if (auricle_listener_feed(h->listener, samples, count, take_result, h, &reason))
        return tool_fail(error, reason.status, "%.300s: %.150s", h->file, reason.text);
    return h->out_of_memory
               ? tool_fail(error, AURICLE_NO_MEMORY, "no memory for %d frames", h->frames)
               : AURICLE_OK;
}

static auricle_status finish(struct hearing *h, auricle_error *error)
{
    auricle_listener_drain(h->listener, take_result, h);
    return h->out_of_memory ? tool_fail(error, AURICLE_NO_MEMORY, "no memory") : AURICLE_OK;
}

static auricle_status listen(struct hearing *h, auricle_sound *sound, auricle_error *error)
{
    const size_t channels = (size_t)auricle_sound_channels(sound);
    float *block = malloc(BLOCK * channels * sizeof *block);
    auricle_status status = block ? AURICLE_OK : tool_fail(error, AURICLE_NO_MEMORY, "no memory");
    for (size_t got = 1; !status && got > 0;) {
        status = auricle_sound_read(sound, block, BLOCK, &got, error);
        for (size_t i = 0; i < got && !status; i++) {
            float sum = 0;
            for (size_t c = 0; c < channels; c++)
                sum += block[i * channels + c];
            block[i] = sum / (float)channels;
        }
        if (!status)
            status = feed(h, block, got, error);
        if (!status)
            spectrum_feed(&h->spectrum, block, got);
    }
    free(block);
    return status ? status : finish(h, error);
}

static void close_all(struct hearing *h)
{
    auricle_listener_destroy(&h->listener);
    for (int i = 0; i < h->head_count; i++)
        auricle_head_unref(&h->heads[i]);
    auricle_predictor_destroy(&h->predictor);
    auricle_model_unref(&h->model);
    spectrum_free(&h->spectrum);
    free(h->surprise);
    free(h->events);
}

// ---- drawing

static struct axis time_axis(const struct hearing *h)
{
    const bool long_one = h->seconds > 300;
    return (struct axis){.low = 0,
                         .high = h->seconds / (long_one ? 60 : 1),
                         .label = long_one ? "minutes" : "seconds"};
}

// Where this second stands on the time axis.
static double time_x(const struct chart *chart, const struct hearing *h, double seconds)
{
    return chart->x + chart->width * seconds / h->seconds;
}

static void draw_key(struct canvas *canvas, double x, double y, double height)
{
    enum { PARTS = 64 };
    for (int i = 0; i < PARTS; i++) {
        canvas_colour(canvas, colour_of_heat(1 - (i + 0.5) / PARTS), 1);
        cairo_rectangle(canvas->draw, x, y + height * i / PARTS, 9, height / PARTS + 0.5);
        cairo_fill(canvas->draw);
    }
    canvas_colour(canvas, colour_grey, 1);
    canvas_text(canvas, x + 13, y + 8, LEFT, 9.5, "0 dB");
    canvas_text(canvas, x + 13, y + height, LEFT, 9.5, "-70");
}

static void draw_picture(struct canvas *canvas, const struct chart *chart, const struct hearing *h)
{
    cairo_surface_t *image = spectrum_image(&h->spectrum, DECIBELS);
    const double width = cairo_image_surface_get_width(image);
    const double height = cairo_image_surface_get_height(image);
    chart_clip(canvas, chart);
    cairo_translate(canvas->draw, chart->x, chart->y);
    cairo_scale(canvas->draw, chart->width / width, chart->height / height);
    cairo_set_source_surface(canvas->draw, image, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(canvas->draw), CAIRO_FILTER_BILINEAR);
    cairo_pattern_set_extend(cairo_get_source(canvas->draw), CAIRO_EXTEND_PAD);
    cairo_paint(canvas->draw);
    chart_unclip(canvas);
    cairo_surface_destroy(image);
}

static void draw_event(struct canvas *canvas, const struct chart *chart, const struct hearing *h,
                       const struct event *event, double y)
{
    const char *label = auricle_head_label(h->heads[event->head], event->label);
    const double from = time_x(chart, h, event->from_s);
    const double to = fmax(time_x(chart, h, fmin(event->to_s, h->seconds)), from + 2);
    canvas_colour(canvas, colour_of(event->label), 0.25);
    cairo_rectangle(canvas->draw, from, y + 3, to - from, LANE - 6);
    cairo_fill_preserve(canvas->draw);
    canvas_colour(canvas, colour_of(event->label), 1);
    cairo_set_line_width(canvas->draw, 1);
    cairo_stroke(canvas->draw);
    canvas_colour(canvas, colour_ink, 1);
    cairo_save(canvas->draw);
    cairo_rectangle(canvas->draw, from, y, to - from, LANE);
    cairo_clip(canvas->draw); // a label longer than its event is cut
    if (to - from > 12)
        canvas_text(canvas, from + 4, y + LANE / 2 + 3.5, LEFT, 9.5, label);
    cairo_restore(canvas->draw);
}

static void draw_lanes(struct canvas *canvas, const struct chart *chart, const struct hearing *h,
                       double y)
{
    for (int i = 0; i < h->head_count; i++, y += LANE) {
        auricle_head_info info;
        auricle_head_get_info(h->heads[i], &info);
        canvas_colour(canvas, colour_faint, 1);
        cairo_set_line_width(canvas->draw, 0.7);
        cairo_rectangle(canvas->draw, chart->x, y, chart->width, LANE);
        cairo_stroke(canvas->draw);
        canvas_colour(canvas, colour_ink, 1);
        canvas_text(canvas, chart->x + chart->width + 6, y + LANE / 2 + 3.5, LEFT, 9.5, info.task);
        for (int e = 0; e < h->event_count; e++)
            if (h->events[e].head == i)
                draw_event(canvas, chart, h, &h->events[e], y);
    }
}

// Until the predictor knows what is usual it says 0: no line there.
static int first_known(const struct hearing *h)
{
    int i = 0;
    while (i < h->frames && h->surprise[i] == 0)
        i++;
    return i;
}

// Of many frames the most surprising of each stretch.
static void draw_surprise(struct canvas *canvas, struct chart chart, const struct hearing *h)
{
    double x[MOST_POINTS], y[MOST_POINTS], low = 0, high = 1;
    const int stretch = (h->frames + MOST_POINTS - 1) / MOST_POINTS;
    int count = 0;
    for (int first = first_known(h); first < h->frames; first += stretch, count++) {
        y[count] = -INFINITY;
        for (int i = first; i < first + stretch && i < h->frames; i++)
            y[count] = fmax(y[count], h->surprise[i]);
        x[count] = chart.across.high * (first + 0.5 * stretch) * h->frame_s / h->seconds;
        low = fmin(low, y[count]);
        high = fmax(high, y[count]);
    }
    chart.up = axis_around(low, high, "surprise (z)");
    chart_frame(canvas, &chart);
    if (!h->predicts || !count) {
        canvas_colour(canvas, colour_grey, 1);
        canvas_text(canvas, chart.x + chart.width / 2, chart.y + chart.height / 2, MIDDLE, 11,
                    "this encoder has no predictors, or the sound is too short for them");
        return;
    }
    chart_clip(canvas, &chart);
    canvas_colour(canvas, colour_of(1), 1);
    chart_line(canvas, &chart, x, y, count, 1.2);
    chart_unclip(canvas);
}

static auricle_status draw(const struct hearing *h, auricle_error *error)
{
    const double lanes = h->head_count ? h->head_count * LANE + SPACE : 0;
    const double bottom = TOP + PICTURE_HEIGHT + SPACE + lanes;
    const char *slash = strrchr(h->file, '/');
    struct canvas canvas;
    struct chart chart = {.x = LEFT_MARGIN,
                          .y = TOP,
                          .width = CANVAS_WIDTH - LEFT_MARGIN - RIGHT_MARGIN,
                          .height = PICTURE_HEIGHT,
                          .across = time_axis(h),
                          .up = {.low = 0, .high = h->spectrum.high_hz / 1000, .label = "kHz"},
                          .title = h->options->title ? h->options->title
                                   : slash           ? slash + 1
                                                     : h->file};
    auricle_status status =
        canvas_open(h->options->out, bottom + LINE_HEIGHT + 38, h->options->pixels, &canvas, error);
    if (status)
        return status;
    chart.across.bare = true;
    chart_frame(&canvas, &chart);
    draw_picture(&canvas, &chart, h);
    draw_key(&canvas, chart.x + chart.width + 10, TOP, PICTURE_HEIGHT);
    draw_lanes(&canvas, &chart, h, TOP + PICTURE_HEIGHT + SPACE);
    chart.title = NULL;
    chart.across.bare = false;
    chart.y = bottom;
    chart.height = LINE_HEIGHT;
    draw_surprise(&canvas, chart, h);
    return canvas_finish(&canvas, error);
}

auricle_status plot_sound(const struct plot_options *options, const char *file,
                          auricle_error *error)
{
    struct hearing h = {.options = options, .file = file};
    auricle_sound *sound = NULL;
    auricle_status status = auricle_sound_open(file, &sound, error);
    h.seconds = status ? 0 : auricle_sound_seconds(sound);
    if (!status && isnan(h.seconds))
        status = tool_fail(
            error, AURICLE_INVALID,
            "%.300s: its length is not known before its end: name a file, not a pipe", file);
    if (!status && h.seconds <= 0)
        status =
            tool_fail(error, AURICLE_INVALID, "%.300s is empty: there is nothing to draw", file);
    if (!status)
        status = open_all(&h, sound, error);
    const int rate_hz = status ? 0 : auricle_sound_rate_hz(sound);
    if (!status && !spectrum_create(rate_hz, (int64_t)(h.seconds * rate_hz + 0.5), &h.spectrum))
        status = tool_fail(error, AURICLE_NO_MEMORY, "no memory");
    if (!status)
        status = listen(&h, sound, error);
    if (!status)
        status = draw(&h, error);
    auricle_sound_close(&sound);
    close_all(&h);
    return status;
}
