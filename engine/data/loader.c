// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
//
//   players (one per stream) ──> ring of batches ──> loader_next
//
// A worker takes the stream that is furthest behind, plays one window into its row of that window's
// batch, and looks again. A stream is with one worker at a time; the lock guards who has what,
// never the playing.
#include "data/loader.h"

#include "base/error.h"
#include "data/player.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 4 }; // batches in the ring: one with the caller, the others filled ahead

struct slot {
    struct loader_batch batch;
    int64_t *position; // [B][2] of each stream at the batch's end
    int ready;         // streams played into it
};

struct loader {
    struct stage stage;
    struct player **players; // [B]
    struct slot slots[AHEAD];
    int slot_count;
    int64_t *position; // [B][2] at the end of the batch given last
    pthread_t *threads;
    int thread_count;

    pthread_mutex_t lock;      // guards what follows, and every slot's ready
    pthread_cond_t work, done; // a stream may be played; a stream was played
    int64_t *next;             // [B] window each stream plays next
    bool *busy;                // [B] a worker has it
    int64_t first, given;      // oldest window kept; windows given to the caller
    int working;
    bool stop, paused, failed;
    auricle_error failure;
};

// ---- playing one stream's next window

static struct window window_of(const struct loader *loader, struct slot *slot, int stream)
{
    const struct loader_config *config = &loader->stage.config;
    size_t b = (size_t)stream, frames = (size_t)config->frames;
    size_t hop = (size_t)config->logmel.hop_samples, mels = (size_t)config->logmel.mels;
    struct loader_batch *batch = &slot->batch;
    struct window window = {.begins = batch->begins + b * frames,
                            .gap = batch->gap + b * frames,
                            .voice_changed = batch->voice_changed + b * frames,
                            .fresh = batch->fresh + b,
                            .recording = batch->recording + b,
                            .speaker = batch->speaker + b};
    if (batch->teacher) {
        window.teacher = batch->teacher + b * frames * (size_t)config->teacher.width;
        window.taught = batch->taught + b * frames;
    }
    for (int view = 0; view < config->views; view++) {
        if (config->want_features)
            window.features[view] = batch->features[view] + b * frames * mels;
        if (config->want_samples)
            window.samples[view] = batch->samples[view] + b * frames * hop;
    }
    return window;
}

static auricle_status play(struct loader *loader, int stream, struct slot *slot,
                           auricle_error *error)
{
    struct window window = window_of(loader, slot, stream);
    auricle_status status = player_window(loader->players[stream], &window, error);
    player_position(loader->players[stream], slot->position + 2 * (ptrdiff_t)stream);
    return status;
}

static struct slot *slot_of(struct loader *loader, int64_t window)
{
    return &loader->slots[window % loader->slot_count];
}

static void fail_with(struct loader *loader, const auricle_error *error)
{
    if (!loader->failed)
        loader->failure = *error;
    loader->failed = true;
}

// ---- workers

// The free stream that is furthest behind and has room ahead, -1 when there is none.
static int pick(const struct loader *loader)
{
    int best = -1;
    for (int i = 0; i < loader->stage.config.streams; i++)
        if (!loader->busy[i] && (best < 0 || loader->next[i] < loader->next[best]))
            best = i;
    bool room = best >= 0 && loader->next[best] < loader->first + loader->slot_count;
    return room && !loader->paused && !loader->failed ? best : -1;
}

static void work_on(struct loader *loader, int stream)
{
    struct slot *slot = slot_of(loader, loader->next[stream]);
    auricle_error error = {0};
    loader->busy[stream] = true;
    loader->working++;
    pthread_mutex_unlock(&loader->lock);
    auricle_status status = play(loader, stream, slot, &error);
    pthread_mutex_lock(&loader->lock);
    loader->busy[stream] = false;
    loader->working--;
    loader->next[stream]++;
    slot->ready++;
    if (status != AURICLE_OK)
        fail_with(loader, &error);
    pthread_cond_signal(&loader->done);
}

