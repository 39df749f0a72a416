// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** How many calls one process carries: real pipelines at real-time pace, more and more of them.
 *
 *     feeder: a buffer each 20 ms --> appsrc ! auricleencoder ! fakesink    a pipeline, a thread
 *             (one thread for all)    appsrc ! auricleencoder ! fakesink    for each stereo call
 *
 * Each point is a process of its own, so that its memory is its own. Delay is from the instant a
 * buffer was due, not from when a late feeder pushed it, until its frames are at the sink; what has
 * not come at the end counts as late as it is by then. A point holds when 99 of 100 buffers are
 * through before the fifth after them is due.
 *
 * bench_scale [--rate HZ] [--seconds S] [--calls N,N,...] [--together] MODEL */
#define _POSIX_C_SOURCE 200809L
#include <gst/app/gstappsrc.h>
#include <gst/audio/audio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../plugins/gstauricleframemeta.h"

enum {
    CHANNELS = 2,
    TICK_MS = 20,
    WARM_TICKS = 50,   /* not measured */
    LATE_MS = 100,     /* a point with this at p99 is broken */
    SOUND_TICKS = 100, /* of different sound */
    MOST_CALLS = 16000,
    BINS = 320, /* of delays, each 5 % wider than the one before */
};

#define FIRST_BIN_US 10.0
#define BIN_RATIO 1.05

static const gchar *const encoders[] = {"", "auricleencoder model=%s ! ",
                                        "auricleencoder model=%s batch-group=calls ! "};
static const gchar *const encoder_names[] = {"none", "alone", "batch-group"};

struct options {
    gint rate, seconds, mode, calls;
    gchar *counts;
    gboolean together;
    const gchar *model;
};

struct call {
    GstElement *pipeline, *source;
    gint64 phase; /* us: when its ticks are due after everybody's */
    const struct point *point;
    guint arrived; /* ticks */
    guint32 delays[BINS];
    gint64 worst; /* us */
};

struct point {
    const struct options *options;
    struct call *calls;
    guint ticks;
    gint64 start; /* us, monotonic */
    GstBuffer *sound[SOUND_TICKS];
};

struct figures {
    gdouble cores, rss_mib, call_kib, p50_ms, p99_ms, worst_ms;
};

/* --- delays --- */

static gint64 due(const struct call *call, guint tick)
{
    return call->point->start + call->phase + (gint64)tick * TICK_MS * 1000;
}

static void note_delay(struct call *call, guint tick, gint64 now)
{
    gint64 delay = MAX(now - due(call, tick), 1);
    gint bin = (gint)(log((gdouble)delay / FIRST_BIN_US) / log(BIN_RATIO));

    if (tick < WARM_TICKS)
        return;
    call->delays[CLAMP(bin, 0, BINS - 1)]++;
    call->worst = MAX(call->worst, delay);
}

static GstPadProbeReturn arrive(G_GNUC_UNUSED GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
    struct call *call = user;
    GstAuricleFrameMeta *meta = gst_buffer_get_auricle_frame_meta(GST_PAD_PROBE_INFO_BUFFER(info));

    if (call->point->options->mode && (!meta || !meta->frames)) {
        fprintf(stderr, "error: a buffer came without frames\n");
        exit(1);
    }
    note_delay(call, call->arrived++, g_get_monotonic_time());
    return GST_PAD_PROBE_OK;
}

/* ms; of the pooled histogram, the upper edge of the bin */
static gdouble quantile(const guint64 *bins, gdouble part)
{
    guint64 all = 0, below = 0;
    gint bin = 0;

    for (gint i = 0; i < BINS; i++)
        all += bins[i];
    for (; bin < BINS - 1 && (gdouble)(below += bins[bin]) < part * (gdouble)all; bin++)
        ;
    return FIRST_BIN_US * pow(BIN_RATIO, bin + 1) / 1000.0;
}

static void pool_delays(const struct point *point, struct figures *figures)
{
    guint64 bins[BINS] = {0};
    gint64 worst = 0;

    for (gint c = 0; c < point->options->calls; c++) {
        for (gint i = 0; i < BINS; i++)
            bins[i] += point->calls[c].delays[i];
        worst = MAX(worst, point->calls[c].worst);
    }
    figures->p50_ms = quantile(bins, 0.50);
    figures->p99_ms = quantile(bins, 0.99);
    figures->worst_ms = (gdouble)worst / 1000.0;
}

/* --- one point --- */

