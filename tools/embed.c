// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle embed: recordings in, .npy out. */
#define _POSIX_C_SOURCE 200809L
#include "npy.h"
#include "tool.h"

#include <auricle/sound.h>
#include <auricle/stream.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char summary[] =
    "Writes what the encoder makes of recordings: float32 [frames][embedding], a frame each 10 "
    "ms,\n"
    "exactly what a live stream yields (channels are averaged). --pooled: one row per recording,\n"
    "mean, standard deviation and maximum of its frames (NaN where it cannot be read). FILE may be "
    "-\n"
    "for standard input. A recording that cannot be read is named and the others go on; the exit\n"
    "status is then 1.";

static const char examples[] = "  auricle embed a.wav --out a.npy\n"
                               "  auricle embed *.flac --out frames/         frames/NAME.npy each\n"
                               "  auricle embed *.flac --pooled --out all.npy\n"
                               "  auricle embed data/*/*.flac --below data --out rows/   "
                               "rows/FOLDER/NAME.npy each\n";

enum { BLOCK = 4096 };

struct options {
    const char *model, *out, *below;
    bool pooled, features, quiet;
};

struct pooled {
    double *mean, *m2; // [dims]
    float *max, *row;  // [dims], [3 * dims]
    size_t count, dims;
};

struct embedding {
    const struct options *options;
    auricle_model *model;
    auricle_model_info info;
    size_t offset, dims; // of what is written, in a frame
    struct npy npy;
    struct pooled pooled;
    bool unwritable; // a file of rows could not be written: no use in going on
    int failed;      // recordings
};

static auricle_status fail(auricle_error *error, auricle_status status, const char *path,
                           const char *reason)
{
    return tool_fail(error, status, "%.300s: %.150s", path, reason);
}

// ---- one row for a recording

static bool pooled_create(struct pooled *pooled, size_t dims)
{
    *pooled = (struct pooled){.mean = calloc(dims, sizeof(double)),
                              .m2 = calloc(dims, sizeof(double)),
                              .max = calloc(dims, sizeof(float)),
                              .row = calloc(3 * dims, sizeof(float)),
                              .dims = dims};
    return pooled->mean && pooled->m2 && pooled->max && pooled->row;
}

static void pooled_free(struct pooled *pooled)
{
    free(pooled->mean);
    free(pooled->m2);
    free(pooled->max);
    free(pooled->row);
}

static void pooled_add(struct pooled *pooled, const float *x)
{
    const double share = 1 / (double)++pooled->count;
    for (size_t i = 0; i < pooled->dims; i++) { // Welford 1962
        double away = (double)x[i] - pooled->mean[i];
        pooled->mean[i] += away * share;
        pooled->m2[i] += away * ((double)x[i] - pooled->mean[i]);
        pooled->max[i] = pooled->count == 1 ? x[i] : fmaxf(pooled->max[i], x[i]);
    }
}

static const float *pooled_take(struct pooled *pooled)
{
    const size_t dims = pooled->dims;
    for (size_t i = 0; i < dims; i++) {
        pooled->row[i] = (float)pooled->mean[i];
        pooled->row[dims + i] = (float)sqrt(pooled->m2[i] / (double)pooled->count);
        pooled->row[2 * dims + i] = pooled->max[i];
        pooled->mean[i] = pooled->m2[i] = 0;
    }
    pooled->count = 0;
    return pooled->row;
}

// ---- one recording

static auricle_status write_row(struct embedding *e, const float *row, auricle_error *error)
{
    auricle_status status = npy_row(&e->npy, row, error);
    e->unwritable |= status != AURICLE_OK;
    return status;
}

static auricle_status take_frame(const auricle_frame *frame, void *user, auricle_error *error)
{
    struct embedding *e = user;
    const float *x = frame->vector + e->offset;
    if (!e->options->pooled)
        return write_row(e, x, error);
    pooled_add(&e->pooled, x);
    return AURICLE_OK;
}

static auricle_status feed(struct embedding *e, auricle_stream *stream, const char *path,
                           const float *samples, size_t count, auricle_error *error)
{
    auricle_error reason = {0};
    auricle_status status = auricle_stream_each(stream, samples, count, take_frame, e, &reason);
    if (status)
        *error = reason;
    return status == AURICLE_INVALID ? fail(error, status, path, reason.text) : status;
}