static void *worker(void *argument)
{
    struct loader *loader = argument;
    pthread_mutex_lock(&loader->lock);
    while (!loader->stop) {
        int stream = pick(loader);
        if (stream >= 0)
            work_on(loader, stream);
        else
            pthread_cond_wait(&loader->work, &loader->lock);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

// ---- creation

static auricle_status range_check(const char *what, float low, float high, float least, float most,
                                  auricle_error *error)
{
    bool none = low == 0.0f && high == 0.0f;
    if (none || (low >= least && high <= most && low <= high))
        return AURICLE_OK;
    return error_set(error, AURICLE_INVALID, "%s from %g to %g: it must lie within %g to %g", what,
                     (double)low, (double)high, (double)least, (double)most);
}

static auricle_status config_check(const struct loader_config *config, auricle_error *error)
{
    if (!config->corpus || config->corpus->count == 0)
        return error_set(error, AURICLE_INVALID, "the corpus is empty: nothing to learn from");
    if (config->streams < 1 || config->frames < 1 || config->threads < 0)
        return error_set(error, AURICLE_INVALID,
                         "%d streams of %d frames with %d threads: at least 1, 1 and 0 are needed",
                         config->streams, config->frames, config->threads);
    if (config->views < 1 || config->views > LOADER_VIEWS)
        return error_set(error, AURICLE_INVALID, "%d views: 1 or %d", config->views, LOADER_VIEWS);
    if (config->logmel.sample_rate_hz != AUGMENT_RATE_HZ)
        return error_set(error, AURICLE_INVALID, "a sample rate of %d Hz: training works at %d Hz",
                         config->logmel.sample_rate_hz, AUGMENT_RATE_HZ);
    auricle_status status = AURICLE_OK;
    for (int view = 0; view < config->views && status == AURICLE_OK; view++) {
        const struct augment_config *it = &config->augment[view];
        status = range_check("the warp factor", it->warp_low, it->warp_high, 0.5f, 1.5f, error);
        if (status == AURICLE_OK)
            status = range_check("the speed", it->speed_low, it->speed_high, 0.5f, 2.0f, error);
    }
    return status;
}

static bool tables_between(struct stage *stage, float low, float high)
{
    for (int i = stage_warp_index(low); i <= stage_warp_index(high); i++) {
        struct logmel_config config = stage->config.logmel;
        config.warp = 0.5f + (float)i / 100.0f;
        if (!stage->tables[i] && !(stage->tables[i] = logmel_create(&config)))
            return false;
    }
    return true;
}

static bool tables_create(struct stage *stage)
{
    for (int view = 0; view < stage->config.views; view++) {
        const struct augment_config *augment = &stage->config.augment[view];
        const bool none = augment->warp_low == 0.0f;
        if (!none && !tables_between(stage, augment->warp_low, augment->warp_high))
            return false;
        if ((none || augment->warp_probability < 1) && !tables_between(stage, 1, 1))
            return false;
    }
    return true;
}

struct named {
    const char *speaker;
    int row;
};

static int by_speaker(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->speaker, ((const struct named *)b)->speaker);
}

static bool speakers_number(struct stage *stage)
{
    const struct corpus *corpus = stage->config.corpus;
    struct named *named = calloc((size_t)corpus->count, sizeof *named);
    stage->speakers = calloc((size_t)corpus->count, sizeof *stage->speakers);
    if (named && stage->speakers) {
        int number = -1;
        for (int i = 0; i < corpus->count; i++)
            named[i] = (struct named){corpus->rows[i].speaker, i};
        qsort(named, (size_t)corpus->count, sizeof *named, by_speaker);
        for (int i = 0; i < corpus->count; i++) {
            bool known = *named[i].speaker != '\0';
            number += known && (i == 0 || by_speaker(&named[i], &named[i - 1]) != 0);
            stage->speakers[named[i].row] = known ? number : -1;
        }
    }
    free(named);
    return named && stage->speakers;
}

static bool batch_create(const struct loader_config *config, struct loader_batch *batch)
{
    size_t frames = (size_t)config->streams * (size_t)config->frames;
    size_t hop = (size_t)config->logmel.hop_samples, mels = (size_t)config->logmel.mels;
    for (int view = 0; view < config->views; view++) {
        if (config->want_features &&
            !(batch->features[view] = calloc(frames * mels, sizeof(float))))
            return false;
        if (config->want_samples && !(batch->samples[view] = calloc(frames * hop, sizeof(float))))
            return false;
    }
    batch->fresh = calloc((size_t)config->streams, 1);
    batch->begins = calloc(frames, 1);
    batch->gap = calloc(frames, 1);
    batch->voice_changed = calloc(frames, 1);
    batch->recording = calloc((size_t)config->streams, sizeof *batch->recording);
    batch->speaker = calloc((size_t)config->streams, sizeof *batch->speaker);
    if (config->teacher.width > 0) {
        batch->teacher_width = config->teacher.width;
        batch->teacher = calloc(frames * (size_t)config->teacher.width, sizeof(float));
        batch->taught = calloc(frames, 1);
        if (!batch->teacher || !batch->taught)
            return false;
    }
    return batch->fresh && batch->begins && batch->gap && batch->voice_changed &&
           batch->recording && batch->speaker;
}

static void batch_free(struct loader_batch *batch)
{
    for (int view = 0; view < LOADER_VIEWS; view++) {
        free(batch->features[view]);
        free(batch->samples[view]);
    }
    free(batch->fresh);
    free(batch->begins);
    free(batch->gap);
    free(batch->voice_changed);
    free(batch->recording);
    free(batch->speaker);
    free(batch->teacher);
    free(batch->taught);
}

static bool streams_create(struct loader *loader)
{
    const struct loader_config *config = &loader->stage.config;
    size_t streams = (size_t)config->streams;
    loader->slot_count = config->threads ? AHEAD : 1;
    loader->position = calloc(2 * streams, sizeof *loader->position);
    loader->next = calloc(streams, sizeof *loader->next);
    loader->busy = calloc(streams, sizeof *loader->busy);
    loader->players = calloc(streams, sizeof *loader->players);
    if (!loader->position || !loader->next || !loader->busy || !loader->players)
        return false;
    for (int i = 0; i < config->streams; i++)
        if (!(loader->players[i] = player_create(&loader->stage, i)))
            return false;
    for (int i = 0; i < loader->slot_count; i++) {
        struct slot *slot = &loader->slots[i];
        slot->position = calloc(2 * streams, sizeof *slot->position);
        if (!slot->position || !batch_create(config, &slot->batch))
            return false;
    }
    return true;
}

static bool threads_start(struct loader *loader)
{
    int wanted = loader->stage.config.threads;
    loader->threads = calloc((size_t)wanted + 1, sizeof *loader->threads);
    if (!loader->threads)
        return false;
    for (; loader->thread_count < wanted; loader->thread_count++)
        if (pthread_create(&loader->threads[loader->thread_count], NULL, worker, loader) != 0)
            return false;
    return true;
}

auricle_status loader_create(const struct loader_config *config, struct loader **loader,
                             auricle_error *error)
{
    *loader = NULL;
    auricle_status status = config_check(config, error);
    if (status != AURICLE_OK)
        return status;
    struct loader *it = calloc(1, sizeof *it);
    if (!it)
        return error_no_memory(error, "the loader");
    it->stage.config = *config;
    if (config->max_recording_s <= 0.0f)
        it->stage.config.max_recording_s = LOADER_RECORDING_S;
    pthread_mutex_init(&it->lock, NULL);
    pthread_cond_init(&it->work, NULL);
    pthread_cond_init(&it->done, NULL);
    status = casualties_open(&it->stage.casualties, config->corpus, error);
    if (status == AURICLE_OK)
        status = noise_bank_open(&it->stage.noise, config->noise, AUGMENT_RATE_HZ, config->seed,
                                 config->log, config->log_user, error);
    if (status != AURICLE_OK)
        goto fail;
    if (!tables_create(&it->stage) || !speakers_number(&it->stage) || !streams_create(it) ||
        !threads_start(it)) {
        status = error_no_memory(error, "%d streams of %d frames with %d threads", config->streams,
                                 config->frames, config->threads);
        goto fail;
    }
    *loader = it;
    return AURICLE_OK;
fail:
    loader_destroy(&it);
    return status;
}

static void threads_stop(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    loader->stop = true;
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->lock);
    for (int i = 0; i < loader->thread_count; i++)
        pthread_join(loader->threads[i], NULL);
    free(loader->threads);
}

