# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# Sourced by the pipelines: where the plugin and the models are. Set GST_PLUGIN_PATH or
# AURICLE_MODELS to use others than those of this checkout or installation.
here=$(cd "$(dirname "$0")" && pwd)
models=${AURICLE_MODELS:-$here/../models}
if [ -d "$here/../build/plugins" ]; then # else the plugin is installed
    export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$here/../build/plugins}"
fi

# any decodable file, at a rate the encoder takes
decode='! decodebin ! audioconvert ! audioresample ! audio/x-raw,rate=(int)[8000,48000]'

# need_file "$@": the script's own comment is its help
need_file() {
    if [ $# -lt 1 ] || [ ! -r "$1" ]; then
        sed -n 's/^# \{0,1\}//; /^usage/,/^$/p' "$0" >&2
        [ $# -ge 1 ] && echo "$1: no such recording, or it cannot be read" >&2
        exit 2
    fi
}
