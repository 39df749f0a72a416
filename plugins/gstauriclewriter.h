// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The results that ride on audio, as a stream of text of their own. */
#ifndef GST_AURICLE_WRITER_H
#define GST_AURICLE_WRITER_H

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_AURICLE_WRITER (gst_auricle_writer_get_type())
G_DECLARE_FINAL_TYPE(GstAuricleWriter, gst_auricle_writer, GST, AURICLE_WRITER, GstElement)

GST_ELEMENT_REGISTER_DECLARE(auriclewriter)

G_END_DECLS

#endif
