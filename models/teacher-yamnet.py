#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""YAMNet (Apache-2.0) as a teacher: what it hears in recordings, a row each 0.48 s.

    teacher-yamnet.py learn YAMNET PCA FOLDER...           the PCA of the recordings' embeddings
    teacher-yamnet.py rows  YAMNET PCA OUT NAME=FOLDER...  OUT/NAME/FILE.npy for FOLDER/FILE
    teacher-yamnet.py classes YAMNET OUT NAME=FOLDER...    OUT/NAME/sounds.csv: the class of each 0.48 s
    teacher-yamnet.py name  YAMNET FILE...                 the five best classes of each file

YAMNET is yamnet.tflite (4,078,224 bytes, sha256 469be6a3...), of the public repository
Jaskaran197/Speaker-Detector. Its 1024 numbers become KEPT principal components of unit variance,
learned from at most FILES_A_FOLDER files of each folder and kept in PCA (.npz). A row is of the
0.975 s that end at its moment: the first row is of the moment FIRST_S; a shorter recording is
padded with zeros and has one row. For auricle pretrain: hop 0.48 s, first row at 0.975 s.

The script reads the flatbuffer itself: it takes weights, biases, strides and the order of the
layers from the file and computes in floats. Needs Debian's python3-torch and python3-soundfile."""
import csv
import pathlib
import random
import struct
import sys

import numpy as np
import soundfile
import torch
import torch.nn.functional as F

WINDOW, HOP = 15600, 7680       # samples at 16 kHz
FIRST_S = WINDOW / 16000
KEPT, FILES_A_FOLDER, MOST_WINDOWS, BATCH = 64, 150, 12, 64
SURE, MOST_CLASSES = 0.3, 240   # a row's least score, windows of a recording
EMBEDDING = 121                 # tensor
FFT, FRAME, STEP, FRAMES, LOG_OFFSET = 512, 400, 160, 96, 1e-3
CONV, DEPTHWISE, DEQUANTISE, FULLY_CONNECTED = 3, 4, 6, 9