static void stage_close(struct stage *stage)
{
    for (size_t i = 0; i < sizeof stage->tables / sizeof *stage->tables; i++)
        logmel_destroy(&stage->tables[i]);
    noise_bank_close(&stage->noise);
    casualties_close(&stage->casualties);
    free(stage->speakers);
}

void loader_destroy(struct loader **loader)
{
    struct loader *it = *loader;
    if (!it)
        return;
    threads_stop(it);
    for (int i = 0; it->players && i < it->stage.config.streams; i++)
        player_destroy(&it->players[i]);
    for (int i = 0; i < AHEAD; i++) {
        batch_free(&it->slots[i].batch);
        free(it->slots[i].position);
    }
    stage_close(&it->stage);
    free(it->players);
    free(it->position);
    free(it->next);
    free(it->busy);
    pthread_cond_destroy(&it->work);
    pthread_cond_destroy(&it->done);
    pthread_mutex_destroy(&it->lock);
    free(it);
    *loader = NULL;
}

// ---- use

// The caller plays all streams itself.
static void play_all(struct loader *loader, struct slot *slot)
{
    auricle_error error = {0};
    for (int i = 0; i < loader->stage.config.streams && !loader->failed; i++, slot->ready++)
        if (play(loader, i, slot, &error) != AURICLE_OK)
            fail_with(loader, &error);
}

