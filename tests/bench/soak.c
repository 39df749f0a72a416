// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** soak MODEL HEAD HOURS: the same minute of sound again and again, as fast as it goes, through one
 * listener, 10 ms a call. Prints for each hour of sound the resident memory, the events (all false:
 * nothing is said), how far the frames of a minute are from those of the second minute, and how
 * long a call takes on the clock and of the processor: half of them, and all but one in a thousand,
 * at most so long. Fails when memory grows, when a number is not finite, or when the frames drift
 * by more than a tenth of their size. */
#define _POSIX_C_SOURCE 200809L // clock_gettime
#include <auricle/listener.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RATE = 16000, MINUTE = 60 * RATE, FRAMES = 6000, PIECE = 160, GROWTH_KIB = 256 };
enum { BINS = 400, BINS_PER_DOUBLING = 16 }; // of durations, from 1 us on

struct soak {
    int frame_dim;
    long minute; // at hand, from 0
    int frame;   // of this minute
    float *reference;
    double error, power; // of this minute
    long events;
    int wrong; // frames with a number that is not finite
    long wall[BINS], processor[BINS];
};

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void note(long bins[BINS], double duration_s)
{
    const double place = BINS_PER_DOUBLING * log2(fmax(duration_s * 1e6, 1));
    bins[place < BINS - 1 ? (int)place : BINS - 1]++;
}

// The duration in microseconds that a share of the calls does not exceed.
static double quantile_us(const long bins[BINS], double share)
{
    double all = 0, sum = 0;
    int at = 0;
    for (int i = 0; i < BINS; i++)
        all += (double)bins[i];
    while (at < BINS - 1 && (sum += (double)bins[at]) < share * all)
        at++;
    return exp2((double)(at + 1) / BINS_PER_DOUBLING);
}

static long resident_kib(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// Tones and noise in bursts of a second, quiet and loud, with digital silence between.
static void make_sound(float *samples)
{
    uint32_t random = 1;
    for (int i = 0; i < MINUTE; i++) {
        const int second = i / RATE;
        const float gain = second % 3 == 2 ? 0 : second % 7 == 0 ? 0.9f : 0.05f;
        random = random * 1664525u + 1013904223u;
        samples[i] = gain * (second % 2 ? sinf((float)(second + 3) * 0.02f * (float)(i % RATE))
                                        : (float)random / 2147483648.0f - 1.0f);
    }
}

static void on_result(const auricle_result *result, void *user)
{
    struct soak *soak = user;
    float *reference = soak->reference + (size_t)soak->frame * (size_t)soak->frame_dim;
    for (int i = 0; i < result->heads[0].event_count; i++)
        soak->events += result->heads[0].events[i].kind == AURICLE_EVENT_END;
    if (!result->vector)
        return;
    for (int i = 0; i < soak->frame_dim; i++) {
        const float value = result->vector[i];
        soak->wrong += !isfinite(value);
        if (soak->minute == 1)
            reference[i] = value;
        const double error = (double)value - (double)reference[i];
        soak->error += error * error;
        soak->power += (double)reference[i] * (double)reference[i];
    }
    soak->frame++;
}

static void hear_minute(struct soak *soak, auricle_listener *listener, const float *sound)
{
    auricle_error error;
    soak->frame = 0;
    soak->error = soak->power = 0;
    for (int at = 0; at < MINUTE; at += PIECE) {
        const double wall = seconds(CLOCK_MONOTONIC), processor = seconds(CLOCK_THREAD_CPUTIME_ID);
        if (auricle_listener_feed(listener, sound + at, PIECE, on_result, soak, &error))
            soak->wrong++;
        note(soak->processor, seconds(CLOCK_THREAD_CPUTIME_ID) - processor);
        note(soak->wall, seconds(CLOCK_MONOTONIC) - wall);
    }
    soak->minute++;
}

static int hear_hours(struct soak *soak, auricle_listener *listener, const float *sound,
                      double hours)
{
    hear_minute(soak, listener, sound);
    hear_minute(soak, listener, sound);
    const long first_kib = resident_kib(), minutes = lround(hours * 60);
    double drift = 0;
    for (long minute = 2; minute < minutes; minute++) {
        hear_minute(soak, listener, sound);
        drift = fmax(drift, sqrt(soak->error / fmax(soak->power, 1e-30)));
        if ((minute + 1) % 60 == 0 || minute + 1 == minutes) {
            const double hours_heard = (double)(minute + 1) / 60;
            printf("%.2f h: resident %ld KiB (%+.0f bytes/h), %ld events (%.2f/h), drift %.2g, "
                   "a call p50 %.0f p99.9 %.0f us (processor %.0f and %.0f)\n",
                   hours_heard, resident_kib(),
                   1024 * (double)(resident_kib() - first_kib) / hours_heard, soak->events,
                   (double)soak->events / hours_heard, drift, quantile_us(soak->wall, 0.5),
                   quantile_us(soak->wall, 0.999), quantile_us(soak->processor, 0.5),
                   quantile_us(soak->processor, 0.999));
            fflush(stdout);
        }
    }
    return soak->wrong || drift > 0.1 || resident_kib() - first_kib > GROWTH_KIB;
}

int main(int argc, char **argv)
{
    static struct soak soak;
    auricle_model *model = NULL;
    auricle_head *head = NULL;
    auricle_listener *listener = NULL;
    auricle_model_info info;
    auricle_error error = {0};
    float *sound = malloc(MINUTE * sizeof *sound);
    int failed = 1;
    if (argc != 4 || !sound || auricle_model_open(argv[1], &model, &error) ||
        auricle_head_open(argv[2], model, &head, &error) ||
        auricle_listener_create(model, &head, 1, NULL, &listener, &error))
        goto end;
    auricle_model_get_info(model, &info);
    soak.frame_dim = info.frame_dim;
    soak.reference = calloc((size_t)FRAMES * (size_t)info.frame_dim, sizeof *soak.reference);
    if (!soak.reference)
        goto end;
    make_sound(sound);
    failed = hear_hours(&soak, listener, sound, atof(argv[3]));
    puts(failed ? "failed" : "steady");
end:
    if (*error.text)
        fprintf(stderr, "soak: %s\n", error.text);
    auricle_listener_destroy(&listener);
    auricle_head_unref(&head);
    auricle_model_unref(&model);
    free(soak.reference);
    free(sound);
    return failed;
}
