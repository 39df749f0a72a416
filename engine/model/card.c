// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#include "model/card.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static auricle_status check_card(const json_t *json, const char *kind, auricle_error *error)
{
    const json_t *format = json_object_get(json, "format");
    const char *found = json_string_value(json_object_get(json, "kind"));
    if (!json_is_integer(format) || json_integer_value(format) < 1)
        return error_set(error, AURICLE_FORMAT, "the card has no 'format' number");
    if (json_integer_value(format) > CARD_FORMAT)
        return error_set(error, AURICLE_FORMAT,
                         "format %lld is newer than the %d this auricle %s knows: upgrade auricle",
                         (long long)json_integer_value(format), CARD_FORMAT, AURICLE_VERSION);
    if (!found || strcmp(found, kind) != 0)
        return error_set(error, AURICLE_FORMAT, "this is %s, not the %s asked for",
                         !found                      ? "a file of no stated kind"
                         : !strcmp(found, "head")    ? "a head"
                         : !strcmp(found, "encoder") ? "an encoder"
                                                     : "a file of another kind",
                         kind);
    return AURICLE_OK;
}

auricle_status card_read(const struct safetensors *file, const char *kind, const char **text,
                         json_t **json, auricle_error *error)
{
    json_error_t reason;
    *json = NULL;
    *text = json_string_value(json_object_get(file->metadata, "auricle"));
    if (!*text)
        return error_set(error, AURICLE_FORMAT,
                         "no 'auricle' card in the metadata: not a file of this program");
    *json = json_loads(*text, JSON_REJECT_DUPLICATES, &reason);
    if (!*json && (json_error_code(&reason) == json_error_out_of_memory || !reason.text[0]))
        return error_set(error, AURICLE_NO_MEMORY, "not enough memory to read the card");
    if (!*json)
        return error_set(error, AURICLE_FORMAT, "the card is not JSON (line %d, column %d)",
                         reason.line, reason.column);
    auricle_status status = check_card(*json, kind, error);
    if (status) {
        json_decref(*json);
        *json = NULL;
    }
    return status;
}

json_t *card_metadata(json_t *json)
{
    json_t *metadata = NULL;
    char *text = NULL;
    if (json && !json_object_set_new(json, "format", json_integer(CARD_FORMAT)))
        text = json_dumps(json, JSON_COMPACT);
    // "format": "pt" is what readers of safetensors expect of files without a framework of their
    // own
    if (text)
        metadata = json_pack("{s:s, s:s}", "format", "pt", "auricle", text);
    free(text);
    json_decref(json);
    return metadata;
}