static void make_sound(struct point *point)
{
    gsize samples = (gsize)(point->options->rate * TICK_MS / 1000) * CHANNELS;
    guint32 seed = 1;

    for (guint t = 0; t < SOUND_TICKS; t++) {
        GstMapInfo map;
        point->sound[t] = gst_buffer_new_allocate(NULL, samples * sizeof(gint16), NULL);
        gst_buffer_map(point->sound[t], &map, GST_MAP_WRITE);
        for (gsize i = 0; i < samples; i++) {
            seed = seed * 1664525u + 1013904223u;
            ((gint16 *)map.data)[i] = (gint16)((gint)(seed >> 18) - 8192);
        }
        gst_buffer_unmap(point->sound[t], &map);
    }
}

static void make_call(struct point *point, struct call *call, gint64 phase)
{
    const struct options *options = point->options;
    gchar *encoder = g_strdup_printf(encoders[options->mode], options->model);
    gchar *launch =
        g_strdup_printf("appsrc name=in is-live=true format=time max-bytes=0 "
                        "caps=audio/x-raw,format=S16LE,layout=interleaved,rate=%d,channels=%d ! %s"
                        "fakesink name=out sync=false async=false enable-last-sample=false",
                        options->rate, CHANNELS, encoder);
    GError *error = NULL;
    GstElement *sink;
    GstPad *pad;

    call->point = point;
    call->phase = phase;
    call->pipeline = gst_parse_launch(launch, &error);
    if (error) {
        fprintf(stderr, "error: %s\n", error->message);
        exit(1);
    }
    call->source = gst_bin_get_by_name(GST_BIN(call->pipeline), "in");
    sink = gst_bin_get_by_name(GST_BIN(call->pipeline), "out");
    pad = gst_element_get_static_pad(sink, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, arrive, call, NULL);
    gst_object_unref(pad);
    gst_object_unref(sink);
    g_free(launch);
    g_free(encoder);
    if (gst_element_set_state(call->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
        fprintf(stderr, "error: a pipeline does not start\n");
        exit(1);
    }
}

static void free_call(struct call *call)
{
    gst_element_set_state(call->pipeline, GST_STATE_NULL);
    gst_object_unref(call->source);
    gst_object_unref(call->pipeline);
}

static void push(struct point *point, gint number, guint tick)
{
    GstBuffer *buffer = gst_buffer_copy(point->sound[(tick + (guint)number * 7) % SOUND_TICKS]);

    GST_BUFFER_PTS(buffer) = (GstClockTime)tick * TICK_MS * GST_MSECOND;
    GST_BUFFER_DURATION(buffer) = TICK_MS * GST_MSECOND;
    gst_app_src_push_buffer(GST_APP_SRC(point->calls[number].source), buffer);
}

static void sleep_until(gint64 us)
{
    const struct timespec time = {us / 1000000, us % 1000000 * 1000};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL))
        ;
}

static gdouble cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (gdouble)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (gdouble)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static gdouble rss_mib(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (gdouble)pages * (gdouble)sysconf(_SC_PAGESIZE) / 1048576.0;
}

/* Pushes all ticks at their time; the figures are of what comes after the warm-up. */
static void pace(struct point *point, struct figures *figures)
{
    gint64 warm = 0;
    gdouble cpu = 0;

    point->start = g_get_monotonic_time() + 100000;
    for (guint tick = 0; tick < point->ticks; tick++) {
        if (tick == WARM_TICKS) {
            warm = g_get_monotonic_time();
            cpu = cpu_seconds();
        }
        for (gint c = 0; c < point->options->calls; c++) {
            sleep_until(due(&point->calls[c], tick));
            push(point, c, tick);
        }
    }
    figures->cores = (cpu_seconds() - cpu) / (1e-6 * (gdouble)(g_get_monotonic_time() - warm));
}

static struct figures run_point(const struct options *options)
{
    struct point point = {.options = options,
                          .calls = g_new0(struct call, options->calls),
                          .ticks = WARM_TICKS + (guint)options->seconds * (1000 / TICK_MS)};
    struct figures figures;
    gint64 end, spread = options->together ? 0 : TICK_MS * 1000;
    gdouble empty;

    make_sound(&point);
    empty = rss_mib();
    for (gint c = 0; c < options->calls; c++)
        make_call(&point, &point.calls[c], spread * c / options->calls);
    pace(&point, &figures);
    g_usleep(LATE_MS * 1000);
    figures.rss_mib = rss_mib();
    figures.call_kib = (figures.rss_mib - empty) * 1024 / options->calls;
    end = g_get_monotonic_time();
    for (gint c = 0; c < options->calls; c++)
        free_call(&point.calls[c]);
    for (gint c = 0; c < options->calls; c++)
        for (guint tick = point.calls[c].arrived; tick < point.ticks; tick++)
            note_delay(&point.calls[c], tick, end);
    pool_delays(&point, &figures);
    for (guint t = 0; t < SOUND_TICKS; t++)
        gst_buffer_unref(point.sound[t]);
    g_free(point.calls);
    return figures;
}

/* --- the table --- */

