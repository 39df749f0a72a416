// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** The models and shared groups of this process: whoever asks for the same gets the same.
 *
 * An element that opened its own model would hold its own packed weights, megabytes each. What
 * nobody uses any more is closed, so a registry without users holds nothing. Any thread; no lock is
 * held while a file is opened. */
#ifndef GST_AURICLE_MODELS_H
#define GST_AURICLE_MODELS_H

#include <auricle/group.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/** The model in that file as it stands now: a file written since, or another one moved to its
 * place, is another model. By whatever path, one file is one model. NULL with the reason in
 * error. */
auricle_model *gst_auricle_models_take(const gchar *path, auricle_error *error);
/** Of one take. Sets *model to NULL. NULL is fine. */
void gst_auricle_models_give(auricle_model **model);

/** The shared group of that name for the model, among those that wait as long. NULL with the reason
 * in error. */
auricle_group *gst_auricle_groups_take(auricle_model *model, const gchar *name, gint wait_us,
                                       auricle_error *error);
/** Of one take. Sets *group to NULL. NULL is fine. */
void gst_auricle_groups_give(auricle_group **group);

G_END_DECLS

#endif
