// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle forget: removes an enrolled speaker. */
#include "speakers_file.h"
#include "tool.h"

#include <auricle/speaker.h>

static const char summary[] =
    "Removes a speaker from the file of enrolled speakers. The file is written anew without the\n"
    "speaker's profile; nothing else of that voice was kept.";

static const char examples[] = "  auricle forget anna\n";

static auricle_status forget(const char *model_path, const char *path, const char *name,
                             auricle_error *error)
{
    auricle_model *model = NULL;
    auricle_head *head = NULL;
    auricle_status status = auricle_model_open(model_path, &model, error);
    if (!status)
        status = auricle_head_open(path, model, &head, error);
    if (!status)
        status = auricle_speaker_forget(head, name, path, error);
    auricle_head_unref(&head);
    auricle_model_unref(&model);
    return status;
}

int tool_forget(int argc, char **argv)
{
    const char *file = NULL, *model = NULL;
    const struct tool_option list[] = {
        TOOL_TEXT("file", 'f', &file, "FILE",
                  "the file of enrolled speakers; else as auricle enroll"),
        TOOL_TEXT("model", 'm', &model, "FILE", "the encoder; else the bundled one"),
    };
    const struct tool_page page = {"forget", "NAME", summary, list, sizeof list / sizeof *list,
                                   examples};
    char path[PATH_MAX];
    auricle_error error = {0};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status != TOOL_GO_ON)
        return status;
    if (argc - operand != 1)
        return tool_wrong("forget", "name one speaker");
    if (!file && speakers_default_file(path, &error))
        return tool_failed("forget", &error);
    file = file ? file : path;
    model = model ? model : tool_default_file("encoder.safetensors");
    if (forget(model, file, argv[operand], &error))
        return tool_failed("forget", &error);
    printf("%s is forgotten\n", argv[operand]);
    return TOOL_DONE;
}
