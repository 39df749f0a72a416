# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Speech of games in Debian: acted lines, announcers, taunts."""
import os
import re
import struct

from common import NEXUIZ, OPENARENA, WARZONE, clip, die, stem, unzip, walk


def slice_of(path, start, size):
    """ffmpeg reads a stretch of an archive in place."""
    return "subfile,,start,%d,end,%d,,:%s" % (start, start + size, path)


def plan_queen(part):
    """queen.1c: "QTBL", version, compression, count (big endian); then name, bundle, offset, size."""
    archive = part.deb("flight-of-the-amazon-queen",
                       "usr/share/scummvm/flight-of-the-amazon-queen/queen.1c")
    with open(archive, "rb") as f:
        if f.read(4) != b"QTBL":
            die("part queen: %s does not begin with QTBL" % archive)
        f.seek(13)
        count = struct.unpack(">H", f.read(2))[0]
        for name, _, start, size in struct.iter_unpack(">12sBII", f.read(21 * count)):
            name = name.split(b"\0")[0].decode("ascii")
            if not name.endswith(".SB") or size < 400:
                continue
            effect = re.match(r"(\d\dSSSSSS|\w{4}SSSS)\.SB", name)
            joe = re.match(r"JOE|.{6}J", name)
            speaker = "" if effect else "queen-joe" if joe else "queen-" + name[:3].lower()
            yield clip(slice_of(archive, start, size), name[:-3].lower(), speaker,
                       "flight-of-the-amazon-queen", "" if effect else "en",
                       task="effect" if effect else "speech", before=("-f", "mp3"))


def rnc_codes(bits):
    """One Huffman table of an RNC stream: {(length, code): value}, codes least significant bit first."""
    lengths = [bits(4) for _ in range(bits(5))]
    table, code = {}, 0
    for length in range(1, 17):
        for value, own in enumerate(lengths):
            if own == length:
                table[length, int(format(code >> (16 - length), "0%db" % length)[::-1], 2)] = value
                code += 1 << (16 - length)
    return table, sorted({length for length, _ in table})


def rnc_unpack(packed):
    """RNC ProPack, method 1: blocks of literals and copies under three Huffman tables; literals lie as
    whole bytes between the 16-bit words of the bit stream."""
    size, blocks = int.from_bytes(packed[4:8], "big"), packed[17]
    at, held, count = 18, 0, 0
    out = bytearray()

    def bits(n):
        nonlocal at, held, count
        if count < n:
            held |= int.from_bytes(packed[at:at + 2], "little") << count
            at, count = at + 2, count + 16
        value = held & ((1 << n) - 1)
        held, count = held >> n, count - n
        return value

    def value_of(table):
        codes, lengths = table
        peek = held | int.from_bytes(packed[at:at + 2], "little") << count
        for length in lengths:
            value = codes.get((length, peek & ((1 << length) - 1)))
            if value is not None:
                bits(length)
                return value if value < 2 else 1 << (value - 1) | bits(value - 1)
        raise ValueError("no such code")

    bits(2)
    for _ in range(blocks):
        literals, offsets, sizes = rnc_codes(bits), rnc_codes(bits), rnc_codes(bits)
        for left in range(bits(16), 0, -1):
            n = value_of(literals)
            out += packed[at:at + n]
            at += n
            if left > 1:
                back, n = value_of(offsets) + 1, value_of(sizes) + 2
                while n > 0:
                    chunk = out[-back:len(out) - back + n] if n < back else out[-back:]
                    out += chunk
                    n -= len(chunk)
    if len(out) != size:
        raise ValueError("%d bytes instead of %d" % (len(out), size))
    return bytes(out)


