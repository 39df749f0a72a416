// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What the subcommands share: options with --help, errors, interruption, progress.
 * A new subcommand is tools/NAME.c with `int tool_NAME(int argc, char **argv)`, one line here and
 * one in the table of main.c. Exit status: 0 done, 1 failed, 2 wrong usage. */
#ifndef AURICLE_TOOLS_TOOL_H
#define AURICLE_TOOLS_TOOL_H

#include <auricle/status.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TOOL_DONE = 0, TOOL_FAILED = 1, TOOL_USAGE = 2, TOOL_GO_ON = -1 };

int tool_bench(int argc, char **argv);
int tool_embed(int argc, char **argv);
int tool_enroll(int argc, char **argv);
int tool_eval(int argc, char **argv);
int tool_export(int argc, char **argv);
int tool_fit(int argc, char **argv);
int tool_forget(int argc, char **argv);
int tool_generate(int argc, char **argv);
int tool_info(int argc, char **argv);
int tool_listen(int argc, char **argv);
int tool_plot(int argc, char **argv);
int tool_pretrain(int argc, char **argv);
int tool_prior(int argc, char **argv);
int tool_quantize(int argc, char **argv);

/** A bundled file: $AURICLE_MODELS/NAME, or where the build or installation has it. One static
 * buffer: valid until the next call. */
const char *tool_default_file(const char *name);

/** Opens a regular file for reading. Never waits for the writer of a pipe. NULL: *reason is why, as
 * it follows "PATH: "; folders, pipes and devices are refused. */
FILE *tool_open(const char *path, const char **reason);

// ---- errors

