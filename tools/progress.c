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

static volatile sig_atomic_t interrupted; // the one thing a signal handler may touch

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

const volatile sig_atomic_t *tool_catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
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
    char bar[BAR + 1] = "";
    for (int i = 0; i < BAR; i++)
        bar[i] = (i + 0.5) / BAR < share ? '#' : '.';
    fprintf(stderr, "\r\033[K[%s] %5.1f %%  %.*s", bar, 100 * share, terminal_columns() - BAR - 12,
            text);
}

void progress_line(struct progress_view *view, const char *text)
{
    if (view->quiet)
        return;
    fprintf(stderr, "%s%s\n", view->terminal ? "\r\033[K" : "", text);
    if (view->terminal)
        view->last_s = -1e9; // the bar is to be drawn again
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

const char *progress_time(double seconds, char *buffer)
{
    long whole = seconds > 0 && seconds < 1e9 ? (long)seconds : 0;
    if (whole >= 3600)
        snprintf(buffer, 32, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(buffer, 32, "%ld:%02ld", whole / 60, whole % 60);
    return buffer;
}
