// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle quantize: an encoder in fewer bits, and what that costs. */
#include "tool.h"
#include "tool_json.h"

#include <auricle/export.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char summary[] =
    "Writes an encoder with its matrices in fewer bits: int8 computes with bytes and is what runs\n"
    "fastest; fp16 halves the file and computes as before. Heads fitted on the encoder go with "
    "the\n"
    "new file too. What it costs is measured and written on the card: how far frames move, and\n"
    "with --data how probes of each --task and events of each --head come out before and after.";

static const char examples[] =
    "  auricle quantize encoder.safetensors --out small.safetensors\n"
    "  auricle quantize encoder.safetensors --type fp16 --out half.safetensors\n"
    "  auricle quantize encoder.safetensors --out small.safetensors --data DIR --task kws,emotion\n"
    "  auricle quantize encoder.safetensors --out small.safetensors --audio speech.flac\n";

struct options {
    auricle_quantize_config config;
    struct text_list data, tasks, heads, audio;
    bool json, quiet;
};

static void print_text(const struct options *o, const auricle_quantize_result *r)
{
    printf("%s: %s, %.2f MB of tensors instead of %.2f\n", o->config.out, o->config.type,
           (double)r->bytes_after / 1e6, (double)r->bytes_before / 1e6);
    printf("frames of %.1f s of sound: latents move by %.2f %%, contexts by %.2f %%\n", r->seconds,
           100 * r->latent_error, 100 * r->context_error);
    for (int i = 0; i < r->change_count; i++) {
        const auricle_quantize_change *c = &r->changes[i];
        printf("%-24s %-8s n %-5d %.2f -> %.2f (%+.2f)\n", c->name, c->measure, c->count, c->before,
               c->after, c->after - c->before);
    }
}

static json_t *change_json(const auricle_quantize_change *change)
{
    json_t *json = json_object();
    json_object_set_new(json, "name", tool_json_text(change->name));
    json_object_set_new(json, "measure", tool_json_text(change->measure));
    json_object_set_new(json, "n", json_integer(change->count));
    json_object_set_new(json, "before", tool_json_number(change->before / 100, 6));
    json_object_set_new(json, "after", tool_json_number(change->after / 100, 6));
    return json;
}

static void print_json(const struct options *o, const auricle_quantize_result *r)
{
    json_t *json = json_object(), *results = json_array();
    for (int i = 0; i < r->change_count; i++)
        json_array_append_new(results, change_json(&r->changes[i]));
    json_object_set_new(json, "out", tool_json_text(o->config.out));
    json_object_set_new(json, "type", json_string(o->config.type));
    json_object_set_new(json, "bytes_before", json_integer((json_int_t)r->bytes_before));
    json_object_set_new(json, "bytes", json_integer((json_int_t)r->bytes_after));
    json_object_set_new(json, "heard_s", tool_json_number(r->seconds, 2));
    json_object_set_new(json, "latent_error", tool_json_number(r->latent_error, 6));
    json_object_set_new(json, "context_error", tool_json_number(r->context_error, 6));
    json_object_set_new(json, "results", results);
    tool_json_print(json);
}

static int run(struct options *o)
{
    struct progress_count progress = {progress_begin(o->quiet), tool_catch_interrupts(),
                                      o->config.out};
    auricle_quantize_result result;
    auricle_error error = {0};
    o->config.progress = progress_count;
    o->config.user = &progress;
    auricle_status status = auricle_quantize(&o->config, &result, &error);
    progress_end(&progress.view);
    if (status)
        return tool_failed("quantize", &error);
    if (o->json)
        print_json(o, &result);
    else
        print_text(o, &result);
    auricle_quantize_result_free(&result);
    return TOOL_DONE;
}

static int take_lists(struct options *o)
{
    if (!text_list_cut(&o->tasks))
        return TOOL_FAILED;
    o->config.audio = o->audio.text;
    o->config.audio_count = o->audio.count;
    o->config.folders = o->data.text;
    o->config.folder_count = o->data.count;
    o->config.tasks = o->tasks.text;
    o->config.task_count = o->tasks.count;
    o->config.heads = o->heads.text;
    o->config.head_count = o->heads.count;
    return TOOL_GO_ON;
}

static int check(const struct options *o, int argc, int operand)
{
    if (operand != argc - 1)
        return tool_wrong("quantize",
                          operand == argc ? "name an ENCODER" : "one ENCODER at a time");
    if (!o->config.out)
        return tool_wrong("quantize", "say with --out where the encoder goes");
    if (strcmp(o->config.type, "int8") && strcmp(o->config.type, "fp16"))
        return tool_wrong("quantize", "--type %s: must be int8 or fp16", o->config.type);
    if (o->data.count && !o->tasks.count && !o->heads.count)
        return tool_wrong("quantize", "--data: say with --task or --head what to measure on it");
    if (!o->data.count && (o->tasks.count || o->heads.count))
        return tool_wrong("quantize", "name the labelled recordings with --data");
    return TOOL_GO_ON;
}

static int parse(struct options *o, int argc, char **argv)
{
    auricle_quantize_config *c = &o->config;
    const struct tool_option list[] = {
        TOOL_TEXT("type", 't', &c->type, "TYPE", "int8 or fp16"),
        TOOL_TEXT("out", 'o', &c->out, "FILE", "the new encoder"),
        TOOL_LIST("audio", 'a', &o->audio, "FILE",
                  "recording to compare frames on; else made-up sound"),
        TOOL_LIST("data", 'd', &o->data, "DIR", "folder with metadata.csv"),
        TOOL_LIST("task", 0, &o->tasks, "TASK,...", "probe these tasks; rows of --head"),
        TOOL_LIST("head", 0, &o->heads, "FILE", "a head fitted on the encoder"),
        TOOL_FLAG("json", 'j', &o->json, "print the result as JSON"),
        TOOL_FLAG("quiet", 'q', &o->quiet, "no progress"),
    };
    const struct tool_page page = {"quantize", "ENCODER", summary, list, sizeof list / sizeof *list,
                                   examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status == TOOL_GO_ON)
        status = take_lists(o);
    if (status == TOOL_GO_ON)
        status = check(o, argc, operand);
    if (status == TOOL_GO_ON)
        c->encoder = argv[operand];
    return status;
}

int tool_quantize(int argc, char **argv)
{
    struct options options = {.config = {.type = "int8"}};
    char *command = tool_command_line(argc, argv); // before lists are cut
    options.config.command = command;
    int status = parse(&options, argc, argv);
    if (status == TOOL_GO_ON)
        status = run(&options);
    free(command);
    text_list_free(&options.data);
    text_list_free(&options.tasks);
    text_list_free(&options.heads);
    text_list_free(&options.audio);
    return status;
}
