// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/scene.h"

#include "model/shape.h"

enum {
    EARLY = 5 * HOP_SAMPLES, // a word's end is a matter of taste
    LATE_LEAST = 10 * HOP_SAMPLES,
    LATE_MOST = 60 * HOP_SAMPLES,
    TIGHT_EARLY = 3 * HOP_SAMPLES,
    TIGHT_LATE = 10 * HOP_SAMPLES,
    LEAST_WINDOW = 40, // frames: what a frame head is taken to remember
};
static const double begun = 0.1, half = 0.5, leaving = 0.7, gone = 0.15;

// What a window has heard so far, mark by mark.
struct hearing {
    size_t from, now; // the window
    int answer;
    bool sure;
    double kept; // of the last word that ended: its share still in the window
};

static void hear_steady(struct hearing *hearing, const struct scene_mark *mark)
{
    const size_t window = hearing->now - hearing->from, length = mark->end - mark->start;
    const size_t need = (window < length ? window : length) / 2;
    hearing->sure = hearing->now <= mark->end && hearing->now - mark->start >= need;
    if (hearing->sure)
        hearing->answer = mark->label;
}

// now is in its window, which here ends TIGHT_LATE after the mark.
static void hear_tight(struct hearing *hearing, const struct scene_mark *mark)
{
    if (hearing->now > mark->end + TIGHT_LATE)
        return;
    hearing->sure = hearing->now <= mark->end && hearing->now >= mark->start + TIGHT_EARLY;
    if (hearing->sure)
        hearing->answer = mark->label;
}

// A word that is leaving the window: nobody says it now.
static void hear_tail(struct hearing *hearing, double kept, int unknown)
{
    hearing->kept = kept < 1 ? kept : 1;
    if (kept < gone)
        return;
    hearing->sure = hearing->sure && kept < leaving;
    hearing->answer = unknown;
}

static void hear_word(struct hearing *hearing, const struct scene_mark *mark, int unknown)
{
    const size_t window = hearing->now - hearing->from, length = mark->end - mark->start;
    const double heard = (double)(hearing->now - mark->start) / (double)length;
    size_t late = window > length ? window - length : 0;
    late = late < LATE_LEAST ? LATE_LEAST : late > LATE_MOST ? LATE_MOST : late;
    if (heard < begun)
        return;
    if (hearing->now > mark->end + late) {
        hear_tail(hearing, (double)(mark->end - hearing->from) / (double)length, unknown);
    } else if (heard < half) {
        hearing->sure = hearing->sure && hearing->kept < leaving;
        hearing->answer = unknown;
    } else if (hearing->now + EARLY < mark->end) {
        hearing->sure = false;
    } else {
        hearing->sure = hearing->kept < half;
        hearing->answer = mark->label;
        size_t from = mark->start > hearing->from ? mark->start : hearing->from;
        hearing->kept = from < mark->end ? (double)(mark->end - from) / (double)length : 0;
    }
}

int scene_label(const struct scene *scene, const struct fit_classes *classes, int window_frames,
                int64_t frame, int *mark)
{
    const size_t now = (size_t)(frame + 1) * HOP_SAMPLES;
    const size_t window =
        (size_t)(window_frames > LEAST_WINDOW ? window_frames : LEAST_WINDOW) * HOP_SAMPLES;
    struct hearing hearing = {.from = now > window ? now - window : 0,
                              .now = now,
                              .answer = classes->silence,
                              .sure = true};
    while (*mark < scene->mark_count && scene->marks[*mark].end <= hearing.from)
        (*mark)++;
    for (int i = *mark; i < scene->mark_count && scene->marks[i].start < now; i++) {
        if (scene->marks[i].end <= hearing.from)
            continue;
        if (scene->marks[i].tight)
            hear_tight(&hearing, &scene->marks[i]);
        else if (scene->marks[i].steady)
            hear_steady(&hearing, &scene->marks[i]);
        else
            hear_word(&hearing, &scene->marks[i], classes->unknown);
    }
    return hearing.sure ? hearing.answer : NO_CLASS;
}
