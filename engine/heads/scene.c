// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/scene.h"

#include "base/error.h"
#include "base/grow.h"
#include "model/shape.h"
#include "data/audio_file.h"
#include "heads/activity.h"
#include "heads/scene_bed.h"
#include "signal/augment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DRAW_ORDER = 0x5ce0,
    DRAW_PLAY = 0x5ce1,
    FADE = SAMPLE_RATE_HZ / 100,
    LONGEST = 20 * SAMPLE_RATE_HZ,    // of one recording, a stretch drawn
    LONG_SPEECH = 3 * SAMPLE_RATE_HZ, // "unknown" longer than this is no word but talk
    AROUND_WORD_S = 2,                // kept of a recording on both sides of its words
};

// ---- what is played

static bool lasts(const struct scene_maker *maker, const struct fit_recording *recording)
{
    const bool unknown = recording->label == maker->data->classes.unknown;
    return recording->steady || (unknown && !recording->span_count &&
                                 recording->row->seconds * SAMPLE_RATE_HZ > LONG_SPEECH);
}

static bool is_single_word(const struct scene_maker *maker, const struct fit_recording *recording)
{
    return !recording->span_count && !recording->steady &&
           !maker->data->classes.background[recording->label];
}

static int plays_of(const struct scene_maker *maker, const struct fit_recording *recording)
{
    const double longest = (double)LONGEST / SAMPLE_RATE_HZ;
    if (maker->style.whole && lasts(maker, recording))
        return (int)ceil(fmax(recording->row->seconds, 0.01) / longest);
    return 1 + maker->style.copies + (maker->style.whole && is_single_word(maker, recording));
}

// ---- one recording

struct take {
    float *samples;
    size_t count;
};

// Where in a long recording to begin, 0..1. Drawn always: plays draw alike.
static double place_of(const struct scene_maker *maker, const struct fit_recording *recording,
                       uint32_t copy, struct random *random)
{
    const double place = (double)random_uniform(random);
    if (!maker->style.whole || !lasts(maker, recording))
        return place;
    const int stretches = plays_of(maker, recording); // each somewhere in its own part
    return stretches > 1 ? (copy + place) / stretches : 0;
}

static auricle_status load_take(const struct scene_maker *maker,
                                const struct fit_recording *recording, uint32_t copy,
                                struct random *random, struct take *take, double *begins_s,
                                auricle_error *error)
{
    const struct corpus_row *row = recording->row;
    const double longest = (double)LONGEST / SAMPLE_RATE_HZ;
    const double place = place_of(maker, recording, copy, random);
    double start = row->start_s, end = row->end_s;
    if (recording->span_count) {
        const struct fit_span *spans = maker->data->spans + recording->first_span;
        start = fmax(spans[0].start_s - AROUND_WORD_S, 0);
        end = spans[recording->span_count - 1].end_s + AROUND_WORD_S;
    } else if (end <= start && row->seconds > 2 * longest &&
               !maker->style.as_recorded) { // without decoding all of it
        start = place * (row->seconds - longest);
        end = start + longest;
    }
    *begins_s = start;
    return audio_file_load(row->path, SAMPLE_RATE_HZ, -1, start, end, &take->samples, &take->count,
                           error);
}

static void crop(struct take *take, struct random *random)
{
    size_t from = random_below(random, LONGEST);
    if (take->count <= LONGEST)
        return;
    from = from % (take->count - LONGEST + 1);
    memmove(take->samples, take->samples + from, LONGEST * sizeof *take->samples);
    take->count = LONGEST;
}

static bool change_speed(struct take *take, float speed)
{
    if (speed == 1.0f)
        return true;
    size_t out = (size_t)((double)take->count / (double)speed);
    float *padded = calloc(take->count + 2 * AUGMENT_SPEED_AHEAD + 2, sizeof *padded);
    float *made = malloc((out + 1) * sizeof *made);
    double phase = 0;
    if (padded && made) {
        memcpy(padded, take->samples, take->count * sizeof *padded);
        augment_speed_block(speed, &phase, padded, made, out);
    }
    free(padded);
    free(take->samples);
    *take = (struct take){made, out};
    return padded && made;
}

