// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** SHA-256 (FIPS 180-4): names a file's contents. */
#ifndef AURICLE_BASE_SHA256_H
#define AURICLE_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64, SHA256_DIGEST = 32, SHA256_HEX = 2 * SHA256_DIGEST + 1 };

struct sha256 {
    uint32_t state[8];
    uint64_t count; // bytes taken so far
    unsigned char block[SHA256_BLOCK];
};

struct sha256 sha256_begin(void);
void sha256_add(struct sha256 *sha, const void *bytes, size_t count);
/** The digest as 64 hexadecimal digits and a NUL; sha is spent. */
void sha256_end(struct sha256 *sha, char hex[SHA256_HEX]);

#endif
