# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What the planners of fetch-audio.sh share. A planner lists the clips of one part."""
import hashlib
import os
import re
import shutil
import sys
import zipfile


COLUMNS = ("file_name label speaker task split source lang seconds text licence ship "
           "session start end fold rate").split()

GPL2, GPL2P, BYSA3, BY3 = "GPL-2.0-only", "GPL-2.0-or-later", "CC BY-SA 3.0", "CC BY 3.0"
LICENCE = {
    "festvox-ru": "BSD-like (festvox-ru)", "alsa-utils": GPL2,
    "asterisk-core-sounds-en-g722": BYSA3, "asterisk-core-sounds-es-g722": BYSA3,
    "asterisk-core-sounds-fr-g722": BYSA3, "asterisk-core-sounds-it-g722": "CC BY 3.0",
    "asterisk-core-sounds-ru-g722": BY3, "asterisk-prompt-es-co": GPL2,
    "asterisk-prompt-fr-armelle": "BSD-like (Gutierrez 2006)",
    "asterisk-prompt-it-menardi-wav": "CC BY-SA 3.0 IT",
    "tuxpaint-stamps-default": GPL2, "fillets-ng-data-cs": GPL2, "fillets-ng-data-nl": GPL2,
    "fillets-ng-data": GPL2, "klettres-data": GPL2P, "ktuberling-data": GPL2P,
    "flight-of-the-amazon-queen": "Flight of the Amazon Queen licence (free, attribution)",
    "beneath-a-steel-sky": "Beneath a Steel Sky licence (free, attribution)",
    "drascula": "Drascula licence (free, attribution)",
    "drascula-spanish": "Drascula licence (free, attribution)",
    "drascula-music": "Drascula licence (free, attribution)",
    "hedgewars-data": "GFDL-1.3", "nexuiz-data": GPL2P, "warzone2100-data": GPL2P,
    "trigger-rally-data": GPL2P, "openarena-data": GPL2P, "openarena-081-misc": GPL2P,
    "openarena-081-players": GPL2P, "openarena-085-data": GPL2P, "openarena-088-data": GPL2P,
    "0ad-data": BYSA3,
}


class Part:
    """Where a planner finds its packages and may write scratch files."""

    def __init__(self, name, debs, scratch, repos):
        self.name, self.debs, self.scratch, self.repos = name, debs, scratch, repos

    def deb(self, package, *path):
        return os.path.join(self.debs, package, *path)

    def temp(self, name):
        path = os.path.join(self.scratch, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path


def die(message):
    sys.exit("fetch-audio: " + message)


def walk(top, *endings):
    """Files below top, sorted, so that two runs list the same clips in the same order."""
    found = []
    for folder, _, names in os.walk(top):
        found += [os.path.join(folder, n) for n in names if n.lower().endswith(endings)]
    return sorted(found)


def plain_name(path):
    """Folders and file stem in ASCII; other letters become their code point."""
    path = "".join(c if re.match(r"[\w./+-]", c, re.A) else "_" if ord(c) < 128 else "u%04x" % ord(c)
                   for c in path)
    return re.sub(r"_+", "_", path)


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def clip(src, out, speaker, source, lang, label="", task="speech", text="", split="train",
         ship="yes", licence=None, before=(), seconds_max=None, rate="", **more):
    """One clip: `before` are ffmpeg's input options, `seconds_max` cuts."""
    row = dict(label=label, speaker=speaker, task=task, split=split, source=source, lang=lang,
               text=" ".join(text.split()), ship=ship, licence=licence or LICENCE[source], rate=rate)
    row.update(more)
    row["file_name"] = plain_name(out) + ".flac"
    row["_src"], row["_before"] = src, list(before)
    if seconds_max:
        row["_before"] += ["-t", str(seconds_max)]
    return row


def unzip(part, package, archive, *wanted):
    """Extracts the sounds whose path begins with one of `wanted`; yields (path, name inside)."""
    path = part.deb(package, archive)
    with zipfile.ZipFile(path) as z:
        for name in sorted(z.namelist()):
            if name.lower().endswith((".ogg", ".wav", ".opus", ".mp3", ".oga", ".flac")) \
               and re.match("|".join(wanted), name):
                out = part.temp(package + "/" + plain_name(os.path.basename(archive)) + "/" + name)
                if not os.path.exists(out):
                    with z.open(name) as source, open(out + ".part", "wb") as sink:
                        shutil.copyfileobj(source, sink)
                    os.replace(out + ".part", out)
                yield out, name


def draw(*key):
    """A repeatable number in [0,1) for this key: the same corpus on every machine."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, key)).encode()).digest()[:6], "big") / 2 ** 48


# archives that hold speech and effects
NEXUIZ = ("nexuiz-data", "usr/share/games/nexuiz/data/data.pk3")
OPENARENA = [("openarena-data", "pak0"), ("openarena-081-misc", "pak6-misc"),
             ("openarena-081-players", "pak2-players"), ("openarena-085-data", "pak6-patch085"),
             ("openarena-088-data", "pak6-patch088")]
WARZONE = ("warzone2100-data", "usr/share/games/warzone2100/base.wz")
