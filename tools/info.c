// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle info: what is in a weights file, and what this machine runs it with. */
#include "machine.h"
#include "tool.h"
#include "tool_json.h"

#include <auricle/head.h>
#include <auricle/model.h>

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char summary[] =
    "Prints the card of an encoder or a head: what it is, what it learned from, under which "
    "licence,\n"
    "with which results; its tensors and sizes. An encoder is checked as listening would check it.";

static const char examples[] = "  auricle info models/encoder.safetensors\n"
                               "  auricle info head.safetensors --json | jq .card.results\n"
                               "  auricle info --machine\n";

enum { MOST_HEADER = 16 << 20 };

struct file {
    const char *path;
    long long bytes;
    json_t *header; // of the safetensors
    json_t *card;
};

static auricle_status fail(auricle_error *error, const struct file *file, const char *reason)
{
    return tool_fail(error, AURICLE_FORMAT, "%.300s: %.180s", file->path, reason);
}

// 8 bytes of length, little endian, then JSON
static auricle_status read_header(struct file *file, auricle_error *error)
{
    const char *reason;
    FILE *stream = tool_open(file->path, &reason);
    unsigned char length[8];
    unsigned long long count = 0;
    auricle_status status = AURICLE_OK;
    char *text = NULL;
    if (!stream) {
        fail(error, file, reason);
        return error->status = AURICLE_NOT_FOUND;
    }
    if (fread(length, 1, 8, stream) != 8)
        status = fail(error, file, "too short: no safetensors file");
    for (int i = 7; i >= 0; i--)
        count = count << 8 | length[i];
    if (!status && (count < 2 || count > MOST_HEADER))
        status = fail(error, file, "no safetensors file: its header's length is absurd");
    if (!status && !(text = malloc(count)))
        status = error->status = AURICLE_NO_MEMORY;
    if (!status && fread(text, 1, count, stream) != count)
        status = fail(error, file, "ends within its header: copy or download it again");
    if (!status && !(file->header = json_loadb(text, count, 0, NULL)))
        status = fail(error, file, "no safetensors file: its header is no JSON");
    fseek(stream, 0, SEEK_END);
    file->bytes = ftell(stream);
    fclose(stream);
    free(text);
    return status;
}

static auricle_status read_card(struct file *file, auricle_error *error)
{
    const json_t *metadata = json_object_get(file->header, "__metadata__");
    const char *card = json_string_value(json_object_get(metadata, "auricle"));
    if (card)
        file->card = json_loads(card, 0, NULL);
    if (!file->card)
        return fail(error, file,
                    "has no card: no file of this program (auricle pretrain and "
                    "auricle fit write them)");
    return AURICLE_OK;
}

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

static long long tensor_numbers(const json_t *tensor)
{
    long long numbers = 1;
    const json_t *shape = json_object_get(tensor, "shape");
    for (size_t i = 0; i < json_array_size(shape); i++)
        numbers *= json_integer_value(json_array_get(shape, i));
    return numbers;
}

static long long count_parameters(const struct file *file)
{
    const char *name;
    json_t *tensor;
    long long total = 0;
    json_object_foreach(file->header, name, tensor)
        total += strcmp(name, "__metadata__") ? tensor_numbers(tensor) : 0;
    return total;
}

static void print_tensors(const struct file *file)
{
    const char *name;
    json_t *tensor;
    printf("\ntensors\n");
    json_object_foreach(file->header, name, tensor) {
        if (!strcmp(name, "__metadata__"))
            continue;
        char *shape = json_dumps(json_object_get(tensor, "shape"), JSON_COMPACT);
        printf("  %-28s %-16s %s\n", name, shape ? shape : "", text_of(tensor, "dtype"));
        free(shape);
    }
}

