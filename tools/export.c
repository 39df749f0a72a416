// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** auricle export: an encoder for other programs. */
#include "tool.h"

#include <auricle/export.h>

#include <stdio.h>

static const char summary[] =
    "Writes an encoder as an ONNX model: one 10 ms frame of any number of streams, its state "
    "among\n"
    "inputs and outputs. Input is the raw log-mel frame ln(power + floor), which the graph does "
    "not\n"
    "compute (auricle info shows its numbers), or 160 samples with the waveform front end.\n"
    "Normalisation, convolutions and recurrent layers are inside. State NAME of the next frame is\n"
    "output next.NAME of this one, zeros for a new stream; the frame is features, latent,\n"
    "next.context.0, ... The card travels in metadata_props.";

static const char examples[] =
    "  auricle export models/encoder-fp32.safetensors --onnx encoder.onnx\n"
    "  auricle export mine.safetensors --onnx mine.onnx --int8\n";

static int run(const char *encoder, const char *out, const auricle_onnx_options *options)
{
    auricle_model *model;
    auricle_error error = {0};
    auricle_status status = auricle_model_open(encoder, &model, &error);
    tool_add_cure(&error, "name an encoder; auricle pretrain makes one");
    if (!status)
        status = auricle_export_onnx(model, options, out, &error);
    auricle_model_unref(&model);
    if (!status)
        printf("%s\n", out);
    error.status = status;
    return status ? tool_failed("export", &error) : TOOL_DONE;
}

int tool_export(int argc, char **argv)
{
    const char *out = NULL;
    auricle_onnx_options options = {0};
    const struct tool_option list[] = {
        TOOL_TEXT("onnx", 0, &out, "FILE", "the model to write"),
        TOOL_FLAG(
            "int8", 0, &options.int8,
            "weights of eight bits; what they are multiplied with is quantised frame by frame"),
        TOOL_FLAG("gru-operator", 0, &options.gru_operator, "ONNX's GRU instead of its parts"),
    };
    const struct tool_page page = {"export", "ENCODER", summary, list, sizeof list / sizeof *list,
                                   examples};
    int operand, status = tool_parse(&page, argc, argv, &operand);
    if (status != TOOL_GO_ON)
        return status;
    if (operand + 1 != argc)
        return tool_wrong("export", "name one ENCODER");
    if (!out)
        return tool_wrong("export", "name the file to write with --onnx FILE");
    return run(argv[operand], out, &options);
}