def plan_steel_sky(part):
    """sky.dnr: count, then number (16 bits), offset, size (24 each). Files from 50000 on are lines: a
    header of 22 bytes and u8 samples at 11025 Hz, RNC-packed. Pictures lie among them."""
    home = part.deb("beneath-a-steel-sky", "usr/share/scummvm/beneath-a-steel-sky")
    with open(home + "/sky.dnr", "rb") as f:
        table = f.read()[4:]
    with open(home + "/sky.dsk", "rb") as disk:
        for entry in (table[i:i + 8] for i in range(0, len(table) - 7, 8)):
            number, start = int.from_bytes(entry[:2], "little"), int.from_bytes(entry[2:5], "little")
            size = int.from_bytes(entry[5:8], "little")
            if not 50000 <= number < 60000 or size >> 23:
                continue
            disk.seek((start & 0x7fffff) << 4 if start >> 23 else start)
            packed = disk.read(size & 0x3fffff)[22:]
            if packed[:4] != b"RNC\1":
                continue
            samples = rnc_unpack(packed)
            if abs(sum(samples) / len(samples) - 128) > 4:
                continue                       # a picture: speech swings about 128
            raw = part.temp("%d.u8" % number)
            with open(raw, "wb") as f:
                f.write(samples)
            yield clip(raw, "sky-%d" % number, "steel-sky-cast", "beneath-a-steel-sky", "en",
                       rate="11025", before=("-f", "u8", "-ar", "11025"))


def plan_drascula(part):
    for package, lang in (("drascula", "en"), ("drascula-spanish", "es")):
        for path in walk(part.deb(package, "usr/share/scummvm/drascula", lang), ".als"):
            who = re.match(r"[A-Za-z]*", stem(path)).group().lower() or "hero"
            effect = who == "s"
            yield clip(path, "%s/%s" % (lang, stem(path).lower()),
                       "" if effect else "drascula-%s-%s" % (lang, who), package, "" if effect else lang,
                       task="effect" if effect else "speech", rate="11025",
                       before=("-f", "u8", "-ar", "11025"))


def plan_hedgewars(part):
    home = part.deb("hedgewars-data", "usr/share/games/hedgewars/Data/Sounds/voices")
    for path in walk(home, ".ogg"):
        voice = os.path.basename(os.path.dirname(path))
        lang = voice.partition("_")[2] or "en"
        yield clip(path, "%s/%s" % (voice, stem(path)), "hedgewars-" + voice.lower(),
                   "hedgewars-data", lang, stem(path).lower())


def plan_nexuiz(part):
    for path, name in unzip(part, *NEXUIZ, "sound/announcer/", "sound/player/", "sound/tutorial/"):
        folders = name.split("/")
        vocal = folders[-2] == "player" or folders[2] == "torus" or len(folders) < 5 and folders[1] == "player"
        speaker = "nexuiz-" + (folders[2] if folders[1] != "tutorial" else "tutorial")
        yield clip(path, name[6:-4], speaker, NEXUIZ[0], "en", stem(path).lower(),
                   "vocal" if vocal else "speech")


def plan_openarena(part):
    for package, pak in OPENARENA:
        archive = "usr/share/games/openarena/baseoa/%s.pk3" % pak
        for path, name in unzip(part, package, archive, "sound/feedback/", "sound/teamplay/",
                                r"sound/player/(?!footsteps)\w+/"):
            folders = name.split("/")
            vocal = folders[1] == "player" and stem(path) != "taunt" and folders[2] != "announcer"
            speaker = "openarena-" + (folders[2] if folders[1] == "player" else "announcer")
            yield clip(path, pak + "/" + name[6:-4], speaker, package, "en", stem(path).lower(),
                       "vocal" if vocal else "speech")


def plan_warzone(part):
    for path, name in unzip(part, *WARZONE, "audio/(memressp|tutorial|extra|vtoltalk|taunts|countdown|"
                            "nexus|coltive|trnsppil|proxmessages)/"):
        folders = name.split("/")
        speaker = "warzone-" + (folders[2] if folders[1] == "taunts" else folders[1])
        yield clip(path, name[6:-4], speaker, WARZONE[0], "en", stem(path).lower())


def plan_trigger_rally(part):
    for path, name in unzip(part, "trigger-rally-data", "usr/share/games/trigger-rally/data.zip",
                            "sounds/codriver/"):
        said = re.sub(r"(?<=[a-z])(?=[A-Z\d])", " ", stem(path)).lower()
        yield clip(path, name[16:-4], "rally-" + name.split("/")[2], "trigger-rally-data", "en",
                   said, text=said)
