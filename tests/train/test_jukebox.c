// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Jukebox's VQ-VAE: spectral distance, codebooks, gradients, what people speaking teach, the same
 * bits after a resume, and the decoder's file. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lesson.h"
#include "objective_bench.h"

#include "ssl/decoder.h"
#include "ssl/spectral.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- spectral distance

enum { SOUND = 1600 };

static double distance(const float *x, const float *y, float *gradient)
{
    struct tape *tape = tape_create(true);
    struct tensor *guess = tape_tensor(tape, 1, SOUND, 1, true);
    memcpy(guess->data, x, SOUND * sizeof *x);
    struct tensor *truth = tape_constant(tape, (float *)(uintptr_t)y, 1, SOUND, 1);
    struct tensor *loss = tape_spectral_distance(tape, guess, truth, NULL);
    const double value = (double)loss->data[0];
    tape_backward(tape, loss, 1);
    if (gradient)
        memcpy(gradient, guess->grad, SOUND * sizeof *gradient);
    tape_destroy(&tape);
    return value;
}

static void draw_sounds(float *x, float *y)
{
    struct random random = random_seeded(4);
    for (int i = 0; i < SOUND; i++) {
        x[i] = 0.3f * random_normal(&random);
        y[i] = 0.1f * random_normal(&random);
    }
}

static void spectral_distance_knows_the_same_sound(void **state)
{
    (void)state;
    float x[SOUND], y[SOUND];
    draw_sounds(x, y);
    assert_true(distance(y, y, NULL) == 0);
    for (int i = 0; i < SOUND; i++)
        x[i] = 2 * y[i];
    assert_true(fabs(distance(x, y, NULL) - (1 + log(2))) < 0.02); // convergence 1, logarithm ln 2
    for (int i = 0; i < SOUND; i++)
        x[i] = -y[i]; // what it must not hear: a sign, or a few samples' delay of a tone
    assert_true(distance(x, y, NULL) < 1e-6);
}

static void spectral_distance_gradient(void **state)
{
    (void)state;
    float x[SOUND], y[SOUND], moved[SOUND], gradient[SOUND];
    draw_sounds(x, y);
    distance(x, y, gradient);
    double norm = 0, loss[2];
    for (int i = 0; i < SOUND; i++)
        norm += (double)gradient[i] * (double)gradient[i];
    norm = sqrt(norm);
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < SOUND; i++)
            moved[i] = x[i] + (side ? 5e-3f : -5e-3f) * gradient[i] / (float)norm;
        loss[side] = distance(moved, y, NULL);
    }
    if (fabs((loss[1] - loss[0]) / 1e-2 - norm) > 0.02 * norm)
        fail_msg("differences give %g, the gradient %g", (loss[1] - loss[0]) / 1e-2, norm);
}

// White noise of deviation 1 has magnitudes of about sqrt(pi)/2, whatever the scale.
static void magnitudes_have_one_unit(void **state)
{
    (void)state;
    float x[4 * SOUND];
    struct random random = random_seeded(8);
    for (int i = 0; i < 4 * SOUND; i++)
        x[i] = random_normal(&random);
    for (int n = 256; n <= 1024; n *= 2) {
        struct tape *tape = tape_create(false);
        struct tensor *s = tape_stft_magnitude(tape, tape_constant(tape, x, 1, 4 * SOUND, 1), n);
        double mean = 0;
        for (size_t i = 0; i < tensor_size(s); i++)
            mean += (double)s->data[i] / (double)tensor_size(s);
        assert_int_equal(s->c, n / 2 + 1);
        assert_true(fabs(mean - 0.886) < 0.05);
        tape_destroy(&tape);
    }
}

// ---- codebooks

enum { CODES = 3, WIDTH = 2, ROWS = 5 };

/** A codebook of three codes in the plane and a batch of five points. */
struct shelf {
    struct parameters parameters;
    int own[CODEBOOK_OWN];
    struct random random;
    struct tape *tape;
    struct objective_context context;
};