/* One point, in a process of its own. */
static gboolean measure(const gchar *program, struct options options, gint calls)
{
    gchar *words[] = {(gchar *)program,
                      g_strdup_printf("--point=%d,%d", options.mode, calls),
                      g_strdup_printf("--rate=%d", options.rate),
                      g_strdup_printf("--seconds=%d", options.seconds),
                      options.together ? "--together" : "--",
                      (gchar *)options.model,
                      NULL};
    struct figures f;
    gchar *out = NULL;
    gint status;
    gboolean done =
        g_spawn_sync(NULL, words, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, NULL) &&
        !status &&
        sscanf(out, "%lf %lf %lf %lf %lf %lf", &f.cores, &f.rss_mib, &f.call_kib, &f.p50_ms,
               &f.p99_ms, &f.worst_ms) == 6;
    gboolean holds = done && f.p99_ms < LATE_MS;

    if (done)
        printf("| %d | %s | %.2f | %.0f | %.0f | %.2f | %.1f | %.1f | %s |\n", calls,
               encoder_names[options.mode], f.cores, f.rss_mib, f.call_kib, f.p50_ms, f.p99_ms,
               f.worst_ms, holds ? "" : "broken");
    else
        printf("| %d | %s | | | | | | | does not run |\n", calls, encoder_names[options.mode]);
    fflush(stdout);
    g_free(words[1]);
    g_free(words[2]);
    g_free(words[3]);
    g_free(out);
    return holds;
}

/* The given counts, then on until it breaks, then between what held and what did not. */
static void rise(const gchar *program, const struct options *options)
{
    gchar **counts = g_strsplit(options->counts, ",", 0);
    gint good = 0, bad = 0;

    for (gchar **count = counts; *count && !bad; count++) {
        gint calls = atoi(*count);
        if (measure(program, *options, calls))
            good = calls;
        else
            bad = calls;
    }
    g_strfreev(counts);
    if (!options->mode)
        return;
    while (!bad && good && 2 * good <= MOST_CALLS) {
        if (measure(program, *options, 2 * good))
            good = 2 * good;
        else
            bad = 2 * good;
    }
    while (bad && good && (gdouble)bad > 1.25 * good) {
        gint between = (gint)sqrt((gdouble)good * bad);
        if (measure(program, *options, between))
            good = between;
        else
            bad = between;
    }
}

static void print_table(const gchar *program, struct options options)
{
    printf("%d Hz, S16, %d channels, %d ms buffers due %s, %d s a point, %ld cores\n\n"
           "| calls | encoder | CPU, cores | RSS, MiB | KiB a call | delay p50, ms | p99 | worst | "
           "|\n|---|---|---|---|---|---|---|---|---|\n",
           options.rate, CHANNELS, TICK_MS, options.together ? "all at once" : "one after another",
           options.seconds, sysconf(_SC_NPROCESSORS_ONLN));
    for (options.mode = 0; options.mode < (gint)G_N_ELEMENTS(encoders); options.mode++)
        rise(program, &options);
}

static void allow_files(void)
{
    struct rlimit limit; /* each pipeline has a bus, each bus a few descriptors */

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **arguments)
{
    struct options options = {.rate = 16000, .seconds = 5};
    gchar *point = NULL;
    const GOptionEntry entries[] = {
        {"rate", 0, 0, G_OPTION_ARG_INT, &options.rate, "of the audio; 16000", "HZ"},
        {"seconds", 0, 0, G_OPTION_ARG_INT, &options.seconds, "of each point; 5", "S"},
        {"calls", 0, 0, G_OPTION_ARG_STRING, &options.counts, "1,10,100,1000", "N,N,..."},
        {"together", 0, 0, G_OPTION_ARG_NONE, &options.together, "all buffers at one time", NULL},
        {"point", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &point, "", ""},
        {NULL}};
    GOptionContext *context = g_option_context_new("MODEL");
    gboolean parsed;

    g_option_context_add_main_entries(context, entries, NULL);
    parsed = g_option_context_parse(context, &count, &arguments, NULL) && count >= 2;
    g_option_context_free(context);
    if (!parsed) {
        fprintf(stderr, "usage: bench_scale [--rate HZ] [--seconds S] [--calls N,N,...] "
                        "[--together] MODEL\n");
        return 2;
    }
    options.model = arguments[count - 1];
    if (point && sscanf(point, "%d,%d", &options.mode, &options.calls) == 2) {
        struct figures f;
        allow_files();
        gst_init(NULL, NULL);
        f = run_point(&options);
        printf("%f %f %f %f %f %f\n", f.cores, f.rss_mib, f.call_kib, f.p50_ms, f.p99_ms,
               f.worst_ms);
        return 0;
    }
    if (!options.counts)
        options.counts = g_strdup("1,10,100,1000");
    print_table(arguments[0], options);
    g_free(options.counts);
    return 0;
}
