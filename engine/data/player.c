// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   recording ──> stretch ──> speed ──┬──> augmentation [0] ──> samples[0] ──> log-mel ──>
//   features[0]
//                                     └──> augmentation [1] ──> samples[1] ──> log-mel ──>
//                                     features[1]
//
// one hop at a time. All that a recording's frames depend on begins anew with the recording, so
// going back to a position is playing its recording from the start and leaving out what was heard.
#include "data/player.h"

#include "base/error.h"
#include "data/recording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PASSED = 1000 }; // places in a row: of damaged long recordings some can be played

struct player {
    struct stage *stage;
    int stream, row;       // row -1: none is loaded
    int64_t number;        // of the recording in this stream
    int64_t frame, frames; // played and in all, the gap before the recording included
    int64_t gap;           // frames of near-silence before it
    float gap_level;
    struct random gap_noise;
    struct recording recording;
    struct teacher_rows taught; // what a teacher said of it
    float speed;
    struct augment *augment[LOADER_VIEWS];
    const struct logmel *logmel[LOADER_VIEWS];
    float *history[LOADER_VIEWS], *scratch, *plain, *heard, *mels;
};

int stage_warp_index(float warp)
{
    return (int)lrintf((warp - 0.5f) * 100.0f);
}

static bool player_allocate(struct player *player)
{
    const struct loader_config *config = &player->stage->config;
    const struct logmel *any = player->stage->tables[0];
    for (int i = 0; !any; i++)
        any = player->stage->tables[i];
    size_t hop = (size_t)config->logmel.hop_samples;
    for (int view = 0; view < LOADER_VIEWS; view++)
        if (!(player->history[view] = calloc(logmel_history_size(any), sizeof(float))))
            return false;
    player->scratch = calloc(logmel_scratch_size(any), sizeof(float));
    player->plain = calloc(hop, sizeof(float));
    player->heard = calloc(hop, sizeof(float));
    player->mels = calloc((size_t)config->logmel.mels, sizeof(float));
    return player->scratch && player->plain && player->heard && player->mels;
}

struct player *player_create(struct stage *stage, int stream)
{
    struct player *player = calloc(1, sizeof *player);
    if (!player)
        return NULL;
    *player = (struct player){.stage = stage, .stream = stream, .row = -1};
    if (!player_allocate(player))
        player_destroy(&player);
    return player;
}

void player_destroy(struct player **player)
{
    struct player *it = *player;
    if (!it)
        return;
    for (int view = 0; view < LOADER_VIEWS; view++) {
        augment_destroy(&it->augment[view]);
        free(it->history[view]);
    }
    recording_free(&it->recording);
    teacher_rows_free(&it->taught);
    free(it->scratch);
    free(it->plain);
    free(it->heard);
    free(it->mels);
    free(it);
    *player = NULL;
}

void player_seek(struct player *player, const int64_t position[2])
{
    player->number = position[0];
    player->frame = position[1];
    player->row = -1;
}

void player_position(const struct player *player, int64_t position[2])
{
    position[0] = player->number;
    position[1] = player->frame;
}

// ---- taking up a recording

static auricle_status draw_views(struct player *player, struct random *random, auricle_error *error)
{
    const struct stage *stage = player->stage;
    for (int view = 0; view < stage->config.views; view++) {
        size_t noise_count;
        const float *noise = noise_bank_draw(&stage->noise, random, &noise_count);
        augment_destroy(&player->augment[view]);
        player->augment[view] =
            augment_draw(&stage->config.augment[view], noise, noise_count, random);
        if (!player->augment[view])
            return error_no_memory(error, "an augmentation");
        player->logmel[view] = stage->tables[stage_warp_index(augment_warp(player->augment[view]))];
        memset(player->history[view], 0, logmel_history_size(player->logmel[view]) * sizeof(float));
    }
    player->speed = augment_speed(player->augment[0]);
    return AURICLE_OK;
}

// Rooms are not digitally silent: white noise of -100 to -64 dBFS.
static void draw_gap(struct player *player, struct random *random)
{
    const struct loader_config *config = &player->stage->config;
    const double hop_s = (double)config->logmel.hop_samples / config->logmel.sample_rate_hz;
    bool wanted = random_uniform(random) < config->gap_probability;
    float gap_s = random_between(random, config->gap_low_s, config->gap_high_s);
    player->gap = wanted ? (int64_t)((double)gap_s / hop_s) : 0;
    player->gap_level = powf(10, random_between(random, -5, -3.2f));
    player->gap_noise = random_seeded(random_bits(random));
}