static void mix(float *interleaved, size_t frames, size_t channels)
{
    for (size_t i = 0; i < frames; i++) {
        float sum = 0;
        for (size_t c = 0; c < channels; c++)
            sum += interleaved[i * channels + c];
        interleaved[i] = sum / (float)channels;
    }
}

static auricle_status run_sound(struct embedding *e, auricle_sound *sound, const char *path,
                                auricle_stream *stream, auricle_error *error)
{
    const size_t channels = (size_t)auricle_sound_channels(sound);
    float *block = malloc(BLOCK * channels * sizeof *block);
    auricle_status status = block ? AURICLE_OK : fail(error, AURICLE_NO_MEMORY, path, "no memory");
    for (size_t got = 1; !status && got > 0;) {
        status = auricle_sound_read(sound, block, BLOCK, &got, error);
        mix(block, got, channels);
        if (!status)
            status = feed(e, stream, path, block, got, error);
    }
    if (!status)
        status = auricle_stream_each_rest(stream, take_frame, e, error);
    free(block);
    return status;
}

static auricle_status embed_file(struct embedding *e, const char *path, auricle_error *error)
{
    auricle_sound *sound = NULL;
    auricle_stream *stream = NULL;
    auricle_status status = auricle_sound_open(path, &sound, error);
    if (!status) {
        const auricle_stream_config config = {.sample_rate_hz = auricle_sound_rate_hz(sound)};
        auricle_error reason = {0};
        status = auricle_stream_create(e->model, &config, &stream, &reason);
        if (status)
            fail(error, status, path, reason.text);
    }
    if (!status)
        status = run_sound(e, sound, path, stream, error);
    if (!status && e->options->pooled && e->pooled.count == 0)
        status = fail(error, AURICLE_INVALID, path, "is empty");
    if (!status && e->options->pooled)
        status = write_row(e, pooled_take(&e->pooled), error);
    auricle_stream_destroy(&stream);
    auricle_sound_close(&sound);
    return status;
}

// ---- where it goes

static bool is_npy(const char *path)
{
    const size_t length = strlen(path);
    return length > 4 && !strcmp(path + length - 4, ".npy");
}

// OUT/NAME.npy, or OUT/FOLDER/NAME.npy for BELOW/FOLDER/NAME.flac.
static void place(const struct options *options, const char *path, char out[PATH_MAX])
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const size_t length = options->below ? strlen(options->below) : 0;
    if (options->below && !strncmp(path, options->below, length))
        name = path + length + strspn(path + length, "/");
    if (!strcmp(path, "-"))
        name = "stdin";
    const char *last = strrchr(name, '/'), *dot = strrchr(last ? last : name, '.');
    snprintf(out, PATH_MAX, "%s/%.*s.npy", options->out,
             (int)(dot ? dot - name : (long)strlen(name)), name);
}

// The folders that path lies in, below OUT.
static auricle_status make_folders(const char *path, auricle_error *error)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0777) && errno != EEXIST)
            return fail(error, AURICLE_IO, folder, strerror(errno));
        *slash = '/';
    }
    return AURICLE_OK;
}

// A recording that cannot be read does not stop the others.
static auricle_status pass_over(struct embedding *e, const char *file, auricle_status status,
                                auricle_error *error)
{
    if (!status || e->unwritable)
        return status;
    tool_fail_in(error, status, file);
    tool_failed("embed", error);
    e->failed++;
    return AURICLE_OK;
}

static auricle_status embed_one(struct embedding *e, const char *file, const char *path,
                                auricle_error *error)
{
    auricle_status status = npy_create(path, e->dims, &e->npy, error);
    e->unwritable |= status != AURICLE_OK;
    if (!status)
        status = embed_file(e, file, error);
    if (!status) {
        status = npy_finish(&e->npy, error);
        e->unwritable |= status != AURICLE_OK;
    }
    npy_abandon(&e->npy);
    return status;
}

static auricle_status check_places(const struct options *options, char **files, int count,
                                   auricle_error *error)
{
    char path[PATH_MAX], other[PATH_MAX];
    for (int i = 0; i < count; i++) {
        place(options, files[i], path);
        for (int j = 0; j < i; j++) {
            place(options, files[j], other);
            if (!strcmp(path, other))
                return fail(error, AURICLE_INVALID, path, "two recordings would be written here");
        }
    }
    return AURICLE_OK;
}