static struct augment_config disturbances(const struct scene_maker *maker)
{
    struct augment_config config = augment_config_default();
    config.gain_db_low = config.gain_db_high = 0; // the scene sets levels
    config.warp_low = config.warp_high = 1;
    config.speed_probability = 0.7f;
    config.noise_snr_db_low = 3;
    if (maker->style.active != NO_CLASS) {
        config.noise_probability = 0.8f;
        config.noise_snr_db_low = -3;
        config.noise_snr_db_high = 20;
    }
    return config;
}

// ---- building

static bool reserve(struct scene *scene, size_t more)
{
    return GROW(scene->samples, scene->count + more, scene->capacity);
}

static bool add_mark(struct scene *scene, struct scene_mark mark)
{
    if (!GROW(scene->marks, (size_t)scene->mark_count + 1, scene->mark_capacity))
        return false;
    scene->marks[scene->mark_count++] = mark;
    return true;
}

static bool add_pause(const struct scene_maker *maker, struct scene *scene, struct random *random)
{
    const struct scene_style *style = &maker->style;
    const float window_s = (float)style->window_frames * HOP_SAMPLES / SAMPLE_RATE_HZ;
    const float which = random_uniform(random), place = random_uniform(random);
    float seconds = 0.25f + 1.35f * place;
    if (which < 0.15f)
        seconds = 0.05f + 0.2f * place;
    else if (which > 0.94f)
        seconds = 2 + 3 * place;
    if (style->whole)
        seconds = seconds / 2;
    if (style->as_recorded)
        seconds = 1;
    else if (style->roomy)
        seconds = (style->steady ? window_s : 0.5f) + (which > 0.9f ? 10 : 2) * place;
    size_t count = (size_t)(seconds * SAMPLE_RATE_HZ);
    if (!reserve(scene, count))
        return false;
    memset(scene->samples + scene->count, 0, count * sizeof *scene->samples);
    scene->count += count;
    return true;
}

static bool add_marks(const struct scene_maker *maker, const struct fit_recording *recording,
                      const struct take *take, double begins_s, float speed, struct scene *scene)
{
    const size_t at = scene->count;
    const int index = (int)(recording - maker->list);
    const bool talk = recording->label == maker->data->classes.unknown && !recording->span_count &&
                      take->count > LONG_SPEECH;
    if (recording->steady || talk)
        return add_mark(
            scene, (struct scene_mark){at, at + take->count, recording->label, true, false, index});
    size_t start, end;
    if (recording->span_count == 0) {
        activity_find_word(take->samples, take->count, &start, &end);
        return add_mark(scene, (struct scene_mark){at + start, at + end, recording->label, false,
                                                   false, index});
    }
    for (int i = 0; i < recording->span_count; i++) {
        const struct fit_span *span = &maker->data->spans[recording->first_span + i];
        start = (size_t)((span->start_s - begins_s) / (double)speed * SAMPLE_RATE_HZ);
        end = (size_t)((span->end_s - begins_s) / (double)speed * SAMPLE_RATE_HZ);
        end = end < take->count ? end : take->count;
        if (start < end && !add_mark(scene, (struct scene_mark){at + start, at + end, span->label,
                                                                false, false, index}))
            return false;
    }
    return true;
}

static bool add_active(struct scene *scene, const struct activity *active, int count, float speed,
                       int label, int index)
{
    const double rate = 1 / (double)speed;
    for (int i = 0; i < count; i++) {
        const struct scene_mark mark = {
            .start = scene->count + (size_t)((double)active[i].start * rate),
            .end = scene->count + (size_t)((double)active[i].end * rate),
            .label = label,
            .steady = true,
            .tight = true,
            .recording = index};
        if (!add_mark(scene, mark))
            return false;
    }
    return true;
}

// To a drawn level; the ends fade, so that a recording's own floor doesn't begin with a step.
static void set_level(struct take *take, float rms, struct random *random)
{
    const float wanted = powf(10, random_between(random, -36, -13) / 20);
    float gain = rms > 1e-6f ? wanted / rms : 1;
    for (size_t i = 0; i < take->count; i++) {
        size_t edge = i < take->count - 1 - i ? i : take->count - 1 - i;
        float fade = edge < FADE ? (float)edge / FADE : 1;
        take->samples[i] = fmaxf(-1, fminf(1, take->samples[i] * gain * fade));
    }
}

