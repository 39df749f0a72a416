// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** All that a program needs to listen live: one include, one library (libauricle).
 *
 * What learns has a header for each verb, in libauricle-train: auricle/pretrain.h, fit.h,
 * evaluate.h, probe.h, generate.h, export.h. */
#ifndef AURICLE_AURICLE_H
#define AURICLE_AURICLE_H

#include <auricle/group.h>
#include <auricle/head.h>
#include <auricle/listener.h>
#include <auricle/machine.h>
#include <auricle/model.h>
#include <auricle/speaker.h>
#include <auricle/status.h>
#include <auricle/stream.h>

#endif