/** Writes the reason into error and returns status: `return tool_fail(...)`. */
auricle_status tool_fail(auricle_error *error, auricle_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Puts "PATH: " before the reason, unless the reason names the path already. Returns status. */
auricle_status tool_fail_in(auricle_error *error, auricle_status status, const char *path);
/** Where the reason is a file that does not exist: appends "; cure". */
void tool_add_cure(auricle_error *error, const char *cure);

/** Prints "auricle pretrain: what is wrong" and a hint at --help on stderr; returns TOOL_USAGE. */
int tool_wrong(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Prints "auricle pretrain: the reason" on stderr; returns TOOL_FAILED. */
int tool_failed(const char *name, const auricle_error *error);

_Noreturn void tool_check_failed(const char *condition, const char *file, int line);
/** A mistake of this program, never of its input: says where, then aborts. */
#define TOOL_CHECK(condition)                                                                      \
    ((condition) ? (void)0 : tool_check_failed(#condition, __FILE__, __LINE__))

// ---- options

enum option_kind {
    OPTION_FLAG,  // bool: given or not
    OPTION_INT,   // int
    OPTION_INT64, // int64_t
    OPTION_FLOAT, // double
    OPTION_TEXT,  // const char *
    OPTION_LIST,  // struct text_list: may be given again and again
};

/** The texts are borrowed, mostly from argv. */
struct text_list {
    const char **text;
    int count;
};
/** false when memory is out; the list is then as before. */
bool text_list_add(struct text_list *list, const char *text);
void text_list_free(struct text_list *list);
/** "a,b" becomes a and b; cuts the texts themselves, in argv. false (printed) when memory is out.
 */
bool text_list_cut(struct text_list *list);

struct tool_option {
    const char *name;
    char letter; // or 0
    enum option_kind kind;
    void *value;          // holds the default, which --help shows
    const char *argument; // "DIR"; NULL for a flag
    const char *help;
    double low, high; // of a number; both 0 = any
};

struct tool_page {
    const char *name;     // "pretrain"
    const char *operands; // "[FILE...]" or ""
    const char *summary;
    const struct tool_option *options;
    int option_count;
    const char *examples; // whole lines, each beginning with two spaces
};

/** Options in a line each: name, letter or 0, value[, argument[, low, high]], help. */
#define TOOL_FLAG(n, l, v, h)                                                                      \
    {                                                                                              \
        .name = n, .letter = l, .kind = OPTION_FLAG, .value = v, .help = h                         \
    }
#define TOOL_NAMED(k, n, l, v, a, lo, hi, h)                                                       \
    {                                                                                              \
        .name = n, .letter = l, .kind = k, .value = v, .argument = a, .help = h, .low = lo,        \
        .high = hi                                                                                 \
    }
#define TOOL_TEXT(n, l, v, a, h) TOOL_NAMED(OPTION_TEXT, n, l, v, a, 0, 0, h)
#define TOOL_LIST(n, l, v, a, h) TOOL_NAMED(OPTION_LIST, n, l, v, a, 0, 0, h)
#define TOOL_INT(n, l, v, a, lo, hi, h) TOOL_NAMED(OPTION_INT, n, l, v, a, lo, hi, h)
#define TOOL_INT64(n, l, v, a, lo, hi, h) TOOL_NAMED(OPTION_INT64, n, l, v, a, lo, hi, h)
#define TOOL_FLOAT(n, l, v, a, lo, hi, h) TOOL_NAMED(OPTION_FLOAT, n, l, v, a, lo, hi, h)

/** The values of --threshold-on, --threshold-off and --smoothing; 0 = not given. */
struct tool_detector {
    double on, off;
    int smoothing;
};
#define TOOL_DETECTOR_OPTIONS(d)                                                                   \
    {.name = "threshold-on",                                                                       \
     .kind = OPTION_FLOAT,                                                                         \
     .value = &(d).on,                                                                             \
     .argument = "P",                                                                              \
     .help = "an event begins at this posterior; 0 = the head's own value",                        \
     .high = 1},                                                                                   \
        {.name = "threshold-off",                                                                  \
         .kind = OPTION_FLOAT,                                                                     \
         .value = &(d).off,                                                                        \
         .argument = "P",                                                                          \
         .help = "an event ends below this posterior; 0 = the head's own value, or half of "       \
                 "--threshold-on",                                                                 \
         .high = 1},                                                                               \
    {                                                                                              \
        .name = "smoothing", .kind = OPTION_INT, .value = &(d).smoothing, .argument = "N",         \
        .help = "average so many decisions; 0 = the head's own value", .high = 64                  \
    }
struct auricle_detector_config tool_detector_config(const struct tool_detector *given);

/** Reads argv into the options' values; *operand = index of the first operand. Handles --help.
 * Returns TOOL_GO_ON, or the exit status to leave with (the reason has been printed). */
int tool_parse(const struct tool_page *page, int argc, char **argv, int *operand);

/** The command line as a shell would need it, in ASCII or UTF-8 (other bytes as $'\\xe9'); free()
 * it. */
char *tool_command_line(int argc, char **argv);

// ---- output

/** "1:02:03", or "1:02:03.456" with 3 decimals. */
const char *tool_time(double seconds, int decimals, char buffer[32]);

// ---- interruption

/** From now on Ctrl-C, SIGTERM and SIGHUP (unless it is ignored, as after nohup) set this flag; a
 * second one ends the program at once. */
const volatile sig_atomic_t *tool_catch_interrupts(void);

// ---- progress on stderr: one line rewritten on a terminal, plain lines now and then elsewhere

struct progress_view {
    bool terminal, quiet;
    double last_s; // when it was last shown
    double every_s;
};
struct progress_view progress_begin(bool quiet);
/** share 0..1; text follows the bar. always: even if it was shown just before. */
void progress_show(struct progress_view *view, double share, bool always, const char *text);
/** A line of its own, above the bar. */
void progress_line(struct progress_view *view, const char *text);
void progress_end(struct progress_view *view);

struct progress_count {
    struct progress_view view;
    const volatile sig_atomic_t *stop;
    const char *of; // printed after the numbers
};
/** An auricle_progress whose user is a progress_count: "3/12 of", until Ctrl-C. */
bool progress_count(int done, int total, void *user);

#endif
