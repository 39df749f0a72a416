// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** GST_DEBUG=auricle:5 tells of runs, models and drift; :6 of every buffer. */
#ifndef GST_AURICLE_DEBUG_H
#define GST_AURICLE_DEBUG_H

#include <gst/gst.h>

GST_DEBUG_CATEGORY_EXTERN(gst_auricle_debug);
#define GST_CAT_DEFAULT gst_auricle_debug

#endif
