// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Prints what a head hears in a sound file of one channel:
 *
 *     cc listen.c -o listen $(pkg-config --cflags --libs auricle sndfile)
 *     ./listen encoder.safetensors commands.safetensors recording.wav */
#include <auricle/auricle.h>
#include <sndfile.h>
#include <stdio.h>

static void print_events(const auricle_result *result, void *user)
{
    const auricle_head *head = user;
    for (int i = 0; i < result->heads[0].event_count; i++) {
        const auricle_event *event = &result->heads[0].events[i];
        if (event->kind == AURICLE_EVENT_END) // a frame is 10 ms
            printf("%7.2f to %7.2f s  %s\n", (double)event->start_frame / 100,
                   (double)event->end_frame / 100, auricle_head_label(head, event->label));
    }
}

static auricle_status listen(SNDFILE *file, int rate_hz, char **paths, auricle_error *error)
{
    auricle_model *model = NULL;
    auricle_head *head = NULL;
    auricle_listener *listener = NULL;
    const auricle_listener_config config = {.size = sizeof config, .sample_rate_hz = rate_hz};
    float samples[4096];
    auricle_status status = auricle_model_open(paths[0], &model, error);
    if (!status)
        status = auricle_head_open(paths[1], model, &head, error);
    if (!status)
        status = auricle_listener_create(model, &head, 1, &config, &listener, error);
    for (sf_count_t count; !status && (count = sf_readf_float(file, samples, 4096)) > 0;)
        status = auricle_listener_feed(listener, samples, (size_t)count, print_events, head, error);
    if (!status)
        auricle_listener_drain(listener, print_events, head);
    auricle_listener_destroy(&listener);
    auricle_head_unref(&head);
    auricle_model_unref(&model);
    return status;
}

int main(int argc, char **argv)
{
    SF_INFO format = {0};
    auricle_error error = {.text = "usage: listen ENCODER HEAD RECORDING (of one channel)"};
    SNDFILE *file = argc == 4 ? sf_open(argv[3], SFM_READ, &format) : NULL;
    const int failed = format.channels != 1 || listen(file, format.samplerate, argv + 1, &error);
    if (failed)
        fprintf(stderr, "%s\n", error.text);
    if (file)
        sf_close(file);
    return failed;
}