auricle_status loader_next(struct loader *loader, const struct loader_batch **batch,
                           auricle_error *error)
{
    int streams = loader->stage.config.streams;
    *batch = NULL;
    pthread_mutex_lock(&loader->lock);
    if (loader->given > loader->first) {
        slot_of(loader, loader->first)->ready = 0;
        loader->first = loader->given;
        pthread_cond_broadcast(&loader->work);
    }
    struct slot *slot = slot_of(loader, loader->given);
    if (loader->thread_count == 0)
        play_all(loader, slot);
    while (slot->ready < streams && !loader->failed)
        pthread_cond_wait(&loader->done, &loader->lock);
    bool failed = loader->failed;
    if (!failed) {
        slot->batch.window = loader->given++;
        memcpy(loader->position, slot->position, 2 * (size_t)streams * sizeof *slot->position);
        *batch = &slot->batch;
    }
    pthread_mutex_unlock(&loader->lock);
    casualties_report(&loader->stage.casualties, loader->stage.config.log,
                      loader->stage.config.log_user);
    return failed ? error_set(error, loader->failure.status, "%s", loader->failure.text)
                  : AURICLE_OK;
}

void loader_position(const struct loader *loader, int64_t *position)
{
    size_t streams = (size_t)loader->stage.config.streams;
    memcpy(position, loader->position, 2 * streams * sizeof *position);
}

auricle_status loader_seek(struct loader *loader, const int64_t *position, auricle_error *error)
{
    int streams = loader->stage.config.streams;
    for (int i = 0; i < 2 * streams; i++)
        if (position[i] < 0)
            return error_set(error, AURICLE_INVALID, "stream %d: its position is %lld", i / 2,
                             (long long)position[i]);
    pthread_mutex_lock(&loader->lock);
    loader->paused = true;
    while (loader->working > 0)
        pthread_cond_wait(&loader->done, &loader->lock);
    for (int i = 0; i < streams; i++) {
        player_seek(loader->players[i], position + 2 * (ptrdiff_t)i);
        loader->next[i] = 0;
    }
    for (int i = 0; i < loader->slot_count; i++)
        loader->slots[i].ready = 0;
    memcpy(loader->position, position, 2 * (size_t)streams * sizeof *position);
    loader->first = loader->given = 0;
    loader->failed = loader->paused = false;
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->lock);
    return AURICLE_OK;
}

int loader_skipped(const struct loader *loader)
{
    struct casualties *casualties = (struct casualties *)(void *)&loader->stage.casualties;
    return casualties_count(casualties) + loader->stage.noise.unreadable;
}
