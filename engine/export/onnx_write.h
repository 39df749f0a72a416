// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** An ONNX file, written node by node: a graph of named values in protobuf's wire format.
 *
 * Field numbers are those of onnx.proto3, IR version 8 (ONNX 1.12), operators of set 17. A failure
 * to get memory sticks: every call may be made, and onnx_graph_write says so in the end. */
#ifndef AURICLE_EXPORT_ONNX_WRITE_H
#define AURICLE_EXPORT_ONNX_WRITE_H

#include <auricle/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ONNX_NAME = 48, ONNX_MAX_INPUTS = 64, ONNX_MAX_INTS = 4 };

/** Bytes that grow. */
struct onnx_bytes {
    unsigned char *at;
    size_t count, room;
    bool failed;
};

struct onnx_graph {
    struct onnx_bytes nodes, constants, inputs, outputs; // fields of GraphProto
    int made;                                            // values named so far
};

/** What a node makes or the graph is given. An empty name is an input left out. */
struct onnx_value {
    char name[ONNX_NAME];
};

/** One attribute of a node; name NULL ends a list. */
struct onnx_attribute {
    const char *name;
    enum { ONNX_INT, ONNX_FLOAT, ONNX_INTS } kind;
    int64_t i;
    float f;
    int64_t ints[ONNX_MAX_INTS];
    int count;
};

/** A float tensor (batch, columns), the batch of any size. */
struct onnx_value onnx_input(struct onnx_graph *graph, int columns, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The value of that name becomes an output (batch, columns). */
void onnx_output(struct onnx_graph *graph, struct onnx_value value, int columns);

/** Constants; columns 0: a vector of rows. */
struct onnx_value onnx_floats(struct onnx_graph *graph, const float *values, int rows, int columns);
struct onnx_value onnx_signed_bytes(struct onnx_graph *graph, const int8_t *values, int rows,
                                    int columns);
struct onnx_value onnx_ints(struct onnx_graph *graph, const int64_t *values, int count);
struct onnx_value onnx_float(struct onnx_graph *graph, float value); // a scalar

/** A value's name for a node to make. */
struct onnx_value onnx_name(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A node; outputs without a name get one. attributes may be NULL. */
void onnx_node(struct onnx_graph *graph, const char *op, const struct onnx_value *inputs,
               int input_count, struct onnx_value *outputs, int output_count,
               const struct onnx_attribute *attributes);
/** Nodes of one output, of one and of two inputs. */
struct onnx_value onnx_unary(struct onnx_graph *graph, const char *op, struct onnx_value x);
struct onnx_value onnx_binary(struct onnx_graph *graph, const char *op, struct onnx_value a,
                              struct onnx_value b);

/** key and value pairs of text, metadata_count of them; takes the graph's bytes. Errors: IO,
 * NO_MEMORY. */
auricle_status onnx_graph_write(struct onnx_graph *graph, const char *path, const char *description,
                                const char *const (*metadata)[2], int metadata_count,
                                auricle_error *error);

#endif
