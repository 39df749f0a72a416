// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What there is: the files below a folder, and the different values of a column for a message. */
#ifndef AURICLE_DATA_LISTING_H
#define AURICLE_DATA_LISTING_H

#include <auricle/status.h>

#include <stdbool.h>

/** The first different values noted, as "a, b, c, ...". Zeros = none yet. */
struct listing {
    char text[96];
};
void listing_note(struct listing *listing, const char *value);
/** "none" when nothing was noted. */
const char *listing_text(const struct listing *listing);

/** All regular files below folder whose name keep() accepts, sorted by path. Names that begin with
 * a dot and linked folders are passed over. paths is to be freed with listing_tree_free, on failure
 * too. Errors: IO (a folder cannot be read), NO_MEMORY. */
auricle_status listing_tree(const char *folder, bool (*keep)(const char *name), char ***paths,
                            int *count, auricle_error *error);
void listing_tree_free(char ***paths, int count);

#endif
