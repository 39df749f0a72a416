// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle bench: what a frame costs on this machine, through the public API. */
#define _GNU_SOURCE // sched_setaffinity
#include "tool.h"
#include "tool_json.h"

#include <auricle/head.h>
#include <auricle/machine.h>
#include <auricle/stream.h>

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char summary[] =
    "Feeds sound to one stream, a hop at a time, on one core, and prints what a frame costs: "
    "encoder\n"
    "(log-mel and network), head, predictors. A frame is 10 ms of sound.";

static const char examples[] =
    "  auricle bench\n"
    "  auricle bench --model mine.safetensors --head mine-words.safetensors --json\n";

enum { MOST = 200000, WARM = 200 };

struct options {
    const char *model, *head;
    double seconds;
    int rate_hz;
    bool json;
};

struct times {
    double *us;
    size_t count;
};

struct report {
    struct times encode, head, predict;
    size_t stream_bytes, rss_bytes;
    bool pinned;
    auricle_model_info info;
};

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static void add_time(struct times *times, double us)
{
    if (times->count < MOST)
        times->us[times->count++] = us;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double share_of(const struct times *times, double share) // sorted
{
    return times->count ? times->us[(size_t)(share * (double)(times->count - 1))] : 0;
}

static double mean_of(const struct times *times)
{
    double sum = 0;
    for (size_t i = 0; i < times->count; i++)
        sum += times->us[i];
    return times->count ? sum / (double)times->count : 0;
}

// One core, the one we are on: what another core's cache holds is of no use here.
static bool pin(void)
{
    cpu_set_t one;
    int cpu = sched_getcpu();
    CPU_ZERO(&one);
    CPU_SET((size_t)(cpu < 0 ? 0 : cpu), &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
}

static size_t resident_bytes(void)
{
    char line[256];
    size_t kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "VmRSS:", 6))
            kilobytes = strtoul(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kilobytes * 1024;
}

// Bursts of noise and tones between pauses.
static void make_sound(float *hop, int count, int rate_hz, long frame)
{
    const float loud = frame / 40 % 3 ? 0.2f : 0.001f;
    uint32_t state = (uint32_t)frame; // of a linear congruential generator (Numerical Recipes)
    for (int i = 0; i < count; i++) {
        state = 1664525 * state + 1013904223;
        float noise = (float)(state >> 8) / 8388608.0f - 1;
        double t = (double)(frame * count + i) / rate_hz;
        hop[i] = loud * (0.3f * noise +
                         0.7f * (float)sin(6.2831853 * (220 + 40.0 * (double)(frame % 7)) * t));
    }
}

struct subject {
    auricle_model *model;
    auricle_stream *stream;
    auricle_head *head;
    auricle_head_stream *head_stream;
    auricle_detector *detector;
    auricle_predictor *predictor;
};

static void close_subject(struct subject *s)
{
    auricle_predictor_destroy(&s->predictor);
    if (s->detector)
        auricle_detector_destroy(&s->detector);
    if (s->head_stream)
        auricle_head_stream_destroy(&s->head_stream);
    if (s->head)
        auricle_head_unref(&s->head);
    auricle_stream_destroy(&s->stream);
    auricle_model_unref(&s->model);
}

static auricle_status open_subject(const struct options *o, struct subject *s, auricle_error *error)
{
    const auricle_stream_config config = {.sample_rate_hz = o->rate_hz};
    auricle_status status = auricle_model_open(o->model, &s->model, error);
    tool_add_cure(error, "name an encoder with --model FILE; auricle pretrain makes one");
    if (!status)
        status = auricle_stream_create(s->model, &config, &s->stream, error);
    if (!status)
        status = auricle_predictor_create(s->model, NULL, &s->predictor, error);
    if (!status && *o->head)
        status = auricle_head_open(o->head, s->model, &s->head, error);
    if (!status && s->head)
        status = auricle_head_stream_create(s->head, &s->head_stream, error);
    if (!status && s->head)
        status = auricle_detector_create(s->head, NULL, &s->detector, error);
    return status;
}

static void time_frame(struct subject *s, const auricle_frame *frame, struct report *report,
                       bool warm)
{
    auricle_surprise surprise;
    auricle_event events[4];
    bool decided;
    double before = now_us();
    if (s->head_stream) {
        const float *posteriors = auricle_head_stream_step(s->head_stream, frame->vector, &decided);
        auricle_detector_step(s->detector, posteriors, decided, events, 4);
    }
    double between = now_us();
    auricle_predictor_step(s->predictor, frame->vector, &surprise);
    double after = now_us();
    if (!warm)
        return;
    if (s->head_stream)
        add_time(&report->head, between - before);
    add_time(&report->predict, after - between);
}

static void measure(const struct options *o, struct subject *s, struct report *report)
{
    float hop[480];
    const int count = o->rate_hz / 100;
    const double end = now_us() + 1e6 * o->seconds;
    for (long n = 0; now_us() < end; n++) {
        auricle_frame frame;
        size_t taken = 0;
        make_sound(hop, count, o->rate_hz, n);
        for (size_t done = 0; done < (size_t)count; done += taken) {
            double before = now_us();
            if (auricle_stream_feed(s->stream, hop + done, (size_t)count - done, &taken, &frame))
                return;
            double after = now_us();
            if (!frame.vector)
                continue;
            if (n >= WARM)
                add_time(&report->encode, after - before);
            time_frame(s, &frame, report, n >= WARM);
        }
    }
    report->stream_bytes = auricle_stream_state_bytes(s->stream);
    report->rss_bytes = resident_bytes();
    struct times *all[] = {&report->encode, &report->head, &report->predict};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        qsort(all[i]->us, all[i]->count, sizeof *all[i]->us, compare);
}

static double streams_of(const struct report *r)
{
    const double us = mean_of(&r->encode) + mean_of(&r->head);
    return us > 0 ? 10000 / us : 0;
}

static json_t *times_json(const struct times *times)
{
    json_t *json = json_object();
    json_object_set_new(json, "mean", tool_json_number(mean_of(times), 2));
    json_object_set_new(json, "p50", tool_json_number(share_of(times, 0.5), 2));
    json_object_set_new(json, "p99", tool_json_number(share_of(times, 0.99), 2));
    return json;
}

static void print_json(const struct options *o, const struct report *r)
{
    json_t *json = json_object();
    json_object_set_new(json, "kernels", json_string(auricle_kernels_in_use()));
    json_object_set_new(json, "rate", json_integer(o->rate_hz));
    json_object_set_new(json, "frames", json_integer((json_int_t)r->encode.count));
    json_object_set_new(json, "pinned", json_boolean(r->pinned));
    json_object_set_new(json, "encoder_us", times_json(&r->encode));
    json_object_set_new(json, "head_us", times_json(&r->head));
    json_object_set_new(json, "predictors_us", times_json(&r->predict));
    json_object_set_new(json, "streams_per_core", tool_json_number(streams_of(r), 1));
    json_object_set_new(json, "stream_bytes", json_integer((json_int_t)r->stream_bytes));
    json_object_set_new(json, "model_bytes", json_integer((json_int_t)r->info.weight_bytes));
    json_object_set_new(json, "rss_bytes", json_integer((json_int_t)r->rss_bytes));
    tool_json_print(json);
}

static void print_times(const char *name, const struct times *times)
{
    if (times->count)
        printf("%-12s %8.1f us a frame, p50 %.1f, p99 %.1f\n", name, mean_of(times),
               share_of(times, 0.5), share_of(times, 0.99));
}

static void print_text(const struct options *o, const struct report *r)
{
    printf("kernels %s, %d Hz, %zu frames%s\n", auricle_kernels_in_use(), o->rate_hz,
           r->encode.count, r->pinned ? ", on one core" : "");
    print_times("encoder", &r->encode);
    print_times("head", &r->head);
    print_times("predictors", &r->predict);
    printf("%.0f streams a core (encoder and head), %.1f %% of the core each\n"
           "%.1f kB a stream, %.2f MB of weights shared, %.1f MB resident\n",
           streams_of(r), streams_of(r) > 0 ? 100 / streams_of(r) : 0,
           (double)r->stream_bytes / 1e3, (double)r->info.weight_bytes / 1e6,
           (double)r->rss_bytes / 1e6);
}

static int run(const struct options *o)
{
    struct subject subject = {0};
    struct report report = {0};
    auricle_error error = {0};
    double *memory = calloc(3 * (size_t)MOST, sizeof *memory);
    auricle_status status = memory ? open_subject(o, &subject, &error) : AURICLE_NO_MEMORY;
    if (!status) {
        report.encode.us = memory;
        report.head.us = memory + MOST;
        report.predict.us = memory + 2 * MOST;
        report.pinned = pin();
        auricle_model_get_info(subject.model, &report.info);
        measure(o, &subject, &report);
        o->json ? print_json(o, &report) : print_text(o, &report);
    }
    close_subject(&subject);
    free(memory);
    error.status = status;
    return status ? tool_failed("bench", &error) : TOOL_DONE;
}

int tool_bench(int argc, char **argv)
{
    char model[4096], head[4096] = "";
    snprintf(model, sizeof model, "%s", tool_default_file("encoder.safetensors"));
    struct options o = {.model = NULL, .head = NULL, .seconds = 3, .rate_hz = 16000};
    const struct tool_option list[] = {
        TOOL_TEXT("model", 'm', &o.model, "FILE", "the encoder; else the bundled one"),
        TOOL_TEXT("head", 'H', &o.head, "FILE",
                  "a head; else, with the bundled encoder, the bundled commands"),
        TOOL_INT("rate", 'r', &o.rate_hz, "HZ", 8000, 48000, "of the sound fed"),
        TOOL_FLOAT("seconds", 's', &o.seconds, "S", 0.05, 600, "how long to measure"),
        TOOL_FLAG("json", 'j', &o.json, "as JSON"),
    };
    const struct tool_page page = {"bench", "", summary, list, sizeof list / sizeof *list,
                                   examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status != TOOL_GO_ON)
        return status;
    if (operand < argc)
        return tool_wrong("bench", "%s is not an option", argv[operand]);
    if (!o.model && !o.head)
        snprintf(head, sizeof head, "%s", tool_default_file("commands.safetensors"));
    o.model = o.model ? o.model : model;
    o.head = o.head ? o.head : head;
    return run(&o);
}