static const float points[ROWS * WIDTH] = {1, 1, 1.2f, 0.8f, -1, -1, 0.9f, 1.1f, -1.2f, -1};

static void shelf_open(struct shelf *shelf)
{
    static const float codes[CODES * WIDTH] = {2, 2, -2, -2, 50, 50};
    memset(shelf, 0, sizeof *shelf);
    codebook_declare(&shelf->parameters, "book", CODES, WIDTH, shelf->own);
    assert_true(parameters_allocate(&shelf->parameters));
    shelf->tape = tape_create(true);
    shelf->context = (struct objective_context){
        .tape = shelf->tape, .network.parameters = &shelf->parameters, .random = &shelf->random};
    struct parameters *parameters = &shelf->parameters;
    memcpy(parameters_tensor(parameters, shelf->own[CODEBOOK_CODES])->data, codes, sizeof codes);
    for (int v = 0; v < CODES; v++) {
        parameters_tensor(parameters, shelf->own[CODEBOOK_COUNT])->data[v] = 2;
        for (int c = 0; c < WIDTH; c++)
            parameters_tensor(parameters, shelf->own[CODEBOOK_SUM])->data[v * WIDTH + c] =
                2 * codes[v * WIDTH + c];
    }
}

static void shelf_close(struct shelf *shelf)
{
    tape_destroy(&shelf->tape);
    parameters_free(&shelf->parameters);
}

static void a_codebook_follows_what_it_quantises(void **state)
{
    (void)state;
    struct shelf shelf;
    int chosen[ROWS];
    float target[ROWS * WIDTH] = {0};
    shelf_open(&shelf);
    struct tensor *x = tape_tensor(shelf.tape, 1, ROWS, WIDTH, true);
    memcpy(x->data, points, sizeof points);
    const struct codebook_rows rows = {0, ROWS};
    struct tensor *y = codebook_quantise(&shelf.context, x, shelf.own, rows, chosen);
    struct tensor *goal = tape_constant(shelf.tape, target, 1, ROWS, WIDTH);
    tape_backward(shelf.tape, tape_mse(shelf.tape, y, goal, NULL), 1);
    static const int nearest[ROWS] = {0, 0, 1, 0, 1};
    assert_memory_equal(chosen, nearest, sizeof nearest);
    for (int i = 0; i < ROWS; i++)
        for (int c = 0; c < WIDTH; c++) { // straight through: as if y were x
            assert_true(y->data[i * WIDTH + c] == (nearest[i] ? -2 : 2));
            assert_true(x->grad[i * WIDTH + c] == y->grad[i * WIDTH + c]);
        }
    codebook_settle(&shelf.context, shelf.own, 0.5, 0.7);
    const float *codes = parameters_tensor(&shelf.parameters, shelf.own[CODEBOOK_CODES])->data;
    const float *count = parameters_tensor(&shelf.parameters, shelf.own[CODEBOOK_COUNT])->data;
    assert_true(count[0] == 2.5f && count[1] == 2);
    assert_true(fabs((double)codes[0] - (4 + 3.1) / 5) < 1e-6);  // (2*2 + 1+1.2+0.9) / (2 + 3)
    assert_true(fabs((double)codes[2] - (-4 - 2.2) / 4) < 1e-6); // (-2*2 - 1-1.2) / (2 + 2)
    int found = 0; // the third, which nothing chose: half its count, below 0.7 of 5/3
    for (int i = 0; i < ROWS; i++)
        found += !memcmp(codes + 2 * WIDTH, points + i * WIDTH, WIDTH * sizeof *points);
    assert_int_equal(found, 1);
    for (size_t i = 0; i < shelf.parameters.size; i++)
        assert_true(shelf.parameters.grad[i] == 0); // the optimiser sees nothing of it
    shelf_close(&shelf);
}

