// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Protobuf: a message is fields one after another, each `number << 3 | wire type` and then a
 * varint (type 0), four bytes (5) or a length and as many bytes (2: texts, messages). */
#include "export/onnx_write.h"

#include "base/error.h"
#include "base/file.h"
#include "base/grow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, LENGTH = 2, FOUR_BYTES = 5 };

// onnx.proto3
enum {
    IR_VERSION = 8,
    OPERATOR_SET = 17,
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_DOC = 6,
    MODEL_GRAPH = 7,
    MODEL_OPERATOR_SET = 8,
    MODEL_METADATA = 14,
    OPERATOR_SET_VERSION = 2,
    PAIR_KEY = 1,
    PAIR_VALUE = 2,
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_CONSTANT = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OPERATOR = 4,
    NODE_ATTRIBUTE = 5,
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_F = 2,
    ATTRIBUTE_I = 3,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_TYPE = 20,
    TENSOR_DIM = 1,
    TENSOR_TYPE = 2,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9,
    VALUE_NAME = 1,
    VALUE_TYPE = 2,
    TYPE_TENSOR = 1,
    TYPE_ELEMENT = 1,
    TYPE_SHAPE = 2,
    SHAPE_DIM = 1,
    DIM_VALUE = 1,
    DIM_NAME = 2,
};
enum element { ELEMENT_FLOAT = 1, ELEMENT_INT8 = 3, ELEMENT_INT64 = 7 };
enum { ATTRIBUTE_TYPE_FLOAT = 1, ATTRIBUTE_TYPE_INT = 2, ATTRIBUTE_TYPE_INTS = 7 };

// ---- protobuf

static void put(struct onnx_bytes *bytes, const void *from, size_t count)
{
    if (bytes->failed || count == 0)
        return;
    if (!GROW(bytes->at, bytes->count + count, bytes->room)) {
        bytes->failed = true;
        return;
    }
    memcpy(bytes->at + bytes->count, from, count);
    bytes->count += count;
}

// Seven bits a byte, the lowest first; the eighth says that more follow.
static void put_varint(struct onnx_bytes *bytes, uint64_t value)
{
    unsigned char code[10];
    size_t count = 0;
    do {
        code[count++] = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        value >>= 7;
    } while (value);
    put(bytes, code, count);
}

static void put_int(struct onnx_bytes *bytes, int field, int64_t value)
{
    put_varint(bytes, (uint64_t)field << 3 | VARINT);
    put_varint(bytes, (uint64_t)value);
}

static void put_float(struct onnx_bytes *bytes, int field, float value)
{
    put_varint(bytes, (uint64_t)field << 3 | FOUR_BYTES);
    put(bytes, &value, sizeof value);
}

static void put_field(struct onnx_bytes *bytes, int field, const void *from, size_t count)
{
    put_varint(bytes, (uint64_t)field << 3 | LENGTH);
    put_varint(bytes, count);
    put(bytes, from, count);
}

static void put_text(struct onnx_bytes *bytes, int field, const char *text)
{
    put_field(bytes, field, text, strlen(text));
}

static void put_message(struct onnx_bytes *bytes, int field, struct onnx_bytes *message)
{
    bytes->failed |= message->failed;
    put_field(bytes, field, message->at, message->count);
    free(message->at);
    *message = (struct onnx_bytes){0};
}

// ---- values

struct onnx_value onnx_name(const char *format, ...)
{
    struct onnx_value value;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value.name, sizeof value.name, format, arguments);
    va_end(arguments);
    return value;
}

// ValueInfoProto: name, tensor of floats ("batch", columns)
static void put_value(struct onnx_bytes *bytes, int field, struct onnx_value value, int columns)
{
    struct onnx_bytes dim = {0}, shape = {0}, tensor = {0}, type = {0}, info = {0};
    put_text(&dim, DIM_NAME, "batch");
    put_message(&shape, SHAPE_DIM, &dim);
    put_int(&dim, DIM_VALUE, columns);
    put_message(&shape, SHAPE_DIM, &dim);
    put_int(&tensor, TYPE_ELEMENT, ELEMENT_FLOAT);
    put_message(&tensor, TYPE_SHAPE, &shape);
    put_message(&type, TYPE_TENSOR, &tensor);
    put_text(&info, VALUE_NAME, value.name);
    put_message(&info, VALUE_TYPE, &type);
    put_message(bytes, field, &info);
}

struct onnx_value onnx_input(struct onnx_graph *graph, int columns, const char *format, ...)
{
    struct onnx_value value;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value.name, sizeof value.name, format, arguments);
    va_end(arguments);
    put_value(&graph->inputs, GRAPH_INPUT, value, columns);
    return value;
}

void onnx_output(struct onnx_graph *graph, struct onnx_value value, int columns)
{
    put_value(&graph->outputs, GRAPH_OUTPUT, value, columns);
}

static struct onnx_value constant(struct onnx_graph *graph, enum element element, int rank,
                                  const int *dims, const void *values, size_t bytes)
{
    struct onnx_value value = onnx_name("constant.%d", graph->made++);
    struct onnx_bytes tensor = {0};
    for (int i = 0; i < rank; i++)
        put_int(&tensor, TENSOR_DIM, dims[i]);
    put_int(&tensor, TENSOR_TYPE, element);
    put_text(&tensor, TENSOR_NAME, value.name);
    put_field(&tensor, TENSOR_RAW, values, bytes); // little endian, as this machine is
    put_message(&graph->constants, GRAPH_CONSTANT, &tensor);
    return value;
}

