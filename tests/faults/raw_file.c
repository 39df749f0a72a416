// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "raw_file.h"

#include "base/error.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *copied(const void *bytes, size_t count)
{
    void *copy = malloc(count + 1);
    CHECK(copy);
    return memcpy(copy, bytes, count);
}

struct raw_file raw_file_read(const char *path)
{
    struct file_map map;
    CHECK(!file_map_open(path, &map, NULL) && map.count > 8);
    struct raw_file raw = {0};
    for (int i = 7; i >= 0; i--)
        raw.header_bytes = raw.header_bytes << 8 | map.bytes[i];
    CHECK(raw.header_bytes < map.count);
    raw.header = copied(map.bytes + 8, raw.header_bytes);
    raw.data_bytes = map.count - 8 - raw.header_bytes;
    raw.data = copied(map.bytes + 8 + raw.header_bytes, raw.data_bytes);
    file_map_close(&map);
    return raw;
}

void raw_file_free(struct raw_file *raw)
{
    free(raw->header);
    free(raw->data);
    *raw = (struct raw_file){0};
}

json_t *raw_file_header(const struct raw_file *raw)
{
    json_t *json = json_loadb(raw->header, raw->header_bytes, 0, NULL);
    CHECK(json);
    return json;
}

void raw_file_set_header(struct raw_file *raw, json_t *json)
{
    size_t used = json_dumpb(json, NULL, 0, JSON_COMPACT);
    free(raw->header);
    raw->header_bytes = (8 + used + 63) / 64 * 64 - 8;
    raw->header = malloc(raw->header_bytes);
    CHECK(raw->header);
    memset(raw->header, ' ', raw->header_bytes);
    json_dumpb(json, raw->header, used, JSON_COMPACT);
    json_decref(json);
}

void raw_bytes_write(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, count, file) == count);
    CHECK(!fclose(file));
}

void raw_file_write(const struct raw_file *raw, const char *path)
{
    size_t count = 8 + raw->header_bytes + raw->data_bytes;
    unsigned char *bytes = malloc(count);
    CHECK(bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(raw->header_bytes >> (8 * i));
    memcpy(bytes + 8, raw->header, raw->header_bytes);
    memcpy(bytes + 8 + raw->header_bytes, raw->data, raw->data_bytes);
    raw_bytes_write(path, bytes, count);
    free(bytes);
}