static bool disturb(const struct scene_maker *maker, struct take *take, float *speed,
                    struct random *random)
{
    const struct augment_config config = disturbances(maker);
    size_t noise_count;
    const float *noise = noise_bank_draw(&maker->bank, random, &noise_count);
    struct augment *augment = augment_draw(&config, noise, noise ? noise_count : 0, random);
    if (!augment)
        return false;
    *speed = augment_speed(augment);
    bool done = change_speed(take, *speed);
    if (done) {
        augment_set_level(augment, scene_rms(take->samples, take->count));
        augment_apply(augment, take->samples, take->count);
    }
    augment_destroy(&augment);
    return done;
}

// The level that counts is that of the loud half second, not of a clip's silence.
static float loudness(const struct take *take)
{
    float most = 0;
    const size_t piece = SAMPLE_RATE_HZ / 2;
    for (size_t i = 0; i < take->count; i += piece)
        most = fmaxf(
            most, scene_rms(take->samples + i, take->count - i < piece ? take->count - i : piece));
    return most;
}

// Of a word, less than two thirds: its beginning or its end. Nobody said the word then.
static auricle_status add_fragment(const struct scene_maker *maker, struct take *take, int index,
                                   struct scene *scene, struct random *random)
{
    size_t start, end;
    activity_find_word(take->samples, take->count, &start, &end);
    const float share = random_between(random, 0.3f, 0.6f);
    const size_t length = (size_t)(share * (float)(end - start));
    if (random_uniform(random) < 0.5f) {
        take->count = end = start + length;
    } else {
        const size_t from = end - length;
        take->count -= from;
        memmove(take->samples, take->samples + from, take->count * sizeof *take->samples);
        start = 0;
        end = length;
    }
    const struct scene_mark mark = {scene->count + start,
                                    scene->count + end,
                                    maker->data->classes.unknown,
                                    false,
                                    false,
                                    index};
    return end > start && !add_mark(scene, mark) ? AURICLE_NO_MEMORY : AURICLE_OK;
}

// Copies are; where what lasts is played only once, every other one.
static bool is_disturbed(const struct scene_maker *maker, struct scene_play play)
{
    if (maker->style.whole && lasts(maker, &maker->list[play.recording]))
        return (play.recording + play.copy) % 2 != 0;
    return play.copy > 0;
}

static bool is_fragment(const struct scene_maker *maker, struct scene_play play)
{
    const struct fit_recording *recording = &maker->list[play.recording];
    return maker->style.whole && play.copy > (uint32_t)maker->style.copies &&
           is_single_word(maker, recording);
}

static auricle_status add_play(struct scene_maker *maker, struct scene_play play,
                               struct scene *scene, auricle_error *error)
{
    const struct fit_recording *recording = &maker->list[play.recording];
    const uint64_t draw = play.copy * (uint64_t)maker->count + play.recording;
    struct random random = random_for(maker->style.seed ^ (draw << 20), DRAW_PLAY);
    struct activity stretch[MAX_ACTIVITY];
    struct take take = {0};
    float speed = 1;
    double begins_s;
    auricle_error reason = {0};
    auricle_status status =
        load_take(maker, recording, play.copy, &random, &take, &begins_s, &reason);
    if (status == AURICLE_NO_MEMORY)
        goto fail;
    if (status || take.count < HOP_SAMPLES) {
        if (play.copy == 0 && maker->skipped++ == 0)
            snprintf(maker->first_skipped, sizeof maker->first_skipped, "%.255s",
                     status ? reason.text : "a recording is empty");
        status = AURICLE_OK;
        goto done;
    }
    status = AURICLE_NO_MEMORY;
    if (recording->span_count == 0 && !maker->style.as_recorded)
        crop(&take, &random);
    const bool active = recording->label == maker->style.active;
    const int stretches = active ? activity_find(take.samples, take.count, stretch) : 0;
    if (!add_pause(maker, scene, &random) ||
        (is_disturbed(maker, play) && !disturb(maker, &take, &speed, &random)))
        goto fail;
    if (is_fragment(maker, play) && add_fragment(maker, &take, (int)play.recording, scene, &random))
        goto fail;
    if (active &&
        !add_active(scene, stretch, stretches, speed, recording->label, (int)play.recording))
        goto fail;
    if ((!active && !is_fragment(maker, play) &&
         !add_marks(maker, recording, &take, begins_s, speed, scene)) ||
        !reserve(scene, take.count))
        goto fail;
    if (!maker->style.as_recorded)
        set_level(&take, loudness(&take), &random);
    memcpy(scene->samples + scene->count, take.samples, take.count * sizeof *take.samples);
    scene->count += take.count;
    status = AURICLE_OK;
fail:
    if (status)
        error_set(error, status, "no memory to string recordings together");
done:
    free(take.samples);
    return status;
}

