// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Tells ThreadSanitizer about the locks and reference counts of GLib and GStreamer, which are not
 * built with it: each function here stands in front of the library's. Only in builds with
 * -Db_sanitize=thread. */
#define _GNU_SOURCE // RTLD_NEXT
#include <dlfcn.h>
#include <gst/gst.h>
#include <sanitizer/tsan_interface.h>

#pragma GCC visibility push(default)

#define NEXT(name)                                                                                 \
    static __typeof__(name) *next;                                                                 \
    if (!next)                                                                                     \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

#define LOCKS(type, lock, unlock, trylock)                                                         \
    void(lock)(type * mutex)                                                                       \
    {                                                                                              \
        NEXT(lock);                                                                                \
        next(mutex);                                                                               \
        __tsan_acquire(mutex);                                                                     \
    }                                                                                              \
    void(unlock)(type * mutex)                                                                     \
    {                                                                                              \
        NEXT(unlock);                                                                              \
        __tsan_release(mutex);                                                                     \
        next(mutex);                                                                               \
    }                                                                                              \
    gboolean(trylock)(type * mutex)                                                                \
    {                                                                                              \
        NEXT(trylock);                                                                             \
        gboolean locked = next(mutex);                                                             \
        if (locked)                                                                                \
            __tsan_acquire(mutex);                                                                 \
        return locked;                                                                             \
    }

LOCKS(GMutex, g_mutex_lock, g_mutex_unlock, g_mutex_trylock)
LOCKS(GRecMutex, g_rec_mutex_lock, g_rec_mutex_unlock, g_rec_mutex_trylock)

void(g_cond_wait)(GCond *cond, GMutex *mutex)
{
    NEXT(g_cond_wait);
    __tsan_release(mutex);
    next(cond, mutex);
    __tsan_acquire(mutex);
}

gboolean(g_cond_wait_until)(GCond *cond, GMutex *mutex, gint64 end)
{
    NEXT(g_cond_wait_until);
    __tsan_release(mutex);
    gboolean came = next(cond, mutex, end);
    __tsan_acquire(mutex);
    return came;
}

/* What each holder did is before what the last one does when it frees the object. */
#define COUNTS(type, name)                                                                         \
    void(name)(type * object)                                                                      \
    {                                                                                              \
        NEXT(name);                                                                                \
        __tsan_acquire(object);                                                                    \
        __tsan_release(object);                                                                    \
        next(object);                                                                              \
    }

COUNTS(GstMiniObject, gst_mini_object_unref)
COUNTS(void, g_object_unref)
COUNTS(void, gst_object_unref)

/* A message or an event passes what its sender wrote to who takes it. */
gboolean(gst_bus_post)(GstBus *bus, GstMessage *message)
{
    NEXT(gst_bus_post);
    __tsan_release(bus);
    return next(bus, message);
}

GstMessage *(gst_bus_timed_pop_filtered)(GstBus *bus, GstClockTime timeout, GstMessageType types)
{
    NEXT(gst_bus_timed_pop_filtered);
    GstMessage *message = next(bus, timeout, types);
    __tsan_acquire(bus);
    return message;
}

/* What is passed through a queue without a lock. */
void(gst_atomic_queue_push)(GstAtomicQueue *queue, gpointer item)
{
    NEXT(gst_atomic_queue_push);
    __tsan_release(queue);
    next(queue, item);
}

gpointer(gst_atomic_queue_pop)(GstAtomicQueue *queue)
{
    NEXT(gst_atomic_queue_pop);
    gpointer item = next(queue);
    __tsan_acquire(queue);
    return item;
}

/* A task's thread begins after its pad was started, and has ended when its pad is stopped. */
gboolean(gst_pad_start_task)(GstPad *pad, GstTaskFunction function, gpointer user,
                             GDestroyNotify notify)
{
    NEXT(gst_pad_start_task);
    __tsan_release(pad);
    return next(pad, function, user, notify);
}

#pragma GCC visibility pop
