// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What works on an encoder's frames: finds them, follows the model that made them, knows runs.
 *
 * The model comes with the frames, so a follower needs none of its own. When it is given one all
 * the same, that is a condition: frames of another model are refused. */
#ifndef GST_AURICLE_FOLLOWER_H
#define GST_AURICLE_FOLLOWER_H

#include "gstauriclefilter.h"
#include "gstauricleframemeta.h"

G_BEGIN_DECLS

#define GST_TYPE_AURICLE_FOLLOWER (gst_auricle_follower_get_type())
G_DECLARE_DERIVABLE_TYPE(GstAuricleFollower, gst_auricle_follower, GST, AURICLE_FOLLOWER,
                         GstAuricleFilter)

struct _GstAuricleFollowerClass {
    GstAuricleFilterClass parent_class;

    /* all in the streaming thread */
    /* Frames will be like these: another model or number of channels than before. FALSE with the
     * reason when it cannot work with them; then no frames come until that changes. */
    gboolean (*adopt)(GstAuricleFollower *self, const GstAuricleFrameMeta *meta,
                      auricle_error *error);
    /* before each buffer's frames: settings that changed take effect; may be NULL */
    void (*refresh)(GstAuricleFollower *self);
    void (*frames)(GstAuricleFollower *self, const GstAuricleFrameMeta *meta, GstBuffer *buffer);
    /* The run is over; NULL buffer: nothing carries what is left */
    void (*close)(GstAuricleFollower *self, GstBuffer *buffer);
    void (*forget)(GstAuricleFollower *self);  /* state as new */
    void (*abandon)(GstAuricleFollower *self); /* gives back what adopt took */
};

enum {
    GST_AURICLE_FOLLOWER_MODEL = GST_AURICLE_FILTER_PROPERTIES,
    GST_AURICLE_FOLLOWER_PROPERTIES
};

/** For class_init, instead of the filter's. */
void gst_auricle_follower_class_setup(GstAuricleFollowerClass *klass, const gchar *post_text);

/** The model of the frames, with a reference; NULL before the first. Any thread. */
auricle_model *gst_auricle_follower_get_model(GstAuricleFollower *self);
/** How many channels they have, 0 before the first. Any thread. */
guint gst_auricle_follower_get_channels(GstAuricleFollower *self);
/** Makes the next frames be adopted anew, after a change of settings that adopt had refused. */
void gst_auricle_follower_retry(GstAuricleFollower *self);

G_END_DECLS

#endif
