// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/audio_file.h"

#include <limits.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

#define PROMPT(name) "asterisk/sounds/en_US_f_Allison/" name ".wav" // asterisk-core-sounds-en-wav
#define WORD(name) "sounds/alsa/" name ".wav"                       // alsa-utils

static const char *const recordings[PEOPLE] = {
    PROMPT("agent-alreadyon"), PROMPT("demo-enterkeywords"),  PROMPT("demo-thanks"),
    PROMPT("dir-instr"),       PROMPT("queue-youarenext"),    PROMPT("vm-forwardoptions"),
    PROMPT("vm-instructions"), PROMPT("vm-invalid-password"), PROMPT("vm-newuser"),
    PROMPT("vm-rec-temp"),     PROMPT("vm-tempgreeting2"),    WORD("Front_Center"),
    WORD("Front_Left"),        WORD("Front_Right"),           WORD("Rear_Center"),
    WORD("Side_Left"),
};

static void write_samples(const char *path, const float *samples, size_t count)
{
    SF_INFO info = {
        .samplerate = PEOPLE_RATE_HZ, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_write_float(file, samples, (sf_count_t)count), count);
    sf_close(file);
}

void people_write(const char *folder)
{
    for (int i = 0; i < PEOPLE; i++) {
        char from[PATH_MAX], to[PATH_MAX];
        float *samples;
        size_t count;
        auricle_error error;
        snprintf(from, sizeof from, "/usr/share/%s", recordings[i]);
        snprintf(to, sizeof to, "%s/%02d.wav", folder, i);
        if (audio_file_load(from, PEOPLE_RATE_HZ, -1, 0, 0, &samples, &count, &error))
            fail_msg("%s; ./run test installs asterisk-core-sounds-en-wav and alsa-utils",
                     error.text);
        write_samples(to, samples, count);
        free(samples);
    }
}
