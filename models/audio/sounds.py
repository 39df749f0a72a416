# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Music and sound effects of Debian packages."""
import os
import re

from common import BYSA3, GPL2P, NEXUIZ, OPENARENA, WARZONE, clip, stem, unzip, walk

MUSIC_SECONDS = 75
MUSIC = [("asterisk-moh-opsound-wav", "usr/share/asterisk/moh", "CC BY-SA 3.0", 5),
         ("wesnoth-1.16-music", "usr/share/games/wesnoth/1.16/data/core/music", GPL2P, 40),
         ("warzone2100-music", "usr/share/games/warzone2100/music", GPL2P, 30),
         ("supertux-data", "usr/share/games/supertux2/music", GPL2P, 40),
         ("widelands-data", "usr/share/games/widelands/data/music", GPL2P, 30),
         ("drascula-music", "usr/share/scummvm/drascula/audio", None, 30),
         ("fillets-ng-data", "usr/share/games/fillets-ng/music", None, 15),
         ("hedgewars-data", "usr/share/games/hedgewars/Data/Music", None, 26),
         ("fretsonfire-songs-sectoid", "usr/share/games/fretsonfire/data/songs", "MIT", 12),
         ("fretsonfire-songs-muldjord", "usr/share/games/fretsonfire/data/songs", BYSA3, 12)]
SOUND_FILES = (".ogg", ".oga", ".wav", ".opus", ".flac", ".mp3")


def plan_music(part):
    """A minute or so from each of many tracks, at most five hours in all."""
    for package, folder, licence, most in MUSIC:
        home = part.deb(package, folder)
        tracks = walk(home, *SOUND_FILES)
        step = max(1.0, len(tracks) / most)
        for i in range(min(most, len(tracks))):
            track = tracks[int(i * step)]
            yield clip(track, package + "/" + os.path.relpath(track, home).rsplit(".", 1)[0], "", package,
                       "", task="music", licence=licence, before=("-ss", "8"), seconds_max=MUSIC_SECONDS)


EFFECTS = [("sonic-pi-samples", "usr/share/sonic-pi/samples", "CC0-1.0"),
           ("sound-theme-freedesktop", "usr/share/sounds/freedesktop/stereo", "CC BY-SA 3.0, CC BY 3.0, GPL-2.0"),
           ("oxygen-sounds", "usr/share/sounds", "LGPL-3.0-or-later"),
           ("supertux-data", "usr/share/games/supertux2/sounds", "GPL-3.0-or-later"),
           ("widelands-data", "usr/share/games/widelands/data", GPL2P),
           ("hedgewars-data", "usr/share/games/hedgewars/Data/Sounds", None)]
EFFECT_CLASSES = [("footsteps", "footstep|singlestep|steps?[_\\d]|^step|walk"), ("explosion", "explo|expl\\d|bang|blast|boom"),
                  ("gunshot", "gun|shot|rifle|cannon|fire\\d?_?shot|mg_|machine"), ("water", "water|splash|swim|river|sea"),
                  ("fire", "fire(?!work)|flame|burn"), ("engine", "engine|motor|jet|plane|vehicle|tank|truck"),
                  ("bird", "bird|crow|duck|gull|owl|chick|rooster|eagle"), ("dog", "dog|wolf|bark"),
                  ("door", "door|gate"), ("rain", "rain(?!b)"), ("thunder", "thunder|lightning"), ("wind", "wind(?!ow)"),
                  ("bell", "bell"), ("alarm", "alarm|siren"), ("saw", "saw"), ("hammer", "hammer|smith"),
                  ("click", "click|button|switch"), ("drum", "drum|snare|tom_|^bd_|kick"), ("laser", "laser|beam|plasma"),
                  ("sheep", "sheep"), ("cow", "cow"), ("horse", "horse"), ("cat", "^cat")]


def effect_class(name):
    for label, pattern in EFFECT_CLASSES:
        if re.search(pattern, name.lower()):
            return label
    return ""


def plan_effects(part):
    def effect(path, package, inside, licence=None):
        return clip(path, package + "/" + inside.rsplit(".", 1)[0], "", package, "", effect_class(stem(path)),
                    "effect", licence=licence, seconds_max=20, text=stem(path))

    for package, folder, licence in EFFECTS:
        home = part.deb(package, folder)
        for path in walk(home, *SOUND_FILES):
            inside = os.path.relpath(path, home)
            # a person's voice (that of alsa-voices), other parts' clips, music
            if not re.match("audio-channel|voices/|music/|ride_of_the", inside):
                yield effect(path, package, inside, licence)
    for path, name in unzip(part, *NEXUIZ, "sound/(?!announcer|player|tutorial)"):
        yield effect(path, NEXUIZ[0], name[6:])
    for package, pak in OPENARENA:
        for path, name in unzip(part, package, "usr/share/games/openarena/baseoa/%s.pk3" % pak,
                                "sound/(?!feedback|teamplay|player/(?!footsteps))"):
            yield effect(path, package, pak + "/" + name[6:])
    for path, name in unzip(part, *WARZONE, "audio/sfx/"):
        yield effect(path, WARZONE[0], name[6:])


def plan_zeroad(part):
    """0 A.D.: soldiers and citizens in old languages, effects, and some of its music."""
    archive = ("0ad-data", "usr/share/games/0ad/mods/public/public.zip")
    languages = {"greek": "grc", "latin": "la", "persian": "fa", "napatan": "egy"}
    tracks = 0
    for path, name in unzip(part, *archive, "audio/"):
        inside = name[6:].rsplit(".", 1)[0]
        kind, _, rest = inside.partition("/")
        if kind == "music":
            tracks += 1
            if tracks <= 24:
                yield clip(path, inside, "", archive[0], "", task="music", before=("-ss", "8"),
                           seconds_max=MUSIC_SECONDS)
        elif kind == "voice":
            people = rest.split("/")[0]
            who = "f" if re.search("female|woman|women", rest.lower()) else "m"
            yield clip(path, inside, "zeroad-%s-%s" % (people, who), archive[0],
                       languages.get(people, ""), stem(path))
        else:
            yield clip(path, inside, "", archive[0], "", effect_class(rest), "effect", stem(path),
                       seconds_max=20)
