// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L
#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 20 };

static volatile sig_atomic_t interrupted; // set by the signal handler

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

const volatile sig_atomic_t *tool_catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    struct sigaction hangup;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) // after nohup
        sigaction(SIGHUP, &action, NULL);
    return &interrupted;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

struct progress_view progress_begin(bool quiet)
{
    bool terminal = isatty(STDERR_FILENO);
    return (struct progress_view){
        .terminal = terminal, .quiet = quiet, .last_s = -1e9, .every_s = terminal ? 0.2 : 10};
}

static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

void progress_show(struct progress_view *view, double share, bool always, const char *text)
{
    double now = now_s();
    if (view->quiet || (!always && now - view->last_s < view->every_s))
        return;
    view->last_s = now;
    if (!view->terminal) {
        fprintf(stderr, "%5.1f %%  %s\n", 100 * share, text);
        return;
    }
    char bar[BAR + 1] = "", line[640];
    for (int i = 0; i < BAR; i++)
        bar[i] = (i + 0.5) / BAR < share ? '#' : '.';
    snprintf(line, sizeof line, "[%s] %5.1f %%  %s", bar, 100 * share, text);
    fprintf(stderr, "\r\033[K%.*s", terminal_columns() - 1, line); // a full line would wrap
}

void progress_line(struct progress_view *view, const char *text)
{
    if (view->quiet)
        return;
    fprintf(stderr, "%s%s\n", view->terminal ? "\r\033[K" : "", text);
    if (view->terminal)
        view->last_s = -1e9; // draw the bar again
}

void progress_end(struct progress_view *view)
{
    if (view->terminal && !view->quiet)
        fprintf(stderr, "\n");
}

bool progress_count(int done, int total, void *user)
{
    struct progress_count *progress = user;
    char text[256];
    snprintf(text, sizeof text, "%d/%d %s", done, total, progress->of);
    progress_show(&progress->view, (double)done / total, done == total, text);
    return !*progress->stop;
}
