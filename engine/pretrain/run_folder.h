// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The folder of one training: while it is locked, no other training writes there. */
#ifndef AURICLE_PRETRAIN_RUN_FOLDER_H
#define AURICLE_PRETRAIN_RUN_FOLDER_H

#include <auricle/status.h>

/** Makes the folder, locks it (FOLDER/lock) and removes the unfinished files of a training that was
 * killed. *lock is to be closed with run_folder_close; -1 = there is none. Errors: IO, INVALID
 * (another training has the lock). */
auricle_status run_folder_open(const char *folder, int *lock, auricle_error *error);
void run_folder_close(int *lock);

#endif