static auricle_status read_teacher(struct player *player, int row, auricle_error *error)
{
    const struct loader_config *config = &player->stage->config;
    const struct recording *recording = &player->recording;
    const double rate_hz = config->logmel.sample_rate_hz,
                 start_s = (double)recording->start / rate_hz;
    return teacher_read(&config->teacher, &config->corpus->rows[row],
                        (double)recording->length / rate_hz, start_s,
                        start_s + (double)recording->count / rate_hz, &player->taught, error);
}

static size_t most_samples(const struct player *player)
{
    const struct loader_config *config = &player->stage->config;
    return (size_t)(config->max_recording_s * (float)config->logmel.sample_rate_hz);
}

// Nothing could be read here, of a recording so long that its place is drawn.
static bool another_place_may_do(const struct player *player)
{
    return player->recording.length > most_samples(player) &&
           player->recording.count < (size_t)player->stage->config.logmel.hop_samples;
}

static auricle_status read_row(struct player *player, int row, float place, auricle_error *error)
{
    const struct loader_config *config = &player->stage->config;
    int rate_hz = config->logmel.sample_rate_hz, hop = config->logmel.hop_samples;
    // a first frame is always played, and what the speed change reads ahead of it
    size_t spare = (size_t)((float)hop * player->speed) + AUGMENT_SPEED_AHEAD + 2;
    const char *path = config->corpus->rows[row].path;
    auricle_status status = recording_read(&player->recording, path, rate_hz, most_samples(player),
                                           place, spare, error);
    size_t count = player->recording.count;
    if (status == AURICLE_OK && count < (size_t)hop)
        return error_set(error, AURICLE_INVALID, "%s: %zu samples at %d Hz are less than a frame",
                         path, count, rate_hz);
    player->frames = (int64_t)((double)count / ((double)hop * (double)player->speed));
    if (player->frames == 0)
        player->frames = 1;
    player->frames += player->gap;
    if (status == AURICLE_OK && config->teacher.width > 0) {
        status = read_teacher(player, row, error);
        if (status == AURICLE_FORMAT) // a bad row is in this stretch, another may do
            player->recording.count = 0;
    }
    for (int view = 0; view < config->views; view++)
        augment_set_level(player->augment[view], recording_rms(&player->recording));
    return status;
}

// Errors other than NO_MEMORY: the row cannot be played.
static auricle_status take_up(struct player *player, auricle_error *error)
{
    const struct loader_config *config = &player->stage->config;
    int64_t place = player->number * config->streams + player->stream;
    int row = playlist_row(config->seed, place, config->corpus->count);
    if (casualties_lost(&player->stage->casualties, row))
        return AURICLE_INVALID;
    struct random random = random_for(~config->seed, (uint64_t)place);
    float start = random_uniform(&random);
    auricle_status status = draw_views(player, &random, error);
    draw_gap(player, &random);
    if (status == AURICLE_OK)
        status = read_row(player, row, start, error);
    if (status == AURICLE_OK)
        player->row = row;
    else if (status != AURICLE_NO_MEMORY)
        casualties_note(&player->stage->casualties, row, !another_place_may_do(player),
                        error->text);
    return status;
}

// ---- playing

static void speed_hop(struct player *player)
{
    int hop = player->stage->config.logmel.hop_samples;
    if (player->frame < player->gap) {
        for (int i = 0; i < hop; i++)
            player->plain[i] = player->gap_level * random_normal(&player->gap_noise);
        return;
    }
    double at = (double)((player->frame - player->gap) * hop) * (double)player->speed;
    double phase = at - floor(at);
    const float *in = player->recording.samples + (size_t)at;
    if (player->speed == 1.0f)
        memcpy(player->plain, in, (size_t)hop * sizeof *in);
    else
        augment_speed_block(player->speed, &phase, in, player->plain, (size_t)hop);
}

