// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _XOPEN_SOURCE 700 // realpath
#include <auricle/machine.h>
#include "tool.h"

#include <auricle/pretrain.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct tool {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
    bool learns; // with OpenBLAS
} tools[] = {
    {"listen", "microphone or recording -> events, as they are heard", tool_listen, false},
    {"fit", "encoder + few labels -> head", tool_fit, true},
    {"eval", "encoders and heads on labelled recordings -> table", tool_eval, true},
    {"embed", "recordings -> .npy", tool_embed, false},
    {"export", "encoder -> ONNX, for other programs", tool_export, false},
    {"info", "a weights file's card; this machine", tool_info, false},
    {"plot", "runs, embeddings and recordings as pictures", tool_plot, true},
    {"bench", "what a frame costs on this machine", tool_bench, false},
    {"pretrain", "unlabelled recordings -> encoder", tool_pretrain, true},
    {"prior", "recordings -> what code comes next", tool_prior, true},
    {"generate", "prior and decoder -> sound that was never recorded", tool_generate, false},
    {"quantize", "encoder -> the same in fewer bits, and what that costs", tool_quantize, true},
};
enum { TOOLS = sizeof tools / sizeof *tools };

static void print_overview(FILE *out)
{
    fprintf(out, "Usage: auricle COMMAND [OPTION...]\n\n"
                 "Learns to listen from unlabelled sound, then listens live.\n\nCommands:\n");
    for (int i = 0; i < TOOLS; i++)
        fprintf(out, "  %-10s %s\n", tools[i].name, tools[i].summary);
    fprintf(out, "\nauricle COMMAND --help    a command's options and examples\n"
                 "auricle --version\n\nExample:\n"
                 "  auricle listen recording.wav\n\n"
                 "Exit status: 0 done, 1 failed, 2 wrong usage.\n");
}

// OpenBLAS chose its kernels before main, and listens to the environment alone. Once is all: with
// the variable set, by us or by the user, nothing is missed. Where it can't be, the command runs on
// and is slower.
static void start_with_right_blas(char **argv)
{
    const char *core = auricle_blas_core_missed();
    char self[PATH_MAX]; // by its own name: started as /proc/self/exe it would be called "exe"
    if (core && realpath("/proc/self/exe", self) && setenv("OPENBLAS_CORETYPE", core, 0) == 0)
        execv(self, argv);
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); // a file beyond the limit is a failed write with a reason, not an end
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_overview(stderr);
        return TOOL_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_overview(stdout);
        return TOOL_DONE;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("auricle %s\n", auricle_version());
        return TOOL_DONE;
    }
    for (int i = 0; i < TOOLS; i++)
        if (!strcmp(argv[1], tools[i].name)) {
            if (tools[i].learns)
                start_with_right_blas(argv);
            return tools[i].run(argc - 1, argv + 1);
        }
    fprintf(stderr, "auricle: there is no command \"%s\"; auricle --help lists them\n", argv[1]);
    return TOOL_USAGE;
}
