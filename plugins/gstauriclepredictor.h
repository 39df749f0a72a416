// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** How surprising the audio is to the encoder's own predictors, per channel. */
#ifndef GST_AURICLE_PREDICTOR_H
#define GST_AURICLE_PREDICTOR_H

#include "gstauriclefollower.h"

G_BEGIN_DECLS

#define GST_TYPE_AURICLE_PREDICTOR (gst_auricle_predictor_get_type())
G_DECLARE_FINAL_TYPE(GstAuriclePredictor, gst_auricle_predictor, GST, AURICLE_PREDICTOR,
                     GstAuricleFollower)

GST_ELEMENT_REGISTER_DECLARE(auriclepredictor)

G_END_DECLS

#endif
