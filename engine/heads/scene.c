// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "heads/scene.h"

#include "base/error.h"
#include "base/grow.h"
#include "model/shape.h"
#include "data/audio_file.h"
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

// ---- one recording

struct take {
    float *samples;
    size_t count;
};

static auricle_status load_take(const struct scene_maker *maker,
                                const struct fit_recording *recording, struct random *random,
                                struct take *take, double *begins_s, auricle_error *error)
{
    const struct corpus_row *row = recording->row;
    const double longest = (double)LONGEST / SAMPLE_RATE_HZ;
    const double place = (double)random_uniform(random); // drawn always: plays draw alike
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

static float rms_of(const float *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * (double)samples[i];
    return count ? (float)sqrt(sum / (double)count) : 0;
}

static struct augment_config disturbances(void)
{
    struct augment_config config = augment_config_default();
    config.gain_db_low = config.gain_db_high = 0; // the scene sets levels
    config.warp_low = config.warp_high = 1;
    config.speed_probability = 0.7f;
    config.noise_snr_db_low = 3;
    return config;
}

// ---- where the word is

static float frame_energy(const float *samples, size_t frame)
{
    return rms_of(samples + frame * HOP_SAMPLES, HOP_SAMPLES);
}

void scene_find_word(const float *samples, size_t count, size_t *start, size_t *end)
{
    enum { GAP = 25, BEFORE = 4, AFTER = 6 }; // frames
    const size_t frames = count / HOP_SAMPLES;
    size_t peak = 0, first, last;
    float top = 0;
    for (size_t i = 0; i < frames; i++) {
        float energy = frame_energy(samples, i);
        if (energy > top) {
            top = energy;
            peak = i;
        }
    }
    first = last = peak;
    const float enough = top * 0.05f; // -26 dB
    for (size_t i = peak; i-- > 0 && first - i <= GAP;)
        first = frame_energy(samples, i) > enough ? i : first;
    for (size_t i = peak + 1; i < frames && i - last <= GAP; i++)
        last = frame_energy(samples, i) > enough ? i : last;
    first = first > BEFORE ? first - BEFORE : 0;
    last = last + AFTER < frames ? last + AFTER : frames;
    *start = first * HOP_SAMPLES;
    *end = frames ? (last > first ? last : first + 1) * HOP_SAMPLES : count;
    *end = *end < count ? *end : count;
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
        return add_mark(scene,
                        (struct scene_mark){at, at + take->count, recording->label, true, index});
    size_t start, end;
    if (recording->span_count == 0) {
        scene_find_word(take->samples, take->count, &start, &end);
        return add_mark(scene,
                        (struct scene_mark){at + start, at + end, recording->label, false, index});
    }
    for (int i = 0; i < recording->span_count; i++) {
        const struct fit_span *span = &maker->data->spans[recording->first_span + i];
        start = (size_t)((span->start_s - begins_s) / (double)speed * SAMPLE_RATE_HZ);
        end = (size_t)((span->end_s - begins_s) / (double)speed * SAMPLE_RATE_HZ);
        end = end < take->count ? end : take->count;
        if (start < end &&
            !add_mark(scene, (struct scene_mark){at + start, at + end, span->label, false, index}))
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
    const struct augment_config config = disturbances();
    size_t noise_count;
    const float *noise = noise_bank_draw(&maker->bank, random, &noise_count);
    struct augment *augment = augment_draw(&config, noise, noise ? noise_count : 0, random);
    if (!augment)
        return false;
    *speed = augment_speed(augment);
    bool done = change_speed(take, *speed);
    if (done) {
        augment_set_level(augment, rms_of(take->samples, take->count));
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
        most = fmaxf(most,
                     rms_of(take->samples + i, take->count - i < piece ? take->count - i : piece));
    return most;
}

static auricle_status add_play(struct scene_maker *maker, uint32_t play, struct scene *scene,
                               auricle_error *error)
{
    const struct fit_recording *recording = &maker->list[play % (uint32_t)maker->count];
    struct random random = random_for(maker->style.seed ^ ((uint64_t)play << 20), DRAW_PLAY);
    struct take take = {0};
    float speed = 1;
    double begins_s;
    auricle_error reason = {0};
    auricle_status status = load_take(maker, recording, &random, &take, &begins_s, &reason);
    if (status == AURICLE_NO_MEMORY)
        goto fail;
    if (status || take.count < HOP_SAMPLES) {
        if (play < (uint32_t)maker->count && maker->skipped++ == 0)
            snprintf(maker->first_skipped, sizeof maker->first_skipped, "%.255s",
                     status ? reason.text : "a recording is empty");
        status = AURICLE_OK;
        goto done;
    }
    status = AURICLE_NO_MEMORY;
    if (recording->span_count == 0 && !maker->style.as_recorded)
        crop(&take, &random);
    if (!add_pause(maker, scene, &random) ||
        (play >= (uint32_t)maker->count && !disturb(maker, &take, &speed, &random)) ||
        !add_marks(maker, recording, &take, begins_s, speed, scene) || !reserve(scene, take.count))
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

// ---- the bed

static void add_coloured(float *samples, size_t count, float rms, struct random *random)
{
    // one pole: white (0) to brown (0.98); its output's deviation is sqrt((1-a)/(1+a))
    const float keep = 0.98f * random_uniform(random);
    const float gain = rms / sqrtf((1 - keep) / (1 + keep));
    float held = 0;
    for (size_t i = 0; i < count; i++) {
        // variance 1, and far cheaper than a normal: nobody hears the distribution after the filter
        float white = (random_uniform(random) - 0.5f) * 3.4641016f;
        held = keep * held + (1 - keep) * white;
        samples[i] += gain * held;
    }
}

static void add_recorded(float *samples, size_t count, float rms, const float *noise,
                         size_t noise_count, struct random *random)
{
    size_t at = random_below(random, noise_count);
    const float own = rms_of(noise, noise_count), gain = own > 1e-6f ? rms / own : 0;
    for (size_t i = 0; i < count; i++) {
        samples[i] += gain * noise[at];
        at = at + 1 < noise_count ? at + 1 : 0;
    }
}

// ---- babble: several people of the bank at once

enum { VOICES = 4 };

struct babble {
    const struct scene_maker *maker;
    struct random *random;
    const float *voice[VOICES]; // [left[i]] what each has still to say, at level 1 / gain[i]
    size_t left[VOICES];
    float gain[VOICES];
};

static float next_babble(struct babble *babble)
{
    float sum = 0;
    for (int i = 0; i < VOICES; i++) {
        while (babble->left[i] == 0) {
            babble->voice[i] =
                noise_bank_draw(&babble->maker->bank, babble->random, &babble->left[i]);
            const float rms = rms_of(babble->voice[i], babble->left[i]);
            babble->gain[i] = rms > 1e-6f ? 1 / rms : 0;
        }
        sum += *babble->voice[i]++ * babble->gain[i];
        babble->left[i]--;
    }
    return sum / 2; // the level of VOICES independent voices together is 2
}

// Each word decides the babble's level until half way to the next.
static void add_babble(const struct scene_maker *maker, struct scene *scene, struct random *random)
{
    struct babble babble = {.maker = maker, .random = random};
    size_t at = 0;
    for (int m = 0; m < scene->mark_count; m++) {
        const struct scene_mark *mark = &scene->marks[m];
        const size_t next =
            m + 1 < scene->mark_count ? (mark->end + scene->marks[m + 1].start) / 2 : scene->count;
        const float rms = rms_of(scene->samples + mark->start, mark->end - mark->start) *
                          powf(10, -maker->style.babble_snr_db / 20);
        for (; at < next; at++)
            scene->samples[at] += rms * next_babble(&babble);
    }
}

static void add_quiet_bed(const struct scene_maker *maker, struct scene *scene,
                          struct random *random)
{
    const float rms = powf(10, -70.0f / 20), gain = powf(10, maker->style.gain_db / 20);
    add_coloured(scene->samples, scene->count, rms, random);
    if (maker->bank.count)
        add_babble(maker, scene, random);
    for (size_t i = 0; i < scene->count; i++)
        scene->samples[i] = fmaxf(-1, fminf(1, scene->samples[i] * gain));
}

// The whole scene nearer or further away: with set_level, recordings lie at -52 to -5 dBFS. A peak
// is clipped by 3 dB at most.
static void draw_distance(struct scene *scene, struct random *random)
{
    float gain = powf(10, random_between(random, -16, 8) / 20), peak = 0;
    for (size_t i = 0; i < scene->count; i++)
        peak = fmaxf(peak, fabsf(scene->samples[i]));
    if (peak * gain > 1.41f)
        gain = 1.41f / peak;
    for (size_t i = 0; i < scene->count; i++)
        scene->samples[i] = fmaxf(-1, fminf(1, scene->samples[i] * gain));
}

static void add_bed(const struct scene_maker *maker, struct scene *scene, struct random *random)
{
    if (maker->style.as_recorded) {
        add_quiet_bed(maker, scene, random);
        return;
    }
    for (size_t at = 0, count; at < scene->count; at += count) {
        count = (size_t)(random_between(random, 4, 12) * SAMPLE_RATE_HZ);
        count = count < scene->count - at ? count : scene->count - at;
        const float which = random_uniform(random);
        const float rms = powf(10, random_between(random, -85, -42) / 20);
        size_t noise_count = 0;
        const float *noise =
            maker->bank.count ? noise_bank_draw(&maker->bank, random, &noise_count) : NULL;
        if (which < 0.15f)
            continue; // digital silence is ordinary input
        if (noise && which > 0.5f)
            add_recorded(scene->samples + at, count, rms, noise, noise_count, random);
        else
            add_coloured(scene->samples + at, count, rms, random);
    }
    draw_distance(scene, random);
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

auricle_status scene_maker_open(const struct fit_data *data, int split,
                                const struct scene_style *style, struct scene_maker *maker,
                                auricle_error *error)
{
    *maker = (struct scene_maker){
        .data = data, .style = *style, .list = data->list[split], .count = data->count[split]};
    maker->plays = maker->count * (1 + style->copies);
    maker->random = random_for(style->seed, DRAW_ORDER);
    maker->order = malloc(((size_t)maker->plays + 1) * sizeof *maker->order);
    if (!maker->order)
        return error_no_memory(error, "%d recordings", maker->plays);
    for (int i = 0; i < maker->plays; i++)
        maker->order[i] = (uint32_t)i;
    if (maker->plays > 1)
        random_shuffle(&maker->random, maker->order, (uint32_t)maker->plays);
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
        add_bed(maker, scene, &maker->random);
    return status;
}

void scene_free(struct scene *scene)
{
    free(scene->samples);
    free(scene->marks);
    *scene = (struct scene){0};
}