// Nested values indented, one key a line.
static void print_value(const char *key, const json_t *value, int indent)
{
    const char *inner;
    json_t *item;
    if (json_is_object(value)) {
        printf("%*s%s\n", indent, "", key);
        json_object_foreach((json_t *)value, inner, item)
            print_value(inner, item, indent + 2);
    } else if (json_is_string(value)) {
        printf("%*s%-*s %s\n", indent, "", 30 - indent, key, json_string_value(value));
    } else if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
        printf("%*s%s\n", indent, "", key);
        for (size_t i = 0; i < json_array_size(value); i++) {
            char *line = json_dumps(json_array_get(value, i), JSON_REAL_PRECISION(4));
            printf("%*s%s\n", indent + 2, "", line ? line : "");
            free(line);
        }
    } else {
        char *line = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(5));
        printf("%*s%-*s %s\n", indent, "", 30 - indent, key, line ? line : "");
        free(line);
    }
}

// model: of an encoder; its hash is empty for a head.
static void print_file(const struct file *file, const auricle_model_info *model)
{
    const char *key;
    json_t *value;
    printf("%s\n", file->path);
    printf("  %-28s %s\n", "kind", text_of(file->card, "kind"));
    if (*model->content_hash) {
        printf("  %-28s %s\n", "content hash", model->content_hash);
        printf("  %-28s %s, %zu bytes\n", "weights", model->weight_type, model->weight_bytes);
    }
    printf("  %-28s %lld bytes\n", "size", file->bytes);
    printf("  %-28s %lld\n", "parameters", count_parameters(file));
    json_object_foreach(file->card, key, value)
        if (strcmp(key, "kind") != 0 && strcmp(key, "format") != 0)
            print_value(key, value, 2);
    print_tensors(file);
}

static void print_file_json(const struct file *file, const auricle_model_info *model)
{
    json_t *all = json_deep_copy(file->card), *tensors = json_object();
    const char *name;
    json_t *tensor;
    json_object_foreach(file->header, name, tensor)
        if (strcmp(name, "__metadata__") != 0)
            json_object_set(tensors, name, json_object_get(tensor, "shape"));
    json_object_set_new(all, "file", tool_json_text(file->path));
    json_object_set_new(all, "bytes", json_integer(file->bytes));
    json_object_set_new(all, "parameters", json_integer(count_parameters(file)));
    json_object_set_new(all, "tensors", tensors);
    if (*model->content_hash) {
        json_object_set_new(all, "content_hash", json_string(model->content_hash));
        json_object_set_new(all, "origin_hash", json_string(model->origin_hash));
        json_object_set_new(all, "weight_type", json_string(model->weight_type));
        json_object_set_new(all, "weight_bytes", json_integer((json_int_t)model->weight_bytes));
    }
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(all);
}

static auricle_status check_encoder(const struct file *file, auricle_model_info *info,
                                    auricle_error *error)
{
    auricle_model *model;
    if (strcmp(text_of(file->card, "kind"), "encoder") != 0)
        return AURICLE_OK;
    auricle_status status = auricle_model_open(file->path, &model, error);
    if (status)
        return status;
    auricle_model_get_info(model, info);
    auricle_model_unref(&model);
    return AURICLE_OK;
}

static int show_file(const char *path, bool json)
{
    struct file file = {.path = path};
    auricle_error error = {0};
    auricle_model_info info = {0};
    auricle_status status = read_header(&file, &error);
    if (!status)
        status = read_card(&file, &error);
    if (!status)
        status = auricle_weights_check(path, &error);
    if (!status)
        status = check_encoder(&file, &info, &error);
    if (!status && json)
        print_file_json(&file, &info);
    else if (!status)
        print_file(&file, &info);
    json_decref(file.header);
    json_decref(file.card);
    return status ? tool_failed("info", &error) : TOOL_DONE;
}

int tool_info(int argc, char **argv)
{
    bool json = false, machine = false;
    const struct tool_option list[] = {
        TOOL_FLAG("machine", 0, &machine, "processor, caches and kernels instead"),
        TOOL_FLAG("json", 'j', &json, "everything, as JSON"),
    };
    const struct tool_page page = {"info",  "[FILE...]", summary, list, sizeof list / sizeof *list,
                                   examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status != TOOL_GO_ON)
        return status;
    if (!machine && operand == argc)
        return tool_wrong("info", "name a FILE, or --machine");
    status = TOOL_DONE;
    if (machine)
        machine_print(json);
    for (int i = operand; i < argc && status == TOOL_DONE; i++)
        status = show_file(argv[i], json);
    return status;
}