// ---- the whole

static auricle_status open_babble(struct scene_maker *maker, auricle_error *error)
{
    const struct corpus_filter filter = {.unique_files = true};
    struct corpus corpus = {0};
    if (!maker->style.babble)
        return AURICLE_OK;
    auricle_status status = corpus_add(&corpus, maker->style.babble, &filter, error);
    if (!status)
        status = noise_bank_open(&maker->bank, &corpus, SAMPLE_RATE_HZ, maker->style.seed, NULL,
                                 NULL, error);
    if (!status && maker->bank.count == 0)
        status = error_set(error, AURICLE_INVALID, "%s: no recording could be read for babble",
                           maker->style.babble);
    corpus_free(&corpus);
    return status;
}

static auricle_status open_bank(struct scene_maker *maker, auricle_error *error)
{
    if (maker->style.as_recorded)
        return open_babble(maker, error);
    struct corpus noises = {.rows = malloc(((size_t)maker->count + 1) * sizeof *noises.rows)};
    if (!noises.rows)
        return error_no_memory(error, "noise recordings");
    for (int i = 0; i < maker->count; i++)
        if (maker->list[i].steady && maker->list[i].label == maker->data->classes.silence &&
            maker->list[i].label != NO_CLASS)
            noises.rows[noises.count++] = *maker->list[i].row; // texts stay the data's
    auricle_status status = AURICLE_OK;
    if (noises.count)
        status = noise_bank_open(&maker->bank, &noises, SAMPLE_RATE_HZ, maker->style.seed, NULL,
                                 NULL, error);
    free(noises.rows);
    return status;
}

// Fisher-Yates, as random_shuffle.
static void order_plays(struct scene_maker *maker)
{
    int count = 0;
    for (int i = 0; i < maker->count; i++)
        for (int copy = 0; copy < plays_of(maker, &maker->list[i]); copy++)
            maker->order[count++] = (struct scene_play){(uint32_t)i, (uint32_t)copy};
    for (int i = count - 1; i > 0; i--) {
        const size_t other = random_below(&maker->random, (uint64_t)i + 1);
        const struct scene_play held = maker->order[i];
        maker->order[i] = maker->order[other];
        maker->order[other] = held;
    }
}

auricle_status scene_maker_open(const struct fit_data *data, int split,
                                const struct scene_style *style, struct scene_maker *maker,
                                auricle_error *error)
{
    *maker = (struct scene_maker){
        .data = data, .style = *style, .list = data->list[split], .count = data->count[split]};
    for (int i = 0; i < maker->count; i++)
        maker->plays += plays_of(maker, &maker->list[i]);
    maker->random = random_for(style->seed, DRAW_ORDER);
    maker->order = malloc(((size_t)maker->plays + 1) * sizeof *maker->order);
    if (!maker->order)
        return error_set(error, AURICLE_NO_MEMORY, "no memory for %d recordings", maker->plays);
    order_plays(maker);
    auricle_status status = open_bank(maker, error);
    if (status)
        scene_maker_close(maker);
    return status;
}

void scene_maker_close(struct scene_maker *maker)
{
    noise_bank_close(&maker->bank);
    free(maker->order);
    *maker = (struct scene_maker){0};
}

auricle_status scene_make(struct scene_maker *maker, double seconds, struct scene *scene,
                          auricle_error *error)
{
    const size_t enough = (size_t)(seconds * SAMPLE_RATE_HZ);
    auricle_status status = AURICLE_OK;
    scene->count = 0;
    scene->mark_count = 0;
    while (maker->next < maker->plays && scene->count < enough && !status)
        status = add_play(maker, maker->order[maker->next++], scene, error);
    if (!status && scene->count > 0 && !add_pause(maker, scene, &maker->random))
        status = error_set(error, AURICLE_NO_MEMORY, "no memory to string recordings together");
    if (!status)
        scene_add_bed(maker, scene, &maker->random);
    return status;
}

void scene_free(struct scene *scene)
{
    free(scene->samples);
    free(scene->marks);
    *scene = (struct scene){0};
}
