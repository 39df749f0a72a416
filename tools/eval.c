// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle eval: what encoders and heads are good for, as a table, JSON or confusion matrix. */
#include "eval_head.h"
#include "tool.h"

#include <auricle/evaluate.h>
#include <auricle/probe.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char summary[] =
    "Fits a linear probe on frozen frames (mean, deviation and maximum of each recording,\n"
    "standardised; multinomial logistic regression; its regularisation chosen by speaker groups\n"
    "within train) on the task's train rows and reports on its dev rows. A task whose dev labels\n"
    "are all unknown to train is speaker verification: equal error rates are reported.\n\n"
    "ENCODER is a .safetensors file, \"random\" (the default model's shape and feature "
    "statistics,\n"
    "fresh weights; random:FILE for another shape) or \"logmel\" (statistics of log-mel and "
    "deltas).\n\n"
    "With --head: the test rows are played to the head and its detector as live sound would be:\n"
    "at the level at which they were recorded, one second apart. --hours plays each folder of\n"
    "recordings as one stream; every event in them is a false alarm, unless the recording's text\n"
    "(metadata.csv) holds the word. Intervals are 95 % bootstrap intervals over speakers.";

static const char examples[] =
    "  auricle eval --encoder models/encoder.safetensors --data DIR --task kws_isolated --json\n"
    "  auricle eval --encoder random --encoder logmel --encoder mine.safetensors \\\n"
    "      --data DIR --task kws_isolated --task emotion\n"
    "  auricle eval --encoder random --encoder mine.safetensors --data PHONES --task phones \\\n"
    "      --level frame --choose dev --test test\n"
    "  auricle eval --head commands.safetensors --data DIR --task kws --json\n"
    "  auricle eval --head commands.safetensors --hours evening.flac --hours night.flac\n"
    "  auricle eval --head commands.safetensors --data DIR --task kws --hours FOREIGN --hours "
    "MUSIC "
    "--json\n"
    "  auricle eval --head commands.safetensors --data DIR --task kws --babble SPEECH --babble-snr "
    "5\n";

struct options {
    struct text_list encoders, data, tasks, maps, named, hours;
    double gain_db, babble_snr_db;
    const char *babble;
    const char *head, *source, *train, *test, *choose, *level;
    int train_step;
    int64_t seed;
    struct tool_detector detector;
    bool json, confusion, quiet, shippable;
};

static void print_row(const char *encoder, const char *task, const auricle_probe_result *result,
                      bool confusion)
{
    if (result->verification)
        printf("%-36s %-16s %5d  EER %5.1f raw, %5.1f after LDA\n", encoder, task,
               result->test_count, 100 * result->eer_raw, 100 * result->eer_lda);
    else
        printf("%-36s %-16s %5d  accuracy %5.1f  UAR %5.1f  macro F1 %5.1f\n", encoder, task,
               result->test_count, 100 * result->scores.accuracy, 100 * result->scores.uar,
               100 * result->scores.macro_f1);
    if (confusion && !result->verification)
        eval_print_confusion(result->labels, result->class_count, result->confusion);
    fflush(stdout);
}

static void print_json(const char *encoder, const char *task, const auricle_probe_result *result)
{
    printf("{\"encoder\": ");
    tool_print_json_text(encoder);
    printf(", \"task\": ");
    tool_print_json_text(task);
    printf(", \"n\": %d, \"n_train\": %d, \"skipped\": %d, \"shared_speakers\": %d",
           result->test_count, result->train_count, result->skipped, result->shared_speakers);
    if (result->verification) {
        printf(", \"eer\": %.4f, \"eer_lda\": %.4f", 100 * result->eer_raw, 100 * result->eer_lda);
    } else {
        printf(", \"accuracy\": %.4f, \"uar\": %.4f, \"macro_f1\": %.4f, \"l2\": %g",
               100 * result->scores.accuracy, 100 * result->scores.uar,
               100 * result->scores.macro_f1, result->l2);
        eval_print_json_confusion(result->labels, result->class_count, result->confusion);
    }
    printf("}");
}

// "random" and "logmel" mean those of the default model; free() the answer.
static char *resolve_encoder(const char *given)
{
    bool bare = !strcmp(given, "random") || !strcmp(given, "logmel");
    const char *model = bare ? tool_default_file("encoder.safetensors") : "";
    size_t size = strlen(given) + strlen(model) + 2;
    char *resolved = malloc(size);
    if (resolved)
        snprintf(resolved, size, "%s%s%s", given, bare ? ":" : "", model);
    return resolved;
}