static struct onnx_value matrix(struct onnx_graph *graph, enum element element, int rows,
                                int columns, const void *values, size_t size)
{
    const int dims[] = {rows, columns};
    size_t count = (size_t)rows * (size_t)(columns ? columns : 1);
    return constant(graph, element, columns ? 2 : 1, dims, values, count * size);
}

struct onnx_value onnx_floats(struct onnx_graph *graph, const float *values, int rows, int columns)
{
    return matrix(graph, ELEMENT_FLOAT, rows, columns, values, sizeof *values);
}

struct onnx_value onnx_signed_bytes(struct onnx_graph *graph, const int8_t *values, int rows,
                                    int columns)
{
    return matrix(graph, ELEMENT_INT8, rows, columns, values, sizeof *values);
}

struct onnx_value onnx_ints(struct onnx_graph *graph, const int64_t *values, int count)
{
    return matrix(graph, ELEMENT_INT64, count, 0, values, sizeof *values);
}

struct onnx_value onnx_float(struct onnx_graph *graph, float value)
{
    return constant(graph, ELEMENT_FLOAT, 0, NULL, &value, sizeof value);
}

// ---- nodes

static void put_attribute(struct onnx_bytes *node, const struct onnx_attribute *attribute)
{
    struct onnx_bytes bytes = {0};
    put_text(&bytes, ATTRIBUTE_NAME, attribute->name);
    if (attribute->kind == ONNX_FLOAT) {
        put_float(&bytes, ATTRIBUTE_F, attribute->f);
        put_int(&bytes, ATTRIBUTE_TYPE, ATTRIBUTE_TYPE_FLOAT);
    } else if (attribute->kind == ONNX_INT) {
        put_int(&bytes, ATTRIBUTE_I, attribute->i);
        put_int(&bytes, ATTRIBUTE_TYPE, ATTRIBUTE_TYPE_INT);
    } else {
        for (int i = 0; i < attribute->count; i++)
            put_int(&bytes, ATTRIBUTE_INTS, attribute->ints[i]);
        put_int(&bytes, ATTRIBUTE_TYPE, ATTRIBUTE_TYPE_INTS);
    }
    put_message(node, NODE_ATTRIBUTE, &bytes);
}

void onnx_node(struct onnx_graph *graph, const char *op, const struct onnx_value *inputs,
               int input_count, struct onnx_value *outputs, int output_count,
               const struct onnx_attribute *attributes)
{
    struct onnx_bytes node = {0};
    CHECK(input_count <= ONNX_MAX_INPUTS);
    for (int i = 0; i < input_count; i++)
        put_text(&node, NODE_INPUT, inputs[i].name);
    for (int i = 0; i < output_count; i++) {
        if (!*outputs[i].name)
            outputs[i] = onnx_name("value.%d", graph->made++);
        put_text(&node, NODE_OUTPUT, outputs[i].name);
    }
    put_text(&node, NODE_NAME, onnx_name("node.%d", graph->made++).name);
    put_text(&node, NODE_OPERATOR, op);
    for (; attributes && attributes->name; attributes++)
        put_attribute(&node, attributes);
    put_message(&graph->nodes, GRAPH_NODE, &node);
}

struct onnx_value onnx_unary(struct onnx_graph *graph, const char *op, struct onnx_value x)
{
    struct onnx_value y = {""};
    onnx_node(graph, op, &x, 1, &y, 1, NULL);
    return y;
}

struct onnx_value onnx_binary(struct onnx_graph *graph, const char *op, struct onnx_value a,
                              struct onnx_value b)
{
    const struct onnx_value inputs[] = {a, b};
    struct onnx_value y = {""};
    onnx_node(graph, op, inputs, 2, &y, 1, NULL);
    return y;
}

// ---- the file

static void put_pair(struct onnx_bytes *model, const char *key, const char *value)
{
    struct onnx_bytes pair = {0};
    put_text(&pair, PAIR_KEY, key);
    put_text(&pair, PAIR_VALUE, value);
    put_message(model, MODEL_METADATA, &pair);
}

// The parts of a graph are fields of it already.
static void put_graph(struct onnx_bytes *model, struct onnx_graph *graph)
{
    struct onnx_bytes *parts[] = {&graph->nodes, &graph->constants, &graph->inputs,
                                  &graph->outputs};
    struct onnx_bytes all = {0};
    put_text(&all, GRAPH_NAME, "auricle encoder, one frame");
    for (int i = 0; i < 4; i++) {
        all.failed |= parts[i]->failed;
        put(&all, parts[i]->at, parts[i]->count);
        free(parts[i]->at);
    }
    *graph = (struct onnx_graph){0};
    put_message(model, MODEL_GRAPH, &all);
}

auricle_status onnx_graph_write(struct onnx_graph *graph, const char *path, const char *description,
                                const char *const (*metadata)[2], int metadata_count,
                                auricle_error *error)
{
    struct onnx_bytes model = {0}, set = {0};
    put_int(&model, MODEL_IR_VERSION, IR_VERSION);
    put_text(&model, MODEL_PRODUCER, "auricle");
    put_text(&model, MODEL_PRODUCER_VERSION, auricle_version());
    put_text(&model, MODEL_DOC, description);
    put_graph(&model, graph);
    put_int(&set, OPERATOR_SET_VERSION, OPERATOR_SET); // domain "": ONNX's own
    put_message(&model, MODEL_OPERATOR_SET, &set);
    for (int i = 0; i < metadata_count; i++)
        put_pair(&model, metadata[i][0], metadata[i][1]);
    const struct file_part part = {model.at, model.count};
    auricle_status status =
        model.failed ? error_set(error, AURICLE_NO_MEMORY, "not enough memory to export the model")
                     : file_replace(path, &part, 1, error);
    free(model.at);
    return status;
}