// However the batch is shared out among workers, a dead code is put in the same place.
static void places_do_not_depend_on_workers(void **state)
{
    (void)state;
    float places[2][CODES * WIDTH];
    for (int split = 0; split < 2; split++) {
        struct shelf shelf;
        int chosen[ROWS];
        shelf_open(&shelf);
        const int first[3] = {0, split ? 2 : ROWS, ROWS};
        for (int part = 0; part < 2 && first[part] < ROWS; part++) {
            const int count = first[part + 1] - first[part];
            tape_reset(shelf.tape);
            struct tensor *x = tape_tensor(shelf.tape, 1, count, WIDTH, true);
            memcpy(x->data, points + first[part] * WIDTH, tensor_size(x) * sizeof *points);
            const struct codebook_rows rows = {first[part], ROWS};
            struct tensor *y = codebook_quantise(&shelf.context, x, shelf.own, rows, chosen);
            tape_backward(shelf.tape, tape_mse(shelf.tape, y, tape_stop(shelf.tape, y), NULL), 1);
        }
        memcpy(places[split], parameters_tensor(&shelf.parameters, shelf.own[CODEBOOK_CODES])->grad,
               sizeof places[split]);
        shelf_close(&shelf);
    }
    assert_memory_equal(places[0], places[1], sizeof places[0]);
    for (int i = 0; i < CODES * WIDTH; i++)
        assert_true(places[0][i] != 0);
}

// ---- the objective

static const char *const small[] = {"jukebox.codes=6",    "jukebox.width=4",  "jukebox.channels=7",
                                    "jukebox.bands=9",    "jukebox.stride=2", "jukebox.streams=0.7",
                                    "jukebox.waveform=1", "jukebox.commit=3"};

static float *gradient_of(struct bench *bench)
{
    assert_true(isfinite(bench_report(bench).total));
    float *gradient = malloc(bench->parameters.size * sizeof *gradient);
    assert_non_null(gradient);
    memcpy(gradient, bench->parameters.grad, bench->parameters.size * sizeof *gradient);
    return gradient;
}

static bool begins_with(const char *text, const char *start)
{
    return !strncmp(text, start, strlen(start));
}

// A codebook jumps, so differences see the decoder and, where nothing depends on the codes, the
// commitment; that codes pass the decoder's gradient on is in a_codebook_follows.
static void check_side(struct bench *bench, bool decoder)
{
    float *gradient = gradient_of(bench);
    int checked = 0;
    for (int i = 0; i < bench->parameters.count; i++) {
        const struct parameter *parameter = &bench->parameters.list[i];
        const bool codes =
            strstr(parameter->name, "frozen") || begins_with(parameter->name, "feat");
        const bool sounds = begins_with(parameter->name, "jukebox.decoder") ||
                            begins_with(parameter->name, "jukebox.wave") ||
                            begins_with(parameter->name, "jukebox.noise");
        if (!codes && sounds == decoder) {
            check_tensor(bench, i, gradient + parameter->offset);
            checked++;
        }
    }
    assert_true(checked > 8);
    free(gradient);
}

static void jukebox_gradient(void **state)
{
    (void)state;
    struct bench *bench = bench_create("jukebox", small, COUNT(small));
    const int wave = parameters_find(&bench->parameters, "jukebox.wave.weight");
    struct tensor *w = parameters_tensor(&bench->parameters, wave);
    for (size_t i = 0; i < tensor_size(w); i++)
        w->data[i] *= 100; // as loud as what it is compared with
    check_side(bench, true);
    for (int i = 0; i < bench->parameters.count; i++) {
        const char *name = bench->parameters.list[i].name;
        struct tensor *tensor = bench->parameters.list[i].tensor;
        if (!strcmp(name, "jukebox.wave.weight") || !strcmp(name, "jukebox.noise.weight"))
            memset(tensor->data, 0, tensor_size(tensor) * sizeof(float));
        if (strstr(name, "frozen.codes")) // all but one out of reach
            for (size_t n = (size_t)tensor->c; n < tensor_size(tensor); n++)
                tensor->data[n] = 50;
    }
    check_side(bench, false);
    bench_destroy(bench);
}