static auricle_status probe(const struct options *options, const char *given, const char *task,
                            struct progress_count *progress, auricle_probe_result *result,
                            auricle_error *error)
{
    char *encoder = resolve_encoder(given);
    if (!encoder)
        return AURICLE_NO_MEMORY;
    auricle_probe_config config = {
        .encoder = encoder,
        .seed = (uint64_t)options->seed,
        .data = {.folders = options->data.text,
                 .folder_count = options->data.count,
                 .task = task,
                 .source = options->source,
                 .train_split = options->train,
                 .test_split = options->test,
                 .choose_split = options->choose,
                 .only_shippable = options->shippable},
        .frames = !strcmp(options->level, "frame"),
        .train_step = options->train_step,
        .progress = progress_count,
        .user = progress,
    };
    progress->of = given;
    auricle_status status = auricle_probe(&config, result, error);
    free(encoder);
    if (status == AURICLE_OK && result->skipped) {
        char text[400];
        snprintf(text, sizeof text, "%d recordings skipped; %s", result->skipped, result->note);
        progress_line(&progress->view, text);
    }
    if (status == AURICLE_OK && result->shared_speakers) {
        char text[200];
        snprintf(text, sizeof text,
                 "warning: %d speakers of %s stand in both splits; the figures flatter",
                 result->shared_speakers, task);
        progress_line(&progress->view, text);
    }
    return status;
}

static int run(const struct options *options)
{
    struct progress_count progress = {progress_begin(options->quiet), tool_catch_interrupts(), ""};
    int rows = 0, all = options->encoders.count * options->tasks.count;
    auricle_error error = {0};
    auricle_status status = AURICLE_OK;
    if (options->json && all > 1)
        printf("[");
    for (int t = 0; t < options->tasks.count && !status; t++)
        for (int e = 0; e < options->encoders.count && !status; e++) {
            const char *encoder = options->encoders.text[e], *task = options->tasks.text[t];
            auricle_probe_result result;
            status = probe(options, encoder, task, &progress, &result, &error);
            progress_end(&progress.view);
            if (status)
                break;
            if (options->json) {
                printf(rows ? ",\n " : "");
                print_json(encoder, task, &result);
            } else {
                print_row(encoder, task, &result, options->confusion);
            }
            auricle_probe_result_free(&result);
            rows++;
        }
    if (options->json && (all > 1 || rows))
        printf(all > 1 ? "]\n" : "\n");
    return status ? tool_failed("eval", &error) : TOOL_DONE;
}

static int run_head(struct options *options)
{
    auricle_head_evaluation_config config = {
        .encoder = options->encoders.count ? options->encoders.text[0]
                                           : tool_default_file("encoder.safetensors"),
        .head = options->head,
        .split = options->test,
        .hours = options->hours.text,
        .hours_count = options->hours.count,
        .gain_db = (float)options->gain_db,
        .babble = options->babble,
        .babble_snr_db = (float)options->babble_snr_db,
        .steady = -1,
        .detector = tool_detector_config(&options->detector),
    };
    auricle_fit_defaults(&config.rows);
    if (!text_list_cut(&options->tasks) || !text_list_cut(&options->maps))
        return TOOL_FAILED;
    config.rows.folders = options->data.text;
    config.rows.folder_count = options->data.count;
    config.rows.named_folders = options->named.text;
    config.rows.named_folder_count = options->named.count;
    config.rows.tasks = options->tasks.text;
    config.rows.task_count = options->tasks.count;
    config.rows.map = options->maps.text;
    config.rows.map_count = options->maps.count;
    config.rows.only_shippable = options->shippable;
    config.rows.seed = (uint64_t)options->seed;
    return eval_head(&config, options->json, options->confusion, options->quiet);
}

