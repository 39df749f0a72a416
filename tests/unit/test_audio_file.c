// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _DEFAULT_SOURCE
#include "data/audio_file.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const double PI = 3.14159265358979323846;

/** One temporary path per test, gone after it. */
static int path_make(void **state)
{
    char *path = strdup("auricle-test-XXXXXX");
    int descriptor = mkstemp(path);
    *state = path;
    return descriptor < 0 ? -1 : close(descriptor);
}

static int path_remove(void **state)
{
    unlink(*state);
    free(*state);
    return 0;
}

static double tone(double hz, double amplitude, double seconds)
{
    return amplitude * sin(2 * PI * hz * seconds);
}

// frames of two or more channels: channel c holds a tone of 300 (c + 1) Hz, amplitude 0.4 / (c +
// 1).
static void write_tones(const char *path, int format, int rate_hz, int channels, int frames)
{
    SF_INFO info = {.samplerate = rate_hz, .channels = channels, .format = format};
    SNDFILE *sound = sf_open(path, SFM_WRITE, &info);
    if (!sound)
        fail_msg("format %#x: %s", (unsigned)format, sf_strerror(NULL));
    float *samples = malloc((size_t)frames * channels * sizeof *samples);
    for (int i = 0; i < frames; i++)
        for (int c = 0; c < channels; c++)
            samples[i * channels + c] =
                (float)tone(300 * (c + 1), 0.4 / (c + 1), (double)i / rate_hz);
    assert_int_equal(sf_writef_float(sound, samples, frames), frames);
    sf_close(sound);
    free(samples);
}

static float *load(const char *path, int channel, double start_s, double end_s, size_t *count)
{
    float *samples;
    auricle_error error;
    if (audio_file_load(path, 16000, channel, start_s, end_s, &samples, count, &error))
        fail_msg("%s", error.text);
    return samples;
}

// Away from both ends, where filters and codecs start and stop.
static double worst_error(const float *samples, size_t count, int channel, double start_s)
{
    double worst = 0;
    for (size_t i = 800; i + 800 < count; i++) {
        double at_s = start_s + (double)i / 16000;
        double left = tone(300, 0.4, at_s), right = tone(600, 0.2, at_s);
        double expected = channel < 0 ? (left + right) / 2 : channel ? right : left;
        worst = fmax(worst, fabs((double)samples[i] - expected));
    }
    return worst;
}

static void every_format_is_read(void **state)
{
    const struct {
        int format, rate_hz;
        double allowed; // of a full scale of 1
    } cases[] = {
        {SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1e-4},
        {SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 1e-4},
        {SF_FORMAT_WAV | SF_FORMAT_PCM_24, 96000, 1e-4},
        {SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 0.02},
        {SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 1e-4},
        {SF_FORMAT_OGG | SF_FORMAT_VORBIS, 22050, 0.03},
        {SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 0.03},
        {SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100, 0.03},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int channel = -1; channel < 2; channel++) {
            write_tones(*state, cases[i].format, cases[i].rate_hz, 2, cases[i].rate_hz);
            size_t count;
            float *samples = load(*state, channel, 0, 0, &count);
            double worst = worst_error(samples, count, channel, 0);
            if (!(count >= 15999 && count <= 16001 && worst < cases[i].allowed))
                fail_msg("format %#x, channel %d: %zu samples, off by %.3g",
                         (unsigned)cases[i].format, channel, count, worst);
            free(samples);
        }
}

static void a_part_is_the_same_part_of_the_whole(void **state)
{
    write_tones(*state, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2, 3 * 44100);
    size_t count;
    float *samples = load(*state, 0, 1.25, 2.0, &count);
    assert_int_equal(count, 12000);
    assert_true(worst_error(samples, count, 0, 1.25) < 1e-4);
    free(samples);
    samples = load(*state, 0, 2.5, 99, &count); // as far as it goes
    assert_in_range(count, 7999, 8001);
    free(samples);
    auricle_error error;
    assert_int_equal(audio_file_load(*state, 16000, 0, 4, 5, &samples, &count, &error),
                     AURICLE_INVALID);
    assert_non_null(strstr(error.text, "ends at 3.000 s"));
    assert_null(samples);
}

