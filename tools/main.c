// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _XOPEN_SOURCE 700 // realpath
#include "tool.h"

#include <auricle/machine.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct tool {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
    bool learns; // uses OpenBLAS
} tools[] = {
    {"listen", "microphone or recording -> events", tool_listen, false},
    {"fit", "encoder + few labels -> head", tool_fit, true},
    {"eval", "encoders and heads on labelled recordings -> scores", tool_eval, true},
    {"enroll", "a speaker's recordings or microphone -> a head that names the speaker", tool_enroll,
     false},
    {"forget", "removes an enrolled speaker", tool_forget, false},
    {"embed", "recordings -> .npy", tool_embed, false},
    {"export", "encoder -> ONNX, for other programs", tool_export, false},
    {"info", "a weights file's card; this machine", tool_info, false},
    {"plot", "runs, embeddings and recordings as pictures", tool_plot, true},
    {"bench", "CPU time of a frame on this machine", tool_bench, false},
    {"pretrain", "unlabelled recordings -> encoder", tool_pretrain, true},
    {"prior", "recordings -> a model of the next code, for generate", tool_prior, true},
    {"generate", "prior and decoder -> new sound", tool_generate, false},
    {"quantize", "encoder -> the same encoder in fewer bits, with its loss measured", tool_quantize,
     true},
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

// OpenBLAS chooses its kernels before main and can be changed only by the environment: starts the
// program once more with the right OPENBLAS_CORETYPE. With the variable set, by us or by the user,
// nothing is missed. Where this fails, the command goes on and is slower.
static void start_with_right_blas(char **argv)
{
    const char *core = auricle_blas_core_missed();
    char self[PATH_MAX]; // the real name: started as /proc/self/exe it would be called "exe"
    if (core && realpath("/proc/self/exe", self) && setenv("OPENBLAS_CORETYPE", core, 0) == 0)
        execv(self, argv);
}

// Descriptors 0 to 2 that are closed would be given to the next files, which then receive what is
// printed. Standard output becomes unwritable, so that printing still fails.
static void hold_standard_descriptors(void)
{
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int i = 0; i < 3; i++)
        if (fcntl(i, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", modes[i]); // the lowest free descriptor: i
}

// What cannot be printed is a failure, whatever the command itself reports.
static int close_output(int status)
{
    const bool failed = ferror(stdout);
    if (fflush(stdout) == 0 && !failed)
        return status;
    fprintf(stderr, "auricle: standard output cannot be written: %s\n",
            failed ? "the output is incomplete" : strerror(errno));
    return status == TOOL_DONE ? TOOL_FAILED : status;
}

static int run(int argc, char **argv)
{
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

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    signal(SIGXFSZ, SIG_IGN); // a file beyond the size limit is a failed write, with a reason
    signal(SIGPIPE, SIG_IGN);
    return close_output(run(argc, argv));
}