static int check(const struct options *options)
{
    if (strcmp(options->level, "clip") != 0 && strcmp(options->level, "frame") != 0)
        return tool_wrong("eval", "--level %s: must be clip or frame", options->level);
    if (!options->head) {
        if (!options->encoders.count || !options->data.count || !options->tasks.count)
            return tool_wrong("eval", "--encoder, --data and --task are needed");
        if (options->maps.count || options->named.count || options->hours.count)
            return tool_wrong("eval", "--map, --as and --hours need a --head");
        return TOOL_GO_ON;
    }
    if (options->encoders.count > 1)
        return tool_wrong("eval", "--head %s has one --encoder", options->head);
    if (!options->data.count && !options->named.count && !options->hours.count)
        return tool_wrong("eval", "--head needs --data, --as or --hours");
    for (int i = 0; i < options->maps.count; i++)
        if (!strchr(options->maps.text[i], '='))
            return tool_wrong("eval", "--map %s: must be FROM=TO", options->maps.text[i]);
    return TOOL_GO_ON;
}

int tool_eval(int argc, char **argv)
{
    struct options options = {
        .train = "train", .test = "dev", .level = "clip", .seed = 1, .babble_snr_db = 5};
    const struct tool_option list[] = {
        {"encoder", 'e', OPTION_LIST, &options.encoders, "ENCODER", "again for more rows", 0, 0},
        {"data", 'd', OPTION_LIST, &options.data, "DIR", "folder with metadata.csv; again for more",
         0, 0},
        {"task", 't', OPTION_LIST, &options.tasks, "TASK", "rows of this task; again for more", 0,
         0},
        {"head", 'H', OPTION_TEXT, &options.head, "FILE", "this head, as it listens live", 0, 0},
        {"hours", 0, OPTION_LIST, &options.hours, "PATH",
         "head: a folder of recordings, or a long one, that hold none of its labels, or, as "
         "LABEL=PATH, only this one",
         0, 0},
        {"gain-db", 0, OPTION_FLOAT, &options.gain_db, "DB",
         "head: play everything louder (or, below 0, quieter) than recorded", -80, 40},
        {"babble", 0, OPTION_TEXT, &options.babble, "DIR",
         "head: play the rows among several voices, drawn from this folder of speech", 0, 0},
        {"babble-snr", 0, OPTION_FLOAT, &options.babble_snr_db, "DB",
         "head: level of each word over the babble", -20, 60},
        {"map", 'm', OPTION_LIST, &options.maps, "FROM=TO,...", "head: rename labels, as in fit", 0,
         0},
        {"as", 0, OPTION_LIST, &options.named, "LABEL=DIR",
         "head: all recordings of DIR have this label", 0, 0},
        TOOL_DETECTOR_OPTIONS(options.detector),
        {"only-shippable", 0, OPTION_FLAG, &options.shippable, NULL,
         "only rows whose ship column, where there is one, begins with yes", 0, 0},
        {"source", 0, OPTION_TEXT, &options.source, "NAME", "only rows of this source", 0, 0},
        {"train", 0, OPTION_TEXT, &options.train, "SPLIT", "split to fit on", 0, 0},
        {"test", 0, OPTION_TEXT, &options.test, "SPLIT", "split to report on", 0, 0},
        {"split", 0, OPTION_TEXT, &options.test, "SPLIT", "the same", 0, 0},
        {"choose", 0, OPTION_TEXT, &options.choose, "SPLIT",
         "split to choose the regularisation on; else within train", 0, 0},
        {"level", 0, OPTION_TEXT, &options.level, "clip|frame",
         "frame: rows label parts (start, end) of a file, and each frame is judged", 0, 0},
        {"train-step", 0, OPTION_INT, &options.train_step, "N",
         "frame: fit on every Nth frame of train; else every 16th", 0, 10000},
        {"seed", 0, OPTION_INT64, &options.seed, "N", "of the random encoder", 0, 0},
        {"confusion", 'c', OPTION_FLAG, &options.confusion, NULL, "print confusion matrices", 0, 0},
        {"json", 'j', OPTION_FLAG, &options.json, NULL,
         "shares in %, one object (or a list of them)", 0, 0},
        {"quiet", 'q', OPTION_FLAG, &options.quiet, NULL, "no progress", 0, 0},
    };
    const struct tool_page page = {"eval", "", summary, list, sizeof list / sizeof *list, examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status != TOOL_GO_ON)
        goto done;
    if (operand < argc)
        status = tool_wrong("eval", "\"%s\" is not an option", argv[operand]);
    else
        status = check(&options);
    if (status == TOOL_GO_ON)
        status = options.head ? run_head(&options) : run(&options);
done:
    text_list_free(&options.encoders);
    text_list_free(&options.data);
    text_list_free(&options.tasks);
    text_list_free(&options.maps);
    text_list_free(&options.named);
    text_list_free(&options.hours);
    return status;
}
