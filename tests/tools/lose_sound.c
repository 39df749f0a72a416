// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
// Loaded in front of PortAudio: at the 20th read the device says that sound was discarded, and its
// clock is two seconds further on.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <portaudio.h>

#define SHOWN __attribute__((visibility("default")))

enum { AT_READ = 20, LOST_S = 2 };

static int reads;

SHOWN PaError Pa_ReadStream(PaStream *stream, void *buffer, unsigned long frames)
{
    PaError (*real)(PaStream *, void *, unsigned long);
    *(void **)&real = dlsym(RTLD_NEXT, "Pa_ReadStream");
    const PaError result = real(stream, buffer, frames);
    return ++reads == AT_READ && result == paNoError ? paInputOverflowed : result;
}

SHOWN PaTime Pa_GetStreamTime(PaStream *stream)
{
    PaTime (*real)(PaStream *);
    *(void **)&real = dlsym(RTLD_NEXT, "Pa_GetStreamTime");
    return real(stream) + (reads >= AT_READ ? LOST_S : 0);
}
