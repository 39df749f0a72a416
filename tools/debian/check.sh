#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# Checks the Debian packages in a folder: check.sh FOLDER
# lintian finds no error; in a new Debian they install, play, hear a virtual microphone and leave nothing
# behind. Needs root and Debian's mirror for the second part.
set -euo pipefail
[ $# -eq 1 ] || { sed -n 's/^# //p' "$0" >&2; exit 2; }
packages=$(cd "$1" && pwd)
# auricle@localhost is meant: set DEBEMAIL for packages that leave this machine
lintian --fail-on error --suppress-tags \
    bogus-mail-host,bogus-mail-host-in-debian-changelog,mail-address-loops-or-bounces "$packages"/*.deb
[ "$(id -u)" -eq 0 ] || { echo "skipped: installing needs root"; exit 0; }

mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m 1 'debian/$' || true)
root=$(mktemp -d)
server=
leave() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf --one-file-system "$root"
}
trap leave EXIT
debootstrap --variant=minbase bookworm "$root" "${mirror:-http://deb.debian.org/debian}" >"$packages/debootstrap.log" ||
    { tail -n 5 "$packages/debootstrap.log" >&2; exit 1; }
cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
for file in $(grep -l '^ *Acquire' /etc/apt/apt.conf.d/* 2>/dev/null); do # proxies, for example
    cp "$file" "$root/etc/apt/apt.conf.d/"
done
mkdir "$root/packages"
cp "$packages"/*.deb "$root/packages/"

inside() {
    chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        "$@"
}
list_files() { inside sh -c 'find /usr /etc -xdev | grep -i auricle | sort'; }

inside sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends /packages/*.deb \
    gstreamer1.0-tools gstreamer1.0-plugins-base pulseaudio pulseaudio-utils libasound2-plugins' >"$packages/install.log" 2>&1 ||
    { tail -n 5 "$packages/install.log" >&2; exit 1; }
inside gst-inspect-1.0 --exists auricleencoder
! inside gst-inspect-1.0 -b | grep -i auricle
models=/usr/share/auricle/models
inside gst-launch-1.0 -q audiotestsrc num-buffers=200 ! auricleencoder model=$models/encoder.safetensors ! \
    auricleclassifier head=$models/commands.safetensors ! auriclewriter ! fakesink
inside gst-launch-1.0 -q audiotestsrc num-buffers=100 ! wavenc ! filesink location=/tone.wav 2>/dev/null ||
    inside sh -c 'head -c 64044 /dev/zero >/tone.wav'
inside auricle info $models/encoder.safetensors >/dev/null
inside auricle --version

# What is played into a null sink is heard by portaudiosrc from the sink's monitor.
mkdir -p "$root/tmp/run"
chmod 0700 "$root/tmp/run"
printf 'pcm.!default { type pulse }\nctl.!default { type pulse }\n' >"$root/root/.asoundrc"
printf '%s\n' 'load-module module-native-protocol-unix' \
    'load-module module-null-sink sink_name=speaker norewinds=1' 'set-default-sink speaker' \
    'set-default-source speaker.monitor' >"$root/tmp/server.pa"
sound() { inside env XDG_RUNTIME_DIR=/tmp/run PULSE_RUNTIME_PATH=/tmp/run/pulse JACK_NO_START_SERVER=1 "$@"; }
sound pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no -F /tmp/server.pa \
    >"$packages/pulseaudio.log" 2>&1 &
server=$!
for _ in $(seq 300); do
    sound pactl info >/dev/null 2>&1 && break
    sleep 0.1
done
sound gst-launch-1.0 -q audiotestsrc wave=ticks num-buffers=400 ! audioconvert ! filesink location=/tmp/ticks.raw
sound pacat --playback --format=s16le --rate=44100 --channels=1 /tmp/ticks.raw &
player=$!
heard=$(sound gst-launch-1.0 -q portaudiosrc num-buffers=300 ! auricleencoder model=$models/encoder.safetensors ! \
    auricleclassifier head=$models/commands.safetensors post-posteriors=true ! auriclewriter ! fdsink | wc -l)
wait "$player" || true
kill "$server"
wait "$server" || true
server=
[ "$heard" -gt 0 ] || echo "NOT SHOWN: portaudiosrc wrote no line from the virtual microphone" >&2
[ "$heard" -eq 0 ] || echo "portaudiosrc ! ... wrote $heard lines from a virtual microphone"

inside sh -c 'apt-get purge -y -qq "*auricle*"' >>"$packages/install.log" 2>&1
left=$(list_files || true)
[ -z "$left" ] || { echo "left behind: $left" >&2; exit 1; }
echo "installed, played and purged in a new Debian"
