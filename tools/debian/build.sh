#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# Builds the Debian packages from this checkout: build.sh OUT-FOLDER
# One installation under /usr, divided among the packages by path.
set -euo pipefail
[ $# -eq 1 ] || { sed -n 's/^# //p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$out/work
rm -rf "$work"
mkdir -p "$work/debian"
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
architecture=$(dpkg-architecture -qDEB_HOST_ARCH)
version=$(sed -n "s/^  version: '\([0-9.]*\)'.*/\1/p" "$source/meson.build")
# Who builds is the maintainer of these packages (Debian policy 3.3); DEBFULLNAME and DEBEMAIL say who, as for
# Debian's own tools.
maintainer="${DEBFULLNAME:-Auricle authors} <${DEBEMAIL:-auricle@localhost}>"

meson setup "$work/build" "$source" --prefix=/usr --libdir="lib/$multiarch" -Dtests=false >"$work/log"
ninja -C "$work/build" --quiet
DESTDIR=$work/all meson install -C "$work/build" --no-rebuild --quiet
find "$work/all" -type f \( -name '*.so*' -o -path '*/bin/*' \) -exec strip --strip-unneeded {} +
gzip -9n "$work"/all/usr/share/man/man1/*.1
mv "$work/all/usr/share/bash-completion/completions/auricle.bash" \
    "$work/all/usr/share/bash-completion/completions/auricle"
find "$work/all/usr/share/auricle/models" -name '*.md' -delete # licences: in copyright

# What dpkg-shlibdeps has to know of packages that are not installed.
cat >"$work/debian/shlibs.local" <<TEXT
libauricle 0 libauricle0 (>= $version)
libauricle-train 0 libauricle-train0 (>= $version)
TEXT
printf 'Source: auricle\n\nPackage: auricle\nArchitecture: any\n' >"$work/debian/control"

take() { # PACKAGE PATH...: moves paths below usr/ into the package
    local package=$1 path
    shift
    for path in "$@"; do
        mkdir -p "$work/$package/usr/$(dirname "$path")"
        mv "$work/all/usr/$path" "$work/$package/usr/$path"
    done
}

library_dependencies() { # PACKAGE
    local files
    mapfile -t files < <(find "$work/$1" -type f \( -name '*.so*' -o -path '*/bin/*' \))
    [ ${#files[@]} -gt 0 ] || return 0
    (cd "$work" && dpkg-shlibdeps --ignore-missing-info -O \
        -l"$work/libauricle0/usr/lib/$multiarch" \
        -l"$work/libauricle-train0/usr/lib/$multiarch" "${files[@]}" 2>>"$work/log") |
        sed 's/^shlibs:Depends=//'
}

package() { # NAME SECTION ARCHITECTURE DEPENDS SUMMARY; the long text on stdin
    local name=$1 section=$2 of=$3 depends=$4 summary=$5 root=$work/$1 found
    found=$(library_dependencies "$name")
    depends=$found${found:+${depends:+, }}$depends
    mkdir -p "$root/DEBIAN" "$root/usr/share/doc/$name"
    cp "$here/copyright" "$root/usr/share/doc/$name/copyright"
    [ "$name" != auricle-models ] ||
        sed 's/^$/./; s/^/ /' "$source/models/ATTRIBUTION.md" >>"$root/usr/share/doc/$name/copyright"
    printf 'auricle (%s) unstable; urgency=medium\n\n  * Built from the source folder.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(date -R -r "$source/meson.build")" |
        gzip -9n >"$root/usr/share/doc/$name/changelog.gz"
    {
        printf 'Package: %s\nVersion: %s\nSource: auricle\nArchitecture: %s\nMaintainer: %s\n' \
            "$name" "$version" "$of" "$maintainer"
        printf 'Section: %s\nPriority: optional\nInstalled-Size: %s\n' "$section" \
            "$(du -sk "$root" | cut -f1)"
        [ "$of" = all ] || [ "$section" = sound ] || printf 'Multi-Arch: same\n'
        [ -z "$depends" ] || printf 'Depends: %s\n' "$depends"
        [ "$name" != gstreamer1.0-auricle ] || printf 'Recommends: auricle-models\n'
        printf 'Description: %s\n' "$summary"
        sed 's/^$/./; s/^/ /'
    } >"$root/DEBIAN/control"
    case $name in
    libauricle*0)
        local library=${name%0}
        printf '%s 0 %s (>= %s)\n' "$library" "$name" "$version" >"$root/DEBIAN/shlibs"
        printf 'activate-noawait ldconfig\n' >"$root/DEBIAN/triggers"
        ;;
    esac
    (cd "$root" && find usr -type f -exec md5sum {} + >DEBIAN/md5sums)
    find "$root" -type d -exec chmod 0755 {} +
    find "$root" -type f -exec chmod u=rw,go=r {} +
    find "$root" -type f \( -path '*/bin/*' -o -name '*.sh' ! -name common.sh \) -exec chmod 0755 {} +
    dpkg-deb --root-owner-group --build "$root" "$out" >>"$work/log"
}

take libauricle0 "lib/$multiarch/libauricle.so.0"
take libauricle-train0 "lib/$multiarch/libauricle-train.so.0"
take libauricle-dev include "lib/$multiarch/libauricle.so" "lib/$multiarch/libauricle-train.so"
[ ! -d "$work/all/usr/lib/$multiarch/pkgconfig" ] || take libauricle-dev "lib/$multiarch/pkgconfig"
take gstreamer1.0-auricle "lib/$multiarch/gstreamer-1.0"
take auricle-models share/auricle/models
if [ -d "$work/all/usr/share/doc/auricle/examples" ]; then
    take libauricle-dev share/doc/auricle/examples
    mkdir -p "$work/libauricle-dev/usr/share/doc/libauricle-dev"
    mv "$work/libauricle-dev/usr/share/doc/auricle/examples" "$work/libauricle-dev/usr/share/doc/libauricle-dev/"
    rmdir "$work/libauricle-dev/usr/share/doc/auricle"
fi
take auricle bin share/auricle share/man share/bash-completion
left=$(find "$work/all" -type f)
[ -z "$left" ] || { echo "in no package: $left" >&2; exit 1; }

package libauricle0 libs "$architecture" '' 'learned listening: the live library' <<'TEXT'
Auricle learns to listen from unlabelled sound and then listens live: a causal
encoder makes one vector of every 10 ms, and small heads turn vectors into
events.

This package has the library that runs encoders and heads.
TEXT
package libauricle-train0 libs "$architecture" '' 'learned listening: the training library' <<'TEXT'
Auricle learns to listen from unlabelled sound and then listens live.

This package has the library that pretrains encoders, fits and evaluates heads.
TEXT
package libauricle-dev libdevel "$architecture" \
    "libauricle0 (= $version), libauricle-train0 (= $version)" \
    'learned listening: headers' <<'TEXT'
Auricle learns to listen from unlabelled sound and then listens live.

This package has the headers of both libraries.
TEXT
package gstreamer1.0-auricle sound "$architecture" '' \
    'GStreamer elements that listen with Auricle' <<'TEXT'
Elements that encode each channel of a live stream, report surprise and
events on the bus, and write them as text: auricleencoder, auriclepredictor,
auricleclassifier, auriclewriter; portaudiosrc reads a microphone.
TEXT
package auricle-models sound all '' 'trained encoder and heads for Auricle' <<'TEXT'
A trained encoder, and heads for spoken commands, arousal in a voice and
household sounds.
TEXT
package auricle sound "$architecture" 'auricle-models' \
    'pretrains, fits, evaluates and runs listening models' <<'TEXT'
The program of Auricle, which learns to listen from unlabelled sound and then
listens live: it pretrains encoders, fits heads on few labels, evaluates both
and listens to a microphone or a recording. Ready GStreamer pipelines are in
/usr/share/auricle/pipelines.
TEXT
rm -rf "$work"
ls -1 "$out"/*.deb
