// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle eval: what encoders are good for, as a table, JSON or confusion matrix. */
#include "tool.h"

#include <auricle/task.h>

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
    "deltas).";

static const char examples[] =
    "  auricle eval --encoder models/encoder.safetensors --data DIR --task kws_isolated --json\n"
    "  auricle eval --encoder random --encoder logmel --encoder mine.safetensors \\\n"
    "      --data DIR --task kws_isolated --task emotion\n";

struct options {
    struct text_list encoders, data, tasks;
    const char *source, *train, *test;
    int64_t seed;
    bool json, confusion, quiet;
};

struct progress {
    struct progress_view view;
    const volatile sig_atomic_t *stop;
    const char *what;
};

static bool show_progress(int done, int total, void *user)
{
    struct progress *progress = user;
    char text[256];
    snprintf(text, sizeof text, "%s %d/%d recordings", progress->what, done, total);
    progress_show(&progress->view, (double)done / total, done == total, text);
    return !*progress->stop;
}

static void print_confusion(const auricle_probe_result *result)
{
    printf("\nrow = truth, column = answer\n%-16s", "");
    for (int k = 0; k < result->class_count; k++)
        printf(" %6.6s", result->labels[k]);
    for (int i = 0; i < result->class_count; i++) {
        printf("\n%-16.16s", result->labels[i]);
        for (int k = 0; k < result->class_count; k++)
            printf(" %6d", result->confusion[i * result->class_count + k]);
    }
    printf("\n");
}

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
        print_confusion(result);
    fflush(stdout);
}

static void print_json_confusion(const auricle_probe_result *result)
{
    printf(", \"labels\": [");
    for (int i = 0; i < result->class_count; i++) {
        printf(i ? ", " : "");
        tool_print_json_text(result->labels[i]);
    }
    printf("], \"confusion\": [");
    for (int i = 0; i < result->class_count; i++) {
        printf(i ? ", [" : "[");
        for (int k = 0; k < result->class_count; k++)
            printf("%s%d", k ? ", " : "", result->confusion[i * result->class_count + k]);
        printf("]");
    }
    printf("]");
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
        print_json_confusion(result);
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
                            struct progress *progress, auricle_probe_result *result,
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
                 .test_split = options->test},
        .progress = show_progress,
        .user = progress,
    };
    progress->what = given;
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
    struct progress progress = {progress_begin(options->quiet), tool_catch_interrupts(), ""};
    int rows = 0, all = options->encoders.count * options->tasks.count;
    if (options->json && all > 1)
        printf("[");
    for (int t = 0; t < options->tasks.count; t++)
        for (int e = 0; e < options->encoders.count; e++) {
            const char *encoder = options->encoders.text[e], *task = options->tasks.text[t];
            auricle_probe_result result;
            auricle_error error = {0};
            if (probe(options, encoder, task, &progress, &result, &error) != AURICLE_OK) {
                progress_end(&progress.view);
                return tool_failed("eval", &error);
            }
            progress_end(&progress.view);
            if (options->json) {
                printf(rows ? ",\n " : "");
                print_json(encoder, task, &result);
            } else {
                print_row(encoder, task, &result, options->confusion);
            }
            auricle_probe_result_free(&result);
            rows++;
        }
    if (options->json)
        printf(all > 1 ? "]\n" : "\n");
    return TOOL_DONE;
}

int tool_eval(int argc, char **argv)
{
    struct options options = {.train = "train", .test = "dev", .seed = 1};
    const struct tool_option list[] = {
        {"encoder", 'e', OPTION_LIST, &options.encoders, "ENCODER", "again for more rows", 0, 0},
        {"data", 'd', OPTION_LIST, &options.data, "DIR", "folder with metadata.csv; again for more",
         0, 0},
        {"task", 't', OPTION_LIST, &options.tasks, "TASK", "rows of this task; again for more", 0,
         0},
        {"source", 0, OPTION_TEXT, &options.source, "NAME", "only rows of this source", 0, 0},
        {"train", 0, OPTION_TEXT, &options.train, "SPLIT", "split to fit on", 0, 0},
        {"test", 0, OPTION_TEXT, &options.test, "SPLIT", "split to report on", 0, 0},
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
    else if (!options.encoders.count || !options.data.count || !options.tasks.count)
        status = tool_wrong("eval", "--encoder, --data and --task are needed");
    else
        status = run(&options);
done:
    text_list_free(&options.encoders);
    text_list_free(&options.data);
    text_list_free(&options.tasks);
    return status;
}
