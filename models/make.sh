#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# The exact commands that made the bundled models. About an hour on two cores, and the downloads.
#
# usage: models/make.sh WORK-FOLDER
#
# WORK-FOLDER/audio is filled by models/fetch-audio.sh; WORK-FOLDER/labelled/{dev,pool} must hold the
# labelled recordings as folders with metadata.csv (columns file_name,label,speaker,task,split,source,
# start,end,ship). The weights appear in WORK-FOLDER; copy them to models/ when they are better.
set -euo pipefail
[ $# -eq 1 ] && [ "${1#-}" = "$1" ] || { sed -n 's/^# \{0,1\}//; /^usage/,/^$/p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
PATH="$here/../build/tools:$PATH"
export OPENBLAS_NUM_THREADS=1
mkdir -p "$1" && cd "$1"

[ -e audio/complete ] || { "$here/fetch-audio.sh" audio && touch audio/complete; }
[ -e audio/repeats.csv ] || "$here/deduplicate.py" --drop --against labelled/dev --against labelled/pool \
    audio/repeats.csv audio/*/
[ -e audio/numbers/metadata.csv ] || "$here/cut-numbers.py" labelled/dev audio/numbers
# Music the commands head learns to leave alone; the other packages' is left to try it on.
mkdir -p audio/music-few
for package in asterisk-moh-opsound-wav supertux-data wesnoth-1.16-music widelands-data; do
    ln -sfn "../music/$package" "audio/music-few/$package"
done
grep -E '^(file_name|asterisk-moh|supertux|wesnoth|widelands)' audio/music/metadata.csv \
    >audio/music-few/metadata.csv

# 1. The encoder, from unlabelled sound, then its weights in int8. The clock (of the CPU) ended the bundled
# one after 1498 steps, so another machine makes other weights.
folders=(--data labelled/dev --data labelled/pool)
for part in festvox-ru asterisk-intl asterisk-prompts tuxpaint fillets hedgewars warzone music; do
    folders+=(--data "audio/$part")
done
[ -e encoder-fp32.safetensors ] || auricle pretrain "${folders[@]}" --only-shippable --run encoder \
    --seed 1 --loader-threads 1 --checkpoint-minutes 3 --eval-every 200 --workers 2 --cpu-minutes 60 \
    --objective cpc:1,hubert:0.5,simclr:0.5,apc:0.5,masked:0.25 --set masked.bands=0 \
    --set cpc.negatives_from=2 --set shape.conv=256x1,128x1 --set shape.residual=0 \
    --set shape.running=1 --set shape.running_frames=200 --set shape.floor=3e-3 --set shape.range_db=50 \
    --set augment.speed_low=0.85 --set augment.speed_high=1.18 --set augment.speed_probability=0.7 \
    --set augment.warp_low=0.85 --set augment.warp_high=1.18 \
    --set optimiser.rate=1.5e-3 --set optimiser.warmup=100 --set loop.streams=48 \
    --licence "CC BY-SA 4.0" --name encoder --out encoder-fp32.safetensors
tasks=kws_isolated,kws_digits_en,emotion,emotion_de,event,speaker_en,kws_commands_en,kws_wake_ovos
[ -e encoder.safetensors ] || auricle quantize encoder-fp32.safetensors --type int8 \
    --out encoder.safetensors --data labelled/dev --task "$tasks,speaker_tel"

# 2. The heads, from few labels. They were fitted on the float weights and go with both.
[ -e commands.safetensors ] || auricle fit --encoder encoder-fp32.safetensors --only-shippable \
    --name commands --data labelled/dev --data audio/numbers --data audio/synth-commands \
    --as unknown=audio/hedgewars --as unknown=audio/warzone --as unknown=audio/music-few \
    --task kws_digits_en,kws_commands_en,numbers,commands_synth,kws_in_sentence,noise \
    --map 0=zero,1=one,2=two,3=three,4=four,5=five,6=six,7=seven,8=eight,9=nine \
    --labels zero,one,two,three,four,five,six,seven,eight,nine,yes,no,up,down,left,right,on,off,stop,go \
    --background unknown,silence --window 60 --augment 1 --examples 80000 --false-alarms 3 \
    --licence "CC BY-SA 4.0" --out commands.safetensors
[ -e arousal.safetensors ] || auricle fit --encoder encoder-fp32.safetensors --only-shippable \
    --name arousal --data labelled/dev --task emotion_de,noise \
    --map angry=high,happy=high,neutral=neutral,sad=low --labels low,neutral,high \
    --background silence --steady --window 200 --hop 10 --augment 2 \
    --licence "CC BY-SA 4.0" --out arousal.safetensors
[ -e sounds.safetensors ] || auricle fit --encoder encoder-fp32.safetensors --only-shippable \
    --name sounds --data labelled/dev --task event,noise \
    --as speech=audio/hedgewars --as music=audio/music \
    --labels chainsaw,clock_tick,crackling_fire,crying_baby,dog,helicopter,rain,rooster,sea_waves,sneezing,speech,music \
    --background silence --steady --window 150 --hop 10 --per-class 120 --augment 1 \
    --licence "CC BY-SA 4.0" --out sounds.safetensors
