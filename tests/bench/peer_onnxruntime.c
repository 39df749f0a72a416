// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
/** Races ONNX Runtime through its C API: peer_onnxruntime MODEL.onnx BATCH [--check IN OUT FRAMES].
 * One thread; inputs, outputs and states bound in advance, two sets in turn so that nothing is
 * copied between frames. Not built by meson: bench.py --peers compiles it against the headers it
 * fetched. --check: raw floats in [FRAMES][input], out all outputs of every frame in their order.
 */
#include "racer.h"

#include <onnxruntime_c_api.h>

enum { MOST = 32, NAME = 64 };

struct port {
    char name[NAME];
    int64_t columns;
    float *data;
};

struct peer {
    const OrtApi *api;
    OrtEnv *env;
    OrtSession *session;
    OrtMemoryInfo *memory;
    OrtAllocator *allocator;
    OrtIoBinding *binding[2];
    struct port input[MOST], output[MOST], other[MOST]; // other: outputs of the odd frames
    size_t inputs, outputs;
    int64_t batch;
    int frame;
    float *noise; // [FRAMES][batch * columns], in turn
};

enum { NOISE_FRAMES = 64 };

static void check(const struct peer *p, OrtStatus *status)
{
    if (!status)
        return;
    fprintf(stderr, "onnxruntime: %s\n", p->api->GetErrorMessage(status));
    exit(1);
}

static int64_t columns_of(const struct peer *p, OrtTypeInfo *type)
{
    const OrtTensorTypeAndShapeInfo *info;
    int64_t dims[2];
    check(p, p->api->CastTypeInfoToTensorInfo(type, &info));
    check(p, p->api->GetDimensions(info, dims, 2));
    p->api->ReleaseTypeInfo(type);
    return dims[1];
}

static void name_port(const struct peer *p, struct port *port, char *name, OrtTypeInfo *type)
{
    snprintf(port->name, sizeof port->name, "%s", name);
    check(p, p->api->AllocatorFree(p->allocator, name));
    port->columns = columns_of(p, type);
    port->data = aligned_alloc(64, ((size_t)(p->batch * port->columns) * 4 + 63) / 64 * 64);
    memset(port->data, 0, (size_t)(p->batch * port->columns) * 4);
}

static void list_ports(struct peer *p)
{
    char *name;
    OrtTypeInfo *type;
    check(p, p->api->SessionGetInputCount(p->session, &p->inputs));
    check(p, p->api->SessionGetOutputCount(p->session, &p->outputs));
    for (size_t i = 0; i < p->inputs && i < MOST; i++) {
        check(p, p->api->SessionGetInputName(p->session, i, p->allocator, &name));
        check(p, p->api->SessionGetInputTypeInfo(p->session, i, &type));
        name_port(p, &p->input[i], name, type);
    }
    for (size_t i = 0; i < p->outputs && i < MOST; i++) {
        check(p, p->api->SessionGetOutputName(p->session, i, p->allocator, &name));
        check(p, p->api->SessionGetOutputTypeInfo(p->session, i, &type));
        name_port(p, &p->output[i], name, type);
        p->other[i] = p->output[i];
        p->other[i].data =
            aligned_alloc(64, ((size_t)(p->batch * p->output[i].columns) * 4 + 63) / 64 * 64);
        memset(p->other[i].data, 0, (size_t)(p->batch * p->output[i].columns) * 4);
    }
}

static OrtValue *tensor(const struct peer *p, const struct port *port)
{
    const int64_t dims[] = {p->batch, port->columns};
    OrtValue *value;
    check(p, p->api->CreateTensorWithDataAsOrtValue(p->memory, port->data,
                                                    (size_t)(p->batch * port->columns) * 4, dims, 2,
                                                    ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &value));
    return value;
}

