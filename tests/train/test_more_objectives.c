// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The objectives beside CPC, APC, masked and SimCLR: the gradient through objective and encoder
 * against finite differences; made-up speech teaches them; they go on to the same bits. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../unit/scratch_audio.h"
#include "tones.h"

#include "base/file.h"
#include "train/carry.h"
#include "train/trainer.h"

#include <auricle/model.h>
#include <auricle/train.h>

#include <math.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

// ---- gradients

enum { STREAMS = 3, FRAMES = 20, INPUTS = STREAMS * FRAMES * HOP_SAMPLES };

/** A network of a few hundred weights and one batch of noise. */
struct bench {
    struct settings settings;
    struct parameters parameters;
    struct encoder_parameters where;
    struct trainer *trainer;
    float input[2][INPUTS];
    unsigned char fresh[STREAMS], begins[STREAMS * FRAMES], gap[STREAMS * FRAMES];
    int recording[STREAMS], speaker[STREAMS];
    struct loader_batch batch;
};

static void add_network(struct bench *bench)
{
    encoder_declare(&bench->settings.shape, &bench->parameters, &bench->where);
    mixture_declare(&bench->settings.mixture, &bench->settings.shape, &bench->parameters);
    assert_true(parameters_allocate(&bench->parameters));
    struct random random = random_seeded(3);
    encoder_init(&bench->settings.shape, &bench->parameters, &bench->where, &random);
    mixture_init(&bench->settings.mixture,
                 (struct objective_context){.shape = &bench->settings.shape,
                                            .parameters = &bench->parameters,
                                            .encoder = &bench->where,
                                            .random = &random});
    for (int v = 0; v < 2; v++)
        for (int i = 0; i < INPUTS; i++)
            bench->input[v][i] = random_normal(&random);
}

static struct bench *bench_create(const char *objective, const char *const *extra, int extras)
{
    const char *settings[24] = {"loop.streams=3", "loop.frames=20",  "shape.mels=6",
                                "shape.conv=8x3", "shape.dim=10",    "shape.layers=2",
                                "shape.gelu=1",   "shape.residual=0"};
    int count = 8;
    for (int i = 0; i < extras; i++)
        settings[count++] = extra[i];
    auricle_error error = {0};
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    if (settings_parse(objective, settings, count, &bench->settings, &error))
        fail_msg("%s", error.text);
    add_network(bench);
    assert_int_equal(trainer_create(&bench->settings, &bench->parameters, &bench->where, true, 5, 1,
                                    &bench->trainer, &error),
                     AURICLE_OK);
    bench->batch = (struct loader_batch){.features = {bench->input[0], bench->input[1]},
                                         .samples = {bench->input[0], bench->input[1]},
                                         .fresh = bench->fresh,
                                         .begins = bench->begins,
                                         .gap = bench->gap,
                                         .recording = bench->recording,
                                         .speaker = bench->speaker};
    return bench;
}

static void bench_destroy(struct bench *bench)
{
    trainer_destroy(&bench->trainer);
    parameters_free(&bench->parameters);
    free(bench);
}

// The loss from the same carried state, which is not zero, with the same draws.
static struct mixture_report report_of(struct bench *bench)
{
    struct random random = random_seeded(9);
    for (int v = 0; v < (int)bench->settings.loop[LOOP_VIEWS]; v++) {
        struct carry_part parts[CARRY_PARTS];
        int count = carry_list(&bench->settings.shape, &bench->trainer->worker[0].carry[v], parts);
        for (int p = 0; p < count; p++)
            for (size_t i = 0; i < parts[p].width * STREAMS; i++)
                parts[p].values[i] = 0.3f * random_normal(&random);
    }
    return trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){5, 10});
}

// (L(w + e d) - L(w - e d)) / 2e along the unit direction d of one tensor.
static double slope_along(struct bench *bench, const struct tensor *w, const float *direction)
{
    const float step = 4e-3f;
    double loss[2];
    float *kept = malloc(tensor_size(w) * sizeof *kept);
    assert_non_null(kept);
    memcpy(kept, w->data, tensor_size(w) * sizeof *kept);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < tensor_size(w); i++)
            w->data[i] = kept[i] + (side ? step : -step) * direction[i];
        loss[side] = report_of(bench).total;
    }
    memcpy(w->data, kept, tensor_size(w) * sizeof *kept);
    free(kept);
    return (loss[1] - loss[0]) / (2 * (double)step);
}

