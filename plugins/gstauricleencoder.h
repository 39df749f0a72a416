// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Audio through unchanged; the frames a pretrained encoder makes of it, as metas on it. */
#ifndef GST_AURICLE_ENCODER_H
#define GST_AURICLE_ENCODER_H

#include "gstauriclefilter.h"

G_BEGIN_DECLS

#define GST_TYPE_AURICLE_ENCODER (gst_auricle_encoder_get_type())
G_DECLARE_FINAL_TYPE(GstAuricleEncoder, gst_auricle_encoder, GST, AURICLE_ENCODER, GstAuricleFilter)

GST_ELEMENT_REGISTER_DECLARE(auricleencoder)

G_END_DECLS

#endif