// Where input NAME comes from at an even or odd frame: output next.NAME of the frame before.
static const struct port *source(const struct peer *p, const struct port *input, int odd)
{
    for (size_t i = 0; i < p->outputs; i++)
        if (!strncmp(p->output[i].name, "next.", 5) && !strcmp(p->output[i].name + 5, input->name))
            return odd ? &p->output[i] : &p->other[i];
    return input;
}

static void bind(struct peer *p)
{
    for (int odd = 0; odd < 2; odd++) {
        check(p, p->api->CreateIoBinding(p->session, &p->binding[odd]));
        for (size_t i = 0; i < p->inputs; i++)
            check(p, p->api->BindInput(p->binding[odd], p->input[i].name,
                                       tensor(p, source(p, &p->input[i], odd))));
        for (size_t i = 0; i < p->outputs; i++)
            check(p, p->api->BindOutput(p->binding[odd], p->output[i].name,
                                        tensor(p, odd ? &p->other[i] : &p->output[i])));
    }
}

static void open_peer(struct peer *p, const char *path)
{
    OrtSessionOptions *options;
    p->api = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    if (!p->api) {
        fprintf(stderr, "the library is older than the headers' API %d\n", ORT_API_VERSION);
        exit(1);
    }
    check(p, p->api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "race", &p->env));
    check(p, p->api->CreateSessionOptions(&options));
    check(p, p->api->SetIntraOpNumThreads(options, 1));
    check(p, p->api->SetInterOpNumThreads(options, 1));
    check(p, p->api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL));
    check(p, p->api->SetSessionExecutionMode(options, ORT_SEQUENTIAL));
    check(p, p->api->CreateSession(p->env, path, options, &p->session));
    check(p, p->api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &p->memory));
    check(p, p->api->GetAllocatorWithDefaultOptions(&p->allocator));
    list_ports(p);
    bind(p);
}

static void step(void *subject)
{
    struct peer *p = subject;
    size_t floats = (size_t)(p->batch * p->input[0].columns);
    memcpy(p->input[0].data, p->noise + (size_t)(p->frame % NOISE_FRAMES) * floats, floats * 4);
    check(p, p->api->RunWithBinding(p->session, NULL, p->binding[p->frame & 1]));
    p->frame++;
}

static void compare_stream(struct peer *p, const char *in, const char *out, long frames)
{
    FILE *from = fopen(in, "rb"), *to = fopen(out, "wb");
    size_t floats = (size_t)(p->batch * p->input[0].columns);
    for (long t = 0; from && to && t < frames; t++) {
        if (fread(p->noise + (size_t)(p->frame % NOISE_FRAMES) * floats, 4, floats, from) != floats)
            exit(1);
        const struct port *outputs = p->frame & 1 ? p->other : p->output;
        step(p);
        for (size_t i = 0; i < p->outputs; i++)
            fwrite(outputs[i].data, 4, (size_t)(p->batch * outputs[i].columns), to);
    }
    if (!to || fclose(to))
        exit(1);
    for (size_t i = 0; i < p->outputs; i++)
        printf("%s %lld\n", p->output[i].name, (long long)p->output[i].columns);
}

int main(int argc, char **argv)
{
    struct peer p = {0};
    char facts[128];
    uint32_t seed = 1;
    if (argc != 3 && argc != 7)
        return 2;
    racer_pin();
    p.batch = strtol(argv[2], NULL, 10);
    open_peer(&p, argv[1]);
    long floats = NOISE_FRAMES * p.batch * p.input[0].columns;
    p.noise = malloc((size_t)floats * sizeof *p.noise);
    if (!p.noise)
        return 1;
    racer_noise(&seed, floats, 1, p.noise);
    if (argc == 7) {
        compare_stream(&p, argv[4], argv[5], strtol(argv[6], NULL, 10));
        return 0;
    }
    snprintf(facts, sizeof facts, "{\"version\": \"%s\"}", OrtGetApiBase()->GetVersionString());
    return racer_run(step, &p, facts);
}