static double product(const float *x, const float *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

// Along its own gradient and along drawn directions.
static void check_tensor(struct bench *bench, int index, const float *gradient)
{
    const struct tensor *w = parameters_tensor(&bench->parameters, index);
    const size_t n = tensor_size(w);
    const double norm = sqrt(product(gradient, gradient, n));
    struct random random = random_seeded((uint64_t)index);
    float *direction = malloc(n * sizeof *direction);
    assert_non_null(direction);
    for (int trial = 0; trial < 3; trial++) {
        for (size_t i = 0; i < n; i++)
            direction[i] = trial ? random_normal(&random) : gradient[i];
        const float length = (float)sqrt(product(direction, direction, n));
        for (size_t i = 0; i < n; i++)
            direction[i] /= length;
        double slope = slope_along(bench, w, direction), expected = product(direction, gradient, n);
        if (!(norm > 1e-6 && fabs(slope - expected) <= 0.02 * norm + 2e-4))
            fail_msg("%s, direction %d: differences give %g, the gradient %g (norm %g)",
                     bench->parameters.list[index].name, trial, slope, expected, norm);
    }
    free(direction);
}

// Not trained: the features' normalisation, and what calls itself frozen.
static bool is_constant(const struct bench *bench, int index)
{
    return index == bench->where.feature_mean || index == bench->where.feature_std ||
           strstr(bench->parameters.list[index].name, ".frozen.");
}

static void check_objective(const char *objective, const char *const *extra, int extras)
{
    struct bench *bench = bench_create(objective, extra, extras);
    assert_true(isfinite(report_of(bench).total));
    const size_t bytes = bench->parameters.size * sizeof(float);
    float *gradient = malloc(bytes);
    assert_non_null(gradient);
    memcpy(gradient, bench->parameters.grad, bytes);
    for (int i = 0; i < bench->parameters.count; i++) {
        const struct parameter *parameter = &bench->parameters.list[i];
        const float *own = gradient + parameter->offset;
        if (!is_constant(bench, i)) {
            check_tensor(bench, i, own);
            continue;
        }
        assert_false(parameter->decay);
        assert_true(product(own, own, tensor_size(&parameter->tensor)) == 0);
    }
    free(gradient);
    bench_destroy(bench);
}

#define CHECK_OBJECTIVE(objective, ...)                                                            \
    check_objective(objective, (const char *[]){__VA_ARGS__},                                      \
                    (int)COUNT(((const char *[]){__VA_ARGS__})))

static void autoencoder_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("autoencoder", "autoencoder.width=4");
    CHECK_OBJECTIVE("autoencoder", "autoencoder.width=4", "shape.front_end=waveform",
                    "shape.conv=8x10/5,8x8/4,8x4/2,8x4/2,8x4/2");
}

// Without free bits every dimension's divergence is paid for; with so many, none's is.
static void vae_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("vae", "vae.width=5", "vae.hidden=7", "vae.free=0");
    CHECK_OBJECTIVE("vae", "vae.width=5", "vae.hidden=7", "vae.free=10");
}

static void rotation_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("rotation", "rotation.frames=0");
    CHECK_OBJECTIVE("rotation", "rotation.flips=1", "rotation.frames=9", "shape.lstm=1");
}

static void wav2vec_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("wav2vec", "wav2vec.steps=3", "wav2vec.distractors=4");
    CHECK_OBJECTIVE("wav2vec", "wav2vec.steps=2", "wav2vec.lambda=2", "loop.views=1");
}

static void bestrq_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("bestrq", "bestrq.codes=12", "bestrq.span=4", "bestrq.start=0.1");
}

static void joint_gradient(void **state)
{
    (void)state;
    CHECK_OBJECTIVE("cpc:1,wav2vec:0.5,bestrq:1,rotation:1,vae:0.5,autoencoder:1", "vae.free=0",
                    "wav2vec.steps=4", "bestrq.codes=12");
}

static double statistic(const struct mixture_report *report, int part, const char *name)
{
    for (int i = 0; i < report->statistics[part].count; i++)
        if (!strcmp(report->statistics[part].list[i].name, name))
            return report->statistics[part].list[i].value;
    return (double)NAN;
}