class Table:
    """A table of a flatbuffer; fields by their number in the schema."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.fields = at - struct.unpack_from("<i", data, at)[0]

    def place(self, field):
        size = struct.unpack_from("<H", self.data, self.fields)[0]
        offset = 4 + 2 * field
        inside = struct.unpack_from("<H", self.data, self.fields + offset)[0] if offset < size else 0
        return self.at + inside if inside else 0

    def number(self, field, kind, otherwise=0):
        place = self.place(field)
        return struct.unpack_from("<" + kind, self.data, place)[0] if place else otherwise

    def target(self, field):
        place = self.place(field)
        return place + struct.unpack_from("<I", self.data, place)[0] if place else 0

    def table(self, field):
        return Table(self.data, self.target(field)) if self.place(field) else None

    def array(self, field, kind):
        place = self.target(field)
        if not place:
            return np.zeros(0, kind)
        count = struct.unpack_from("<I", self.data, place)[0]
        return np.frombuffer(self.data, kind, count, place + 4)

    def tables(self, field):
        place = self.target(field)
        count = struct.unpack_from("<I", self.data, place)[0]
        places = [place + 4 + 4 * i for i in range(count)]
        return [Table(self.data, p + struct.unpack_from("<I", self.data, p)[0]) for p in places]


class Graph:
    """The constants and operators of a .tflite file."""

    def __init__(self, path):
        data = pathlib.Path(path).read_bytes()
        if data[4:8] != b"TFL3":
            sys.exit(f"{path}: not a .tflite file; the docstring says which file is meant")
        model = Table(data, struct.unpack_from("<I", data, 0)[0])
        kinds = [max(c.number(0, "b"), c.number(3, "i")) for c in model.tables(1)]
        self.buffers = model.tables(4)
        graph = model.tables(2)[0]
        self.tensors = graph.tables(0)
        self.operators = [(kinds[o.number(0, "I")], o.array(1, "<i4"), o.array(2, "<i4"), o.table(4))
                          for o in graph.tables(3)]

    def constant(self, index):
        """The values of a constant tensor as floats."""
        tensor = self.tensors[index]
        shape, kind = tensor.array(0, "<i4"), tensor.number(1, "b")
        raw = self.buffers[tensor.number(2, "I")].array(0, "u1")
        if kind == 0:
            values = raw.view("<f4")
        elif kind == 9:
            scale = tensor.table(4).array(2, "<f4")[0]
            values = raw.view("i1").astype(np.float32) * scale
        else:
            raise ValueError(f"tensor {index} has type {kind}; floats and int8 are known")
        return torch.from_numpy(values.reshape(shape).copy())


class Yamnet:
    def __init__(self, path):
        graph, self.layers = Graph(path), []
        connected, dequantised = [], {}
        for kind, inputs, outputs, options in graph.operators:
            if kind == DEQUANTISE:
                dequantised[outputs[0]] = inputs[0]
            elif kind in (CONV, DEPTHWISE):
                weights = graph.constant(dequantised.get(inputs[1], inputs[1]))
                across = kind == CONV
                self.layers.append((weights.permute(0, 3, 1, 2) if across
                                    else weights.permute(3, 0, 1, 2), graph.constant(inputs[2]),
                                    options.number(1, "i", 1), 1 if across else weights.shape[3]))
            elif kind == FULLY_CONNECTED:
                bias = graph.constant(inputs[2]) if inputs[2] >= 0 else None
                connected.append((graph.constant(inputs[1]), bias))
        (self.real, _), (self.imaginary, _), self.mel, self.classes = connected
        self.window = graph.constant(6)

    def embed(self, samples):
        """(N, WINDOW) -> (N, 1024)."""
        frames = samples.unfold(1, FRAME, STEP)[:, :FRAMES] * self.window
        frames = F.pad(frames, (0, FFT - FRAME))
        magnitude = torch.sqrt((frames @ self.real.T) ** 2 + (frames @ self.imaginary.T) ** 2)
        x = torch.log(F.linear(magnitude, *self.mel))[:, None]
        for weights, bias, stride, groups in self.layers:
            x = F.relu(F.conv2d(pad_same(x, weights.shape[-1], stride), weights, bias, stride,
                                groups=groups))
        return x.mean((2, 3))

    def score(self, embedding):
        return torch.sigmoid(F.linear(embedding, *self.classes))


def pad_same(x, kernel, stride):
    """TensorFlow's padding "SAME": the odd zero goes below and right."""
    sides = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        sides += [total // 2, total - total // 2]
    return F.pad(x, sides)


def embeddings(yamnet, path, most=None):
    """(N, 1024) of a recording, or of its first `most` windows."""
    length = WINDOW + (most - 1) * HOP if most else -1
    samples, rate = soundfile.read(path, length, dtype="float32", always_2d=True)
    if rate != 16000:
        sys.exit(f"{path}: {rate} Hz; 16 kHz is needed")
    samples = torch.from_numpy(samples[:, 0])
    samples = F.pad(samples, (0, max(0, WINDOW - len(samples)))).unfold(0, WINDOW, HOP)
    with torch.no_grad():
        return torch.cat([yamnet.embed(part) for part in samples.split(BATCH)])


def recordings(folder, split=None):
    """A folder's files that may be used for shipped weights, each once."""
    with open(pathlib.Path(folder) / "metadata.csv", newline="", encoding="utf-8") as file:
        names = {row["file_name"]: None for row in csv.DictReader(file)
                 if row.get("ship", "yes") == "yes" and split in (None, row["split"])}
    return list(names)


def learn(yamnet, target, folders):
    rows, draw = [], random.Random(1)
    for folder in folders:
        names = recordings(folder, "train")
        for name in draw.sample(names, min(len(names), FILES_A_FOLDER)):
            rows.append(embeddings(yamnet, pathlib.Path(folder) / name, MOST_WINDOWS).numpy())
    rows = np.concatenate(rows).astype(np.float64)
    mean = rows.mean(0)
    values, vectors = np.linalg.eigh(np.cov(rows - mean, rowvar=False))
    values, vectors = values[::-1][:KEPT], vectors[:, ::-1][:, :KEPT]
    np.savez(target, mean=mean.astype(np.float32),
             projection=(vectors / np.sqrt(values)).astype(np.float32))
    total = rows.var(0).sum()
    print(f"{len(rows)} rows; {KEPT} components hold {100 * values.sum() / total:.1f} % of the variance")


def write_rows(yamnet, pca, out, places):
    mean, projection = (torch.from_numpy(np.load(pca)[name]) for name in ("mean", "projection"))
    for name, folder in (place.split("=", 1) for place in places):
        count = 0
        for file in recordings(folder, "train"):
            path = pathlib.Path(out) / name / pathlib.PurePath(file).with_suffix(".npy")
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                rows = (embeddings(yamnet, pathlib.Path(folder) / file) - mean) @ projection
                np.save(path, rows.numpy().astype(np.float32))
            count += 1
        print(f"{name}: {count} files", flush=True)


def write_classes(yamnet, out, places):
    """Rows file_name,start,end,label; windows whose best class scores less than SURE have no row."""
    for name, folder in (place.split("=", 1) for place in places):
        target = pathlib.Path(out) / name / "sounds.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary, count = target.with_suffix(".tmp"), 0
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["file_name", "start", "end", "label"])
            for recording in recordings(folder, "train"):
                scores = yamnet.score(embeddings(yamnet, pathlib.Path(folder) / recording, MOST_CLASSES))
                for i, (score, number) in enumerate(zip(*(v.tolist() for v in scores.max(1)))):
                    if score < SURE:
                        continue
                    middle = i * HOP / 16000 + FIRST_S / 2
                    table.writerow([recording, round(middle - HOP / 32000, 3), round(middle + HOP / 32000, 3), number])
                    count += 1
        temporary.rename(target)
        print(f"{name}: {count} rows", flush=True)


def name_classes(yamnet, files):
    for file in files:
        best = yamnet.score(embeddings(yamnet, file)).mean(0).topk(5)
        print(file, " ".join(f"{int(i)}:{float(v):.2f}" for v, i in zip(*best)))


def main():
    torch.set_num_threads(1)
    verb, yamnet, rest = sys.argv[1], Yamnet(sys.argv[2]), sys.argv[3:]
    if verb == "learn":
        learn(yamnet, rest[0], rest[1:])
    elif verb == "rows":
        write_rows(yamnet, rest[0], rest[1], rest[2:])
    elif verb == "classes":
        write_classes(yamnet, rest[0], rest[1:])
    else:
        name_classes(yamnet, rest)


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("learn", "rows", "classes", "name"):
        sys.exit(__doc__)
    main()