static void a_collapse_shows(void **state)
{
    (void)state;
    struct bench *bench = bench_create("jukebox", NULL, 0);
    bench_report(bench);
    mixture_settle(&bench->settings.mixture,
                   (struct objective_context){.network.parameters = &bench->parameters});
    struct mixture_report report = bench_report(bench); // codes stand where there is something
    assert_true(statistic(&report, 0, "codes") > 10 && statistic(&report, 0, "top_codes") > 4);
    for (int i = 0; i < bench->parameters.count; i++)
        if (begins_with(bench->parameters.list[i].name, "context."))
            memset(bench->parameters.list[i].tensor->data, 0,
                   tensor_size(bench->parameters.list[i].tensor) * sizeof(float));
    trainer_reset(bench->trainer);
    report = trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){0, 1});
    assert_true(fabs(statistic(&report, 0, "codes") - 1) < 1e-9);
    assert_true(fabs(statistic(&report, 0, "top_codes") - 1) < 1e-9);
    bench_destroy(bench);
}

// ---- the decoder

// Cut into windows it makes the same sound.
static void a_decoder_goes_on_from_window_to_window(void **state)
{
    (void)state;
    enum { T = 12, JOINED = 8 };
    const struct decoder_shape shape = {2, 6, 4, 2, 10, 7, 9};
    struct parameters parameters = {.count = 0};
    int own[DECODER_OWN];
    struct random random = random_seeded(6);
    struct tape *tape = tape_create(false);
    float x[T * JOINED], whole[T * HOP_SAMPLES], histories[2][4 * JOINED] = {0},
                                                                  tail[HOP_SAMPLES] = {0};
    const struct decoder_carry carry = {{histories[0], histories[1]}, tail};
    decoder_declare(&shape, &parameters, own);
    assert_true(parameters_allocate(&parameters));
    struct objective_context context = {
        .tape = tape, .network.parameters = &parameters, .random = &random};
    decoder_init(&context, &shape, own);
    for (int i = 0; i < T * JOINED; i++)
        x[i] = random_normal(&random);
    random = random_seeded(7);
    struct tensor *y =
        decoder_sound(&context, &shape, own, tape_constant(tape, x, 1, T, JOINED), NULL);
    memcpy(whole, y->data, sizeof whole);
    random = random_seeded(7);
    for (int t = 0; t < T; t += 4) {
        y = decoder_sound(&context, &shape, own, tape_constant(tape, x + t * JOINED, 1, 4, JOINED),
                          &carry);
        for (int i = 0; i < 4 * HOP_SAMPLES; i++)
            assert_true(fabsf(y->data[i] - whole[t * HOP_SAMPLES + i]) < 1e-5f);
    }
    tape_destroy(&tape);
    parameters_free(&parameters);
}

// ---- learning

static const struct lesson lessons[] = {
    {"jukebox",
     "codes",
     50,
     2.7,
     3,
     {"jukebox.codes=32", "jukebox.channels=24", "jukebox.width=16", "optimiser.rate=1e-2"}},
};

static void held_out_sound_shows_what_was_learned(void **state)
{
    (void)state;
    lessons_learn(lessons, COUNT(lessons));
}

static void resume_gives_the_same_bits(void **state)
{
    (void)state;
    lessons_resume(lessons, COUNT(lessons));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectral_distance_knows_the_same_sound),
        cmocka_unit_test(spectral_distance_gradient),
        cmocka_unit_test(magnitudes_have_one_unit),
        cmocka_unit_test(a_codebook_follows_what_it_quantises),
        cmocka_unit_test(places_do_not_depend_on_workers),
        cmocka_unit_test(jukebox_gradient),
        cmocka_unit_test(a_collapse_shows),
        cmocka_unit_test(a_decoder_goes_on_from_window_to_window),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
        cmocka_unit_test(resume_gives_the_same_bits),
    };
    return cmocka_run_group_tests_name("jukebox", tests, lessons_set_up, lessons_tear_down);
}