// Where all latents are equal no score tells anything: accuracy 0, truths and distractors alike.
static void a_collapse_shows(void **state)
{
    (void)state;
    struct bench *bench = bench_create("wav2vec,vae,autoencoder,bestrq,rotation", NULL, 0);
    for (int i = 0; i < bench->parameters.count; i++) {
        const struct parameter *parameter = &bench->parameters.list[i];
        if (!strncmp(parameter->name, "latent.", 7) || !strncmp(parameter->name, "context.", 8))
            memset(parameter->tensor.data, 0, tensor_size(&parameter->tensor) * sizeof(float));
    }
    for (int p = 0; p < bench->parameters.count; p++)
        if (strstr(bench->parameters.list[p].name, "norm.bias"))
            for (int i = 0; i < bench->parameters.list[p].tensor.c; i++)
                bench->parameters.list[p].tensor.data[i] = 1;
    trainer_reset(bench->trainer);
    struct mixture_report report =
        trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){5, 10});
    assert_true(statistic(&report, 0, "accuracy") == 0);
    assert_true(fabs(statistic(&report, 0, "truths") - statistic(&report, 0, "distractors")) <
                1e-6);
    assert_true(statistic(&report, 1, "active_units") == 0);
    assert_true(statistic(&report, 2, "deviation") < 1e-6);
    assert_true(statistic(&report, 2, "explained") <= 0);
    assert_true(statistic(&report, 3, "answers") < 1.001);
    assert_true(statistic(&report, 3, "codes") > 5);
    assert_true(statistic(&report, 4, "answers") < 1.001);
    assert_true(statistic(&report, 4, "accuracy") == 0.25);
    bench_destroy(bench);
}

// What runs the encoder again starts it from the state that the stream had, not from silence.
static void a_second_pass_goes_on_from_the_stream(void **state)
{
    (void)state;
    const char *const names[] = {"rotation", "bestrq"};
    for (int i = 0; i < 2; i++) {
        struct bench *bench = bench_create(names[i], NULL, 0);
        double carried = report_of(bench).total;
        assert_true(report_of(bench).total == carried);
        trainer_reset(bench->trainer);
        double fresh =
            trainer_run(bench->trainer, &bench->batch, 77, (struct objective_time){5, 10}).total;
        assert_true(fabs(fresh - carried) > 1e-6);
        bench_destroy(bench);
    }
}

// ---- made-up speech

static char sounds[64], runs[64];

static int make_sounds(void **state)
{
    (void)state;
    strcpy(sounds, "/tmp/auricle-tones-XXXXXX");
    strcpy(runs, "/tmp/auricle-runs-XXXXXX");
    scratch_create(sounds);
    scratch_create(runs);
    for (int i = 0; i < 8; i++) {
        char name[32];
        snprintf(name, sizeof name, "%02d.wav", i);
        tones_write(sounds, name, 4 + i % 3, 0.8 + 0.07 * i, (uint64_t)i);
    }
    return 0;
}

static int remove_sounds(void **state)
{
    (void)state;
    scratch_destroy(sounds);
    scratch_destroy(runs);
    return 0;
}

static const char *const small[] = {"loop.streams=8",
                                    "loop.frames=64",
                                    "loop.statistics=2",
                                    "loop.evaluation=4",
                                    "loop.held_out=20",
                                    "loop.views=1",
                                    "loop.gap=0",
                                    "shape.conv=32x3",
                                    "shape.mels=32",
                                    "shape.dim=32",
                                    "shape.layers=1",
                                    "shape.residual=0",
                                    "optimiser.warmup=10",
                                    "optimiser.rate=5e-3",
                                    "augment.noise_probability=0",
                                    "augment.reverb_probability=0",
                                    "augment.telephone_probability=0",
                                    "augment.speed_probability=0",
                                    "distort.equaliser_db=1"};

enum { LESSON_SETTINGS = 4 };

/** What held-out sound must show after steps; loss as a share of the first one's. */
static const struct lesson {
    const char *objective, *statistic;
    int64_t steps;
    double loss, least;
    bool over_chance; // least is a multiple of chance
    const char *settings[LESSON_SETTINGS];
} lessons[] = {
    {"autoencoder", "explained", 80, 0.5, 0.5, false, {0}},
    {"vae", "explained", 80, 0.6, 0.35, false, {0}},
    {"rotation", "accuracy", 80, 0.5, 2.5, true, {0}},
    {"rotation", "accuracy", 250, 0.45, 4.4, true, {"rotation.flips=1"}},
    {"wav2vec", "accuracy", 200, 0.45, 5, true, {0}},
    {"bestrq",
     "accuracy",
     300,
     0.75,
     1.2,
     true,
     {"bestrq.codes=32", "bestrq.span=4", "bestrq.start=0.08", "optimiser.rate=1e-2"}},
};

struct session {
    auricle_pretrain_config config;
    const char *data, *settings[COUNT(small) + LESSON_SETTINGS];
    char folder[128];
    char wanted[64]; // a statistic
    double first_loss, held_out_loss, statistic, chance;
};

