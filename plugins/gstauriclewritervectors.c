// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/* Embeddings as they are in memory: one buffer per frame, floats [channels][dimension].
 *
 * other/tensors is NNStreamer's stream of one static tensor; its dimensions are written innermost
 * first. application/x-auricle-frames is the same with caps that name things. */
#include "gstauriclewriterformat.h"

#include <string.h>

struct shape {
    guint channels;
    gint dimension, hop, rate;
};

static struct shape shape_of(const GstAuricleFrameMeta *meta)
{
    return (struct shape){meta->channels, meta->info.embedding_dim, meta->info.hop_samples,
                          meta->info.sample_rate_hz};
}

static GstCaps *tensor_caps(const struct shape *shape)
{
    gchar *dimensions = g_strdup_printf("%d:%u:1:1", shape->dimension, shape->channels);
    GstCaps *caps = gst_caps_new_simple("other/tensors", "format", G_TYPE_STRING, "static",
                                        "num_tensors", G_TYPE_INT, 1, "dimensions", G_TYPE_STRING,
                                        dimensions, "types", G_TYPE_STRING, "float32", "framerate",
                                        GST_TYPE_FRACTION, shape->rate, shape->hop, NULL);

    g_free(dimensions);
    return caps;
}

static GstCaps *frame_caps(const struct shape *shape)
{
    return gst_caps_new_simple("application/x-auricle-frames", "format", G_TYPE_STRING,
                               G_BYTE_ORDER == G_LITTLE_ENDIAN ? "F32LE" : "F32BE", "channels",
                               G_TYPE_INT, (gint)shape->channels, "dimension", G_TYPE_INT,
                               shape->dimension, "framerate", GST_TYPE_FRACTION, shape->rate,
                               shape->hop, NULL);
}

static GstBuffer *vectors(const GstAuricleFrameMeta *meta, guint frame)
{
    const gsize dimension = (gsize)meta->info.embedding_dim;
    GstBuffer *buffer =
        gst_buffer_new_allocate(NULL, meta->channels * dimension * sizeof(gfloat), NULL);

    for (guint c = 0; c < meta->channels; c++)
        gst_buffer_fill(buffer, c * dimension * sizeof(gfloat),
                        gst_auricle_frame_meta_vector(meta, c, frame) + meta->info.embedding_offset,
                        dimension * sizeof(gfloat));
    GST_BUFFER_PTS(buffer) = meta->pts + frame * meta->frame_duration;
    GST_BUFFER_DURATION(buffer) = meta->frame_duration;
    return buffer;
}

/* The shape is known with the first frame, and may change with the model. */
static void write_vectors(GstAuricleWriter *writer, const GstAuricleFrameMeta *meta, guint frame,
                          GstCaps *(*caps)(const struct shape *))
{
    struct shape *told = *gst_auricle_writer_state(writer);
    const struct shape shape = shape_of(meta);

    if (memcmp(told, &shape, sizeof shape) != 0) {
        *told = shape;
        gst_auricle_writer_set_caps(writer, caps(&shape));
    }
    gst_auricle_writer_push(writer, vectors(meta, frame));
}

static void tensors_frame(GstAuricleWriter *writer, const GstAuricleFrameMeta *meta, guint frame)
{
    write_vectors(writer, meta, frame, tensor_caps);
}

static void frames_frame(GstAuricleWriter *writer, const GstAuricleFrameMeta *meta, guint frame)
{
    write_vectors(writer, meta, frame, frame_caps);
}

static void vectors_begin(GstAuricleWriter *writer)
{
    *gst_auricle_writer_state(writer) = g_new0(struct shape, 1);
}

static void vectors_end(GstAuricleWriter *writer, G_GNUC_UNUSED gboolean drain)
{
    g_free(*gst_auricle_writer_state(writer));
}

const GstAuricleWriterFormat gst_auricle_writer_tensors = {
    .caps = "other/tensors, format = (string) static, num_tensors = (int) 1, types = (string) "
            "float32",
    .begin = vectors_begin,
    .frame = tensors_frame,
    .end = vectors_end,
};

const GstAuricleWriterFormat gst_auricle_writer_frames = {
    .caps = "application/x-auricle-frames",
    .begin = vectors_begin,
    .frame = frames_frame,
    .end = vectors_end,
};