static void reading_in_pieces_gives_the_same_bits(void **state)
{
    write_tones(*state, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 11025, 2, 11025);
    size_t count, at = 0, got = 1;
    float *whole = load(*state, -1, 0, 0, &count), *pieces = calloc(count + 977, sizeof *pieces);
    struct audio_file *file;
    assert_int_equal(audio_file_open(*state, 16000, -1, &file, NULL), AURICLE_OK);
    assert_in_range(audio_file_length(file), count - 2, count + 2);
    for (size_t piece = 1; got > 0; piece = piece % 977 + 1, at += got)
        assert_int_equal(audio_file_read(file, pieces + at, piece, &got, NULL), AURICLE_OK);
    assert_int_equal(at, count);
    assert_memory_equal(whole, pieces, count * sizeof *whole);
    audio_file_close(&file);
    assert_null(file);
    free(whole);
    free(pieces);
}

static void assert_refused(const char *path, int channel, auricle_status status, const char *reason)
{
    float *samples;
    size_t count;
    auricle_error error;
    assert_int_equal(audio_file_load(path, 16000, channel, 0, 0, &samples, &count, &error), status);
    if (!strstr(error.text, reason) || !strstr(error.text, path))
        fail_msg("\"%s\" says neither \"%s\" nor %s", error.text, reason, path);
    assert_null(samples);
    assert_int_equal(count, 0);
}

static void write_bytes(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

static void bad_files_are_refused_with_a_reason(void **state)
{
    assert_refused("no/such/file.wav", 0, AURICLE_NOT_FOUND, "No such file");
    assert_refused(*state, 0, AURICLE_FORMAT, "not audio"); // empty
    write_bytes(*state, "{\"not\": \"audio\"}", 16);
    assert_refused(*state, 0, AURICLE_FORMAT, "not audio");
    write_tones(*state, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 2, 1000);
    assert_refused(*state, 2, AURICLE_INVALID, "channel 2");
    assert_refused(*state, -2, AURICLE_INVALID, "channel -2");
}

static void a_sample_that_is_no_number_is_named(void **state)
{
    write_tones(*state, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, 1, 8000);
    SF_INFO info = {0};
    SNDFILE *sound = sf_open(*state, SFM_RDWR, &info);
    sf_seek(sound, 4000, SEEK_SET | SFM_WRITE);
    assert_int_equal(sf_writef_float(sound, &(float){NAN}, 1), 1);
    sf_close(sound);
    assert_refused(*state, 0, AURICLE_FORMAT, "0.250000 s");
}

// A header that promises more than there is must not make the reader fail or take the promised
// memory.
static void a_cut_off_file_gives_what_is_there(void **state)
{
    write_tones(*state, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 16000);
    assert_int_equal(truncate(*state, 44 + 2 * 4000), 0);
    size_t count;
    float *samples = load(*state, 0, 0, 0, &count);
    assert_int_equal(count, 4000);
    free(samples);
}

static void damage(const char *path, bool cut)
{
    struct stat whole;
    assert_int_equal(stat(path, &whole), 0);
    if (cut) {
        assert_int_equal(truncate(path, whole.st_size / 2), 0);
        return;
    }
    FILE *file = fopen(path, "r+b");
    assert_true(file && fseek(file, (long)whole.st_size / 2, SEEK_SET) == 0);
    assert_int_equal(fwrite((char[400]){0}, 1, 400, file), 400);
    fclose(file);
}

// Whether a read begins with what cannot be decoded, which libsndfile says, or ends within it.
static void a_damaged_flac_is_an_error_where_it_ends(void **state)
{
    for (int i = 0; i < 4; i++) {
        size_t count;
        auricle_error error;
        float *samples;
        write_tones(*state, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1, 32000);
        damage(*state, i % 2);
        assert_int_equal(audio_file_load(*state, 16000, 0, i < 2 ? 0 : 0.1, i < 2 ? 0 : 9, &samples,
                                         &count, &error),
                         AURICLE_FORMAT);
        assert_null(samples);
        assert_non_null(strstr(error.text, i % 2 ? "should at 2.000 s" : "it is damaged at"));
        samples = load(*state, 0, 0, 0.25, &count); // before the damage
        assert_int_equal(count, 4000);
        free(samples);
    }
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, path_make, path_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(every_format_is_read),
        FILE_TEST(a_part_is_the_same_part_of_the_whole),
        FILE_TEST(reading_in_pieces_gives_the_same_bits),
        FILE_TEST(bad_files_are_refused_with_a_reason),
        FILE_TEST(a_sample_that_is_no_number_is_named),
        FILE_TEST(a_cut_off_file_gives_what_is_there),
        FILE_TEST(a_damaged_flac_is_an_error_where_it_ends),
    };
    return cmocka_run_group_tests_name("audio_file", tests, NULL, NULL);
}