static void listen_in(const auricle_pretrain_report *report, void *user)
{
    struct session *session = user;
    if (report->event == AURICLE_PRETRAIN_STEP && isnan(session->first_loss))
        session->first_loss = report->loss;
    if (report->event != AURICLE_PRETRAIN_EVALUATION)
        return;
    session->held_out_loss = report->loss;
    for (int i = 0; i < report->number_count; i++) {
        if (!strcmp(report->numbers[i].name, session->wanted))
            session->statistic = report->numbers[i].value;
        if (strstr(report->numbers[i].name, ".chance"))
            session->chance = report->numbers[i].value;
    }
}

static void session_open(struct session *session, const char *run, const struct lesson *lesson,
                         int64_t steps)
{
    *session = (struct session){.data = sounds, .first_loss = (double)NAN};
    snprintf(session->folder, sizeof session->folder, "%s/%s", runs, run);
    auricle_pretrain_config *config = &session->config;
    auricle_pretrain_defaults(config);
    config->data = &session->data;
    config->data_count = 1;
    config->split = "";
    config->objective = lesson->objective;
    config->settings = session->settings;
    memcpy(session->settings, small, sizeof small);
    config->setting_count = (int)COUNT(small);
    for (int i = 0; i < LESSON_SETTINGS && lesson->settings[i]; i++)
        session->settings[config->setting_count++] = lesson->settings[i];
    config->steps = steps;
    config->eval_every = 0;
    config->run_folder = session->folder;
    config->name = "one name";
    config->report = listen_in;
    config->user = session;
}

static void expect(const struct session *session, auricle_status expected)
{
    auricle_error error = {0};
    auricle_status status = auricle_pretrain(&session->config, &error);
    if (status != expected)
        fail_msg("%s, not %s: %s", auricle_status_name(status), auricle_status_name(expected),
                 error.text);
}

static void held_out_sound_shows_what_was_learned(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lessons); i++) {
        const struct lesson *lesson = &lessons[i];
        struct session session;
        char run[64];
        snprintf(run, sizeof run, "lesson-%zu", i);
        session_open(&session, run, lesson, lesson->steps);
        snprintf(session.wanted, sizeof session.wanted, "%s.%s", lesson->objective,
                 lesson->statistic);
        expect(&session, AURICLE_OK);
        print_message("%s: loss %g -> held out %g, %s %g (chance %g)\n", lesson->objective,
                      session.first_loss, session.held_out_loss, session.wanted, session.statistic,
                      session.chance);
        double least = lesson->least * (lesson->over_chance ? session.chance : 1);
        assert_true(session.held_out_loss < lesson->loss * session.first_loss);
        assert_true(session.statistic > least);
    }
}

static struct file_map model_of(const struct session *session)
{
    char path[PATH_MAX];
    struct file_map map;
    auricle_model *model;
    snprintf(path, sizeof path, "%s/model.safetensors", session->folder);
    assert_int_equal(auricle_model_open(path, &model, NULL), AURICLE_OK); // it can be deployed
    auricle_model_unref(&model);
    assert_int_equal(file_map_open(path, &map, NULL), AURICLE_OK);
    return map;
}

static void resume_gives_the_same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lessons); i++) {
        struct session straight, halves;
        char run[64];
        snprintf(run, sizeof run, "straight-%zu", i);
        session_open(&straight, run, &lessons[i], 8);
        straight.config.workers = 2;
        expect(&straight, AURICLE_OK);
        snprintf(run, sizeof run, "halves-%zu", i);
        session_open(&halves, run, &lessons[i], 8);
        halves.config.workers = 2;
        halves.config.stop_after = 4;
        expect(&halves, AURICLE_INTERRUPTED);
        halves.config.stop_after = 0;
        halves.config.resume = true;
        expect(&halves, AURICLE_OK);
        struct file_map one = model_of(&straight), two = model_of(&halves);
        assert_int_equal(one.count, two.count);
        assert_memory_equal(one.bytes, two.bytes, one.count);
        file_map_close(&one);
        file_map_close(&two);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(autoencoder_gradient),
        cmocka_unit_test(vae_gradient),
        cmocka_unit_test(rotation_gradient),
        cmocka_unit_test(wav2vec_gradient),
        cmocka_unit_test(bestrq_gradient),
        cmocka_unit_test(joint_gradient),
        cmocka_unit_test(a_collapse_shows),
        cmocka_unit_test(a_second_pass_goes_on_from_the_stream),
        cmocka_unit_test(held_out_sound_shows_what_was_learned),
        cmocka_unit_test(resume_gives_the_same_bits),
    };
    return cmocka_run_group_tests_name("more_objectives", tests, make_sounds, remove_sounds);
}
