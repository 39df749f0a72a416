// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle plot: runs, embeddings and recordings as pictures. */
#include "plot.h"

#include "canvas.h"

#include <stdio.h>
#include <string.h>

static const char summary[] =
    "Draws a .png or .svg:\n"
    "  curves RUN...   loss, held-out loss and indicators of pretrainings, overlaid\n"
    "  map             labelled recordings as points: the two principal components of their\n"
    "                  embeddings (mean, deviation and maximum of the frames, standardised)\n"
    "  sound FILE      spectrogram, the heads' events, and the encoder's surprise beneath";

static const char examples[] =
    "  auricle plot curves runs/cpc runs/apc --out curves.png\n"
    "  auricle plot curves runs/cpc --show cpc.accuracy --show context.rank --out rank.svg\n"
    "  auricle plot map --data DIR --task emotion --out map.png\n"
    "  auricle plot map --model logmel --data DIR --task emotion --out before.png\n"
    "  auricle plot sound call.wav --head models/commands.safetensors --out call.png\n";

static int check(const struct plot_options *options, const char *what, int operands)
{
    if (!what)
        return tool_wrong("plot", "say what: curves, map or sound");
    if (!options->out)
        return tool_wrong("plot", "say with --out where it goes");
    auricle_error error;
    if (canvas_check_path(options->out, &error))
        return tool_wrong("plot", "--out %s", error.text);
    if (!strcmp(what, "curves"))
        return operands > 0 ? TOOL_GO_ON : tool_wrong("plot", "curves of which RUN...?");
    if (!strcmp(what, "sound"))
        return operands == 1 ? TOOL_GO_ON : tool_wrong("plot", "sound needs one FILE");
    if (strcmp(what, "map") != 0)
        return tool_wrong("plot", "there is no \"%s\": curves, map or sound", what);
    if (operands > 0)
        return tool_wrong("plot", "map takes no FILE: --data DIR");
    if (!options->data.count || !options->task)
        return tool_wrong("plot", "map needs --data and --task");
    return TOOL_GO_ON;
}

static int run(const struct plot_options *options, const char *what, char **operands, int count)
{
    auricle_error error = {0};
    auricle_status status;
    if (!strcmp(what, "curves"))
        status = plot_curves(options, operands, count, &error);
    else if (!strcmp(what, "map"))
        status = plot_map(options, &error);
    else
        status = plot_sound(options, operands[0], &error);
    return status ? tool_failed("plot", &error) : TOOL_DONE;
}

int tool_plot(int argc, char **argv)
{
    struct plot_options o = {
        .model = tool_default_file("encoder.safetensors"), .pixels = 1200, .most = 60};
    const struct tool_option list[] = {
        TOOL_TEXT("out", 'o', &o.out, "FILE.png|.svg", "where it goes"),
        TOOL_INT("width", 'w', &o.pixels, "PIXELS", 200, 10000, "of a .png"),
        TOOL_TEXT("title", 0, &o.title, "TEXT", "map, sound: instead of the name"),
        TOOL_LIST("show", 's', &o.shown, "NAME",
                  "curves: this number; again for more; none: all of an evaluation"),
        TOOL_FLAG("hours", 0, &o.hours, "curves: over hours of sound, not steps"),
        TOOL_TEXT("model", 'm', &o.model, "ENCODER",
                  "map, sound: the encoder; map: also \"random\" or \"logmel\", as in eval"),
        TOOL_LIST("head", 'H', &o.heads, "FILE", "sound: its events; again for more"),
        TOOL_LIST("data", 'd', &o.data, "DIR", "map: folder with metadata.csv; again for more"),
        TOOL_TEXT("task", 't', &o.task, "TASK", "map: rows of this task"),
        TOOL_TEXT("split", 0, &o.split, "SPLIT", "map: only these rows"),
        TOOL_INT("most", 0, &o.most, "N", 0, 1000000, "map: recordings of a label; 0 = all"),
        TOOL_FLAG("quiet", 'q', &o.quiet, "no progress"),
    };
    const struct tool_page page = {"plot", "curves RUN...|map|sound FILE", summary,
                                   list,   sizeof list / sizeof *list,     examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    const char *what = operand < argc ? argv[operand] : NULL;
    if (status == TOOL_GO_ON)
        status = check(&o, what, argc - operand - 1);
    if (status == TOOL_GO_ON)
        status = run(&o, what, argv + operand + 1, argc - operand - 1);
    text_list_free(&o.shown);
    text_list_free(&o.heads);
    text_list_free(&o.data);
    return status;
}
