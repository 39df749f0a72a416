# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Runs ONNX models with numpy, each operator as its specification (operator set 17) puts it; no
more operators than auricle export writes."""
import math

import numpy
import onnx
from onnx import numpy_helper

ERF = numpy.vectorize(math.erf, otypes=[numpy.float32])


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def gemm(a, b, c, transA=0, transB=0, alpha=1.0, beta=1.0):
    return alpha * ((a.T if transA else a) @ (b.T if transB else b)) + beta * c


def layer_normalization(x, gain, bias, axis=-1, epsilon=1e-5):
    away = x - x.mean(axis, keepdims=True)
    return away / numpy.sqrt((away ** 2).mean(axis, keepdims=True) + epsilon) * gain + bias


def cut(x, starts, ends, axes):
    at = [slice(None)] * x.ndim
    for start, end, axis in zip(starts, ends, axes):
        at[axis] = slice(start, end)
    return x[tuple(at)]


def reshape(x, shape):
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape)])


def gru(x, w, r, b, _, h, hidden_size, linear_before_reset):
    """One direction: x (T, B, in), gates z, r, n"""
    assert linear_before_reset == 1 and len(x) == 1
    (z_x, r_x, n_x), (z_h, r_h, n_h) = (
        numpy.split(v @ m[0].T + bias, 3, 1)
        for v, m, bias in ((x[0], w, b[0, :3 * hidden_size]), (h[0], r, b[0, 3 * hidden_size:])))
    z, reset = sigmoid(z_x + z_h), sigmoid(r_x + r_h)
    y = (1 - z) * numpy.tanh(n_x + reset * n_h) + z * h[0]
    return y[None, None], y[None]


def dynamic_quantize_linear(x):
    low, high = min(x.min(), 0), max(x.max(), 0)
    scale = numpy.float32((high - low) / 255)
    zero = numpy.clip(numpy.rint(-low / scale), 0, 255).astype(numpy.uint8)
    return numpy.clip(numpy.rint(x / scale) + zero, 0, 255).astype(numpy.uint8), scale, zero


OPERATORS = {
    "Add": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mul": lambda a, b: a * b,
    "Div": lambda a, b: a / b, "Max": numpy.maximum, "Relu": lambda x: numpy.maximum(x, 0),
    "Sigmoid": sigmoid, "Tanh": numpy.tanh, "Erf": ERF, "Gemm": gemm, "GRU": gru, "Slice": cut,
    "Reshape": reshape, "LayerNormalization": layer_normalization,
    "DynamicQuantizeLinear": dynamic_quantize_linear,
    "ReduceMax": lambda x, axes, keepdims: x.max(tuple(axes), keepdims=bool(keepdims)),
    "Concat": lambda *parts, axis: numpy.concatenate(parts, axis),
    "Split": lambda x, widths, axis: numpy.split(x, numpy.cumsum(widths)[:-1], axis),
    "Unsqueeze": lambda x, axes: numpy.expand_dims(x, tuple(axes)),
    "Squeeze": lambda x, axes: numpy.squeeze(x, tuple(axes)),
    "MatMulInteger": lambda a, b, zero: (a.astype(numpy.int32) - zero) @ b.astype(numpy.int32),
    "Cast": lambda x, to: x.astype({1: numpy.float32}[to]),
}


class Model:
    def __init__(self, path):
        self.model = onnx.load(str(path))
        onnx.checker.check_model(self.model, full_check=True)
        graph = self.model.graph
        self.constants = {c.name: numpy_helper.to_array(c) for c in graph.initializer}
        self.inputs = {i.name: i.type.tensor_type.shape.dim[1].dim_value for i in graph.input}
        self.outputs = [o.name for o in graph.output]
        self.metadata = {pair.key: pair.value for pair in self.model.metadata_props}

    def run(self, feed):
        values = {**self.constants, **feed, "": None}
        for node in self.model.graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            made = OPERATORS[node.op_type](*(values[name] for name in node.input), **attributes)
            values.update(zip(node.output, made if isinstance(made, (tuple, list)) else [made]))
        return {name: values[name] for name in self.outputs}

    def stream(self, frames):
        """frames (T, B, input) -> what each frame gave, the state carried on"""
        batch = frames.shape[1]
        state = {name: numpy.zeros((batch, width), numpy.float32)
                 for name, width in self.inputs.items() if name != "input"}
        for frame in frames:
            out = self.run({"input": frame, **state})
            state = {name: out["next." + name] for name in state}
            yield out
