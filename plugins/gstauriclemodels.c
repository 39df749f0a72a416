// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _POSIX_C_SOURCE 200809L /* st_mtim */
#include "gstauriclemodels.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* One version of one file. */
typedef struct {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written, changed; /* changed: also when an older file was moved here */
} FileIdentity;

typedef struct {
    guint users;
    FileIdentity file;
    auricle_model *model;
} ModelEntry;

typedef struct {
    guint users;
    gchar *name;
    gint wait_us;
    auricle_model *model; /* the group's reference keeps it */
    auricle_group *group;
} GroupEntry;

/* The plugin's only state beside its elements. lock guards the lists and the entries' users; a
 * process has few different models and groups, so they are searched. */
static GMutex lock;
static GSList *models; /* ModelEntry */
static GSList *groups; /* GroupEntry */

/* --- models --- */

static gboolean identify(const gchar *path, FileIdentity *file)
{
    GStatBuf found;

    memset(file, 0, sizeof *file);
    if (g_stat(path, &found))
        return FALSE;
    file->device = found.st_dev;
    file->inode = found.st_ino;
    file->size = found.st_size;
    file->written = found.st_mtim;
    file->changed = found.st_ctim;
    return TRUE;
}

static gboolean same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static gboolean same_file(const FileIdentity *a, const FileIdentity *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           same_time(&a->written, &b->written) && same_time(&a->changed, &b->changed);
}

static ModelEntry *find_file(const FileIdentity *file)
{
    for (GSList *each = models; file->inode && each; each = each->next)
        if (same_file(&((ModelEntry *)each->data)->file, file))
            return each->data;
    return NULL;
}

static auricle_model *use(ModelEntry *entry)
{
    if (entry)
        entry->users++;
    return entry ? entry->model : NULL;
}

static void add_model(auricle_model *model, const FileIdentity *file)
{
    ModelEntry *entry = g_new0(ModelEntry, 1);

    entry->model = model;
    entry->file = *file;
    models = g_slist_prepend(models, entry);
}

/* Of a file that was replaced while it was read: a version that no other will be found to be. */
static FileIdentity identity_read(const gchar *path, const FileIdentity *before)
{
    FileIdentity after;

    if (!identify(path, &after) || !same_file(before, &after))
        memset(&after, 0, sizeof after);
    return after;
}

auricle_model *gst_auricle_models_take(const gchar *path, auricle_error *error)
{
    FileIdentity file;
    auricle_model *model, *opened;

    identify(path, &file);
    g_mutex_lock(&lock);
    model = use(find_file(&file));
    g_mutex_unlock(&lock);
    /* without the lock: a swap in a streaming thread must not wait for a file */
    if (model || auricle_model_open(path, &opened, error) != AURICLE_OK)
        return model;
    file = identity_read(path, &file);
    g_mutex_lock(&lock);
    model = use(find_file(&file)); /* if another was faster */
    if (!model) {
        add_model(opened, &file);
        model = use(models->data);
        opened = NULL;
    }
    g_mutex_unlock(&lock);
    auricle_model_unref(&opened);
    return model;
}

void gst_auricle_models_give(auricle_model **model)
{
    GSList *each;
    auricle_model *last = NULL;

    if (!*model)
        return;
    g_mutex_lock(&lock);
    for (each = models; ((ModelEntry *)each->data)->model != *model;)
        each = each->next;
    if (!--((ModelEntry *)each->data)->users) {
        last = *model;
        g_free(each->data);
        models = g_slist_delete_link(models, each);
    }
    g_mutex_unlock(&lock);
    auricle_model_unref(&last);
    *model = NULL;
}

/* --- groups --- */

static GroupEntry *find_group(const auricle_model *model, const gchar *name, gint wait_us)
{
    for (GSList *each = groups; each; each = each->next) {
        GroupEntry *entry = each->data;
        if (entry->model == model && entry->wait_us == wait_us && !strcmp(entry->name, name))
            return entry;
    }
    return NULL;
}

static GroupEntry *make_group(auricle_model *model, const gchar *name, gint wait_us,
                              auricle_error *error)
{
    const auricle_group_config config = {.shared = true, .wait_us = wait_us};
    auricle_group *group;
    GroupEntry *entry;

    if (auricle_group_create(model, &config, &group, error) != AURICLE_OK)
        return NULL;
    entry = g_new0(GroupEntry, 1);
    entry->name = g_strdup(name);
    entry->wait_us = wait_us;
    entry->model = model;
    entry->group = group;
    groups = g_slist_prepend(groups, entry);
    return entry;
}

auricle_group *gst_auricle_groups_take(auricle_model *model, const gchar *name, gint wait_us,
                                       auricle_error *error)
{
    GroupEntry *entry;

    g_mutex_lock(&lock);
    entry = find_group(model, name, wait_us);
    if (!entry)
        entry = make_group(model, name, wait_us, error);
    if (entry)
        entry->users++;
    g_mutex_unlock(&lock);
    return entry ? entry->group : NULL;
}

void gst_auricle_groups_give(auricle_group **group)
{
    GSList *each;
    GroupEntry *entry;

    if (!*group)
        return;
    g_mutex_lock(&lock);
    for (each = groups; ((GroupEntry *)each->data)->group != *group;)
        each = each->next;
    entry = each->data;
    if (!--entry->users) {
        groups = g_slist_delete_link(groups, each);
        auricle_group_unref(group);
        g_free(entry->name);
        g_free(entry);
    }
    g_mutex_unlock(&lock);
    *group = NULL;
}