// Frame number at of the window, or none: played and forgotten.
static void play_view(struct player *player, int view, const struct window *window, int at)
{
    const struct loader_config *config = &player->stage->config;
    size_t hop = (size_t)config->logmel.hop_samples, mels = (size_t)config->logmel.mels;
    float *samples = player->heard, *features = player->mels;
    if (window && window->samples[view])
        samples = window->samples[view] + (size_t)at * hop;
    if (window && window->features[view])
        features = window->features[view] + (size_t)at * mels;
    memcpy(samples, player->plain, hop * sizeof *samples);
    augment_apply(player->augment[view], samples, hop);
    if (config->want_features)
        logmel_step(player->logmel[view], player->history[view], samples, player->scratch,
                    features);
}

// What the teacher said of the frame that was heard delay frames ago, of this recording.
static void teach(struct player *player, const struct window *window, int at)
{
    const struct loader_config *config = &player->stage->config;
    const struct teacher_config *teacher = &config->teacher;
    const double rate_hz = config->logmel.sample_rate_hz, hop = config->logmel.hop_samples;
    const int64_t heard = player->frame - player->gap - teacher->delay;
    float *values = window->teacher + (size_t)at * (size_t)teacher->width;
    if (heard < 0) {
        memset(values, 0, (size_t)teacher->width * sizeof *values);
        window->taught[at] = 0;
        return;
    }
    const double played = ((double)heard + 0.5) * hop * (double)player->speed;
    window->taught[at] = teacher_at(teacher, &player->taught,
                                    ((double)player->recording.start + played) / rate_hz, values);
}

static bool voice_is_changed(const struct player *player)
{
    return player->speed != 1.0f ||
           stage_warp_index(augment_warp(player->augment[0])) != stage_warp_index(1.0f);
}

static void play_frame(struct player *player, const struct window *window, int at)
{
    speed_hop(player);
    for (int view = 0; view < player->stage->config.views; view++)
        play_view(player, view, window, at);
    if (window) {
        window->begins[at] = player->frame == 0;
        window->gap[at] = player->frame < player->gap;
        window->voice_changed[at] = voice_is_changed(player);
        if (window->teacher)
            teach(player, window, at);
    }
    player->frame++;
}

// After a seek the recording's first frames were heard already.
static auricle_status catch_up(struct player *player, int64_t heard, auricle_error *error)
{
    if (heard > player->frames)
        return error_set(error, AURICLE_MISMATCH,
                         "%s has %lld frames, but the saved position is at frame %lld: the "
                         "recordings have changed since; begin a new run",
                         player->stage->config.corpus->rows[player->row].path,
                         (long long)player->frames, (long long)heard);
    for (player->frame = 0; player->frame < heard;)
        play_frame(player, NULL, 0);
    return AURICLE_OK;
}

// Takes up the recording the position is in, or the next that can be played.
static auricle_status begin(struct player *player, auricle_error *error)
{
    struct casualties *casualties = &player->stage->casualties;
    int64_t heard = player->frame;
    for (int passed = 0;; passed++) {
        auricle_error reason = {0};
        auricle_status status = take_up(player, &reason);
        if (status == AURICLE_OK)
            return catch_up(player, heard, error);
        if (status == AURICLE_NO_MEMORY)
            return error_set(error, status, "%s", reason.text);
        if (casualties_lost_all(casualties) || passed > MOST_PASSED + casualties->rows)
            return error_set(error, AURICLE_IO, "none of the %d recordings can be read",
                             casualties->recordings);
        player->number++;
        player->frame = heard = 0;
    }
}

static void end(struct player *player)
{
    player->number++;
    player->frame = 0;
    player->row = -1;
}

auricle_status player_window(struct player *player, const struct window *window,
                             auricle_error *error)
{
    int most = -1;
    for (int at = 0; at < player->stage->config.frames;) {
        auricle_status status = player->row < 0 ? begin(player, error) : AURICLE_OK;
        if (status != AURICLE_OK)
            return status;
        int row = player->row, heard = 0;
        while (at < player->stage->config.frames && player->frame < player->frames) {
            play_frame(player, window, at);
            heard += !window->gap[at++];
        }
        if (player->frame == player->frames)
            end(player);
        if (heard > most) {
            most = heard;
            *window->recording = player->stage->casualties.list[row].first;
            *window->speaker = player->stage->speakers[row];
        }
    }
    *window->fresh = window->begins[0];
    return AURICLE_OK;
}