static auricle_status embed_apart(struct embedding *e, char **files, int count,
                                  auricle_error *error)
{
    const char *out = e->options->out;
    char path[PATH_MAX];
    auricle_status status = check_places(e->options, files, count, error);
    for (int i = 0; i < count && !status; i++) {
        place(e->options, files[i], path);
        if (!is_npy(out))
            status = make_folders(path, error);
        if (!status)
            status = pass_over(e, files[i], embed_one(e, files[i], is_npy(out) ? out : path, error),
                               error);
    }
    return status;
}

// Row i is that of recording i: one that cannot be read has a row of NaN.
static auricle_status embed_together(struct embedding *e, char **files, int count,
                                     auricle_error *error)
{
    auricle_status status = npy_create(e->options->out, 3 * e->dims, &e->npy, error);
    for (int i = 0; i < count && !status; i++) {
        const int failed = e->failed;
        status = pass_over(e, files[i], embed_file(e, files[i], error), error);
        if (status || e->failed == failed)
            continue;
        pooled_take(&e->pooled);
        for (size_t k = 0; k < 3 * e->dims; k++)
            e->pooled.row[k] = NAN;
        status = write_row(e, e->pooled.row, error);
    }
    return status || e->failed == count ? status : npy_finish(&e->npy, error);
}

static int run(const struct options *options, char **files, int count)
{
    struct embedding e = {.options = options};
    auricle_error error = {0};
    auricle_status status = auricle_model_open(options->model, &e.model, &error);
    tool_add_cure(&error, "name an encoder with --model FILE; auricle pretrain makes one");
    if (status)
        return tool_failed("embed", &error);
    auricle_model_get_info(e.model, &e.info);
    e.offset = options->features ? 0 : (size_t)e.info.embedding_offset;
    e.dims = (size_t)(options->features ? e.info.feature_dim : e.info.embedding_dim);
    if (e.dims == 0)
        status = fail(&error, AURICLE_INVALID, options->model, "has no features: leave --features");
    if (!status && !pooled_create(&e.pooled, e.dims))
        status = error.status = AURICLE_NO_MEMORY;
    if (!status)
        status = options->pooled ? embed_together(&e, files, count, &error)
                                 : embed_apart(&e, files, count, &error);
    npy_abandon(&e.npy);
    pooled_free(&e.pooled);
    auricle_model_unref(&e.model);
    if (status)
        return tool_failed("embed", &error);
    if (e.failed > 0 && count > 1)
        fprintf(stderr, "auricle embed: %d of %d recordings failed\n", e.failed, count);
    return e.failed ? TOOL_FAILED : TOOL_DONE;
}

int tool_embed(int argc, char **argv)
{
    struct options o = {.model = tool_default_file("encoder.safetensors")};
    const struct tool_option list[] = {
        TOOL_TEXT("model", 'm', &o.model, "FILE", "the encoder"),
        TOOL_TEXT("out", 'o', &o.out, "DIR|FILE.npy", "where it goes"),
        TOOL_TEXT("below", 'b', &o.below, "DIR",
                  "keep the folders that recordings have below DIR: a teacher's rows for pretrain"),
        TOOL_FLAG("pooled", 'p', &o.pooled, "a row per recording"),
        TOOL_FLAG("features", 0, &o.features, "the encoder's input (normalised log-mel) instead"),
    };
    const struct tool_page page = {"embed", "FILE...", summary, list, sizeof list / sizeof *list,
                                   examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status != TOOL_GO_ON)
        return status;
    if (operand == argc)
        return tool_wrong("embed", "name recordings: FILE...");
    if (!o.out)
        return tool_wrong("embed", "say with --out where it goes");
    if (o.pooled && !is_npy(o.out))
        return tool_wrong("embed", "--out %s: with --pooled it must be a FILE.npy", o.out);
    if (!o.pooled && is_npy(o.out) && operand + 1 < argc)
        return tool_wrong("embed", "--out %s: several recordings need a DIR, or --pooled", o.out);
    return run(&o, argv + operand, argc - operand);
}
