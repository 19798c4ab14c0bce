// Uses a GPU through the driver's own interface, as far as a test needs it.
//
//     gpu-probe add | multiply | bandwidth | hold MEBIBYTES SECONDS
//
// It is built with a C compiler alone, without CUDA: the driver's library is opened when the program starts, and the
// kernels are portable code (PTX), which the driver compiles. So it shows that both of that work.
//
// Exit status: 0 when all is well, 1 when a result is wrong, 2 when CUDA does not work here.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long long address;
typedef void *handle;

// Turing and everything after it.
static const char kernels[] = ".version 6.3\n"
                              ".target sm_75\n"
                              ".address_size 64\n"
                              ".visible .entry vector_add(\n"
                              "    .param .u64 p_a, .param .u64 p_b, .param .u64 p_sum, .param .u32 p_count)\n"
                              "{\n"
                              "    .reg .pred %p<2>;\n"
                              "    .reg .b32 %r<6>;\n"
                              "    .reg .f32 %f<4>;\n"
                              "    .reg .b64 %d<11>;\n"
                              "    ld.param.u64 %d1, [p_a];\n"
                              "    ld.param.u64 %d2, [p_b];\n"
                              "    ld.param.u64 %d3, [p_sum];\n"
                              "    ld.param.u32 %r1, [p_count];\n"
                              "    mov.u32 %r2, %ctaid.x;\n"
                              "    mov.u32 %r3, %ntid.x;\n"
                              "    mov.u32 %r4, %tid.x;\n"
                              "    mad.lo.u32 %r5, %r2, %r3, %r4;\n"
                              "    setp.ge.u32 %p1, %r5, %r1;\n"
                              "    @%p1 bra DONE;\n"
                              "    cvta.to.global.u64 %d4, %d1;\n"
                              "    cvta.to.global.u64 %d5, %d2;\n"
                              "    cvta.to.global.u64 %d6, %d3;\n"
                              "    mul.wide.u32 %d7, %r5, 4;\n"
                              "    add.s64 %d8, %d4, %d7;\n"
                              "    add.s64 %d9, %d5, %d7;\n"
                              "    add.s64 %d10, %d6, %d7;\n"
                              "    ld.global.f32 %f1, [%d8];\n"
                              "    ld.global.f32 %f2, [%d9];\n"
                              "    add.f32 %f3, %f1, %f2;\n"
                              "    st.global.f32 [%d10], %f3;\n"
                              "DONE:\n"
                              "    ret;\n"
                              "}\n"
                              ".visible .entry matrix_multiply(\n"
                              "    .param .u64 p_a, .param .u64 p_b, .param .u64 p_c, .param .u32 p_size)\n"
                              "{\n"
                              "    .reg .pred %p<4>;\n"
                              "    .reg .b32 %r<13>;\n"
                              "    .reg .f32 %f<4>;\n"
                              "    .reg .b64 %d<14>;\n"
                              "    ld.param.u64 %d1, [p_a];\n"
                              "    ld.param.u64 %d2, [p_b];\n"
                              "    ld.param.u64 %d3, [p_c];\n"
                              "    ld.param.u32 %r1, [p_size];\n"
                              "    cvta.to.global.u64 %d4, %d1;\n"
                              "    cvta.to.global.u64 %d5, %d2;\n"
                              "    cvta.to.global.u64 %d6, %d3;\n"
                              "    mov.u32 %r2, %ctaid.x;\n"
                              "    mov.u32 %r3, %ntid.x;\n"
                              "    mov.u32 %r4, %tid.x;\n"
                              "    mad.lo.u32 %r5, %r2, %r3, %r4;\n"
                              "    mov.u32 %r6, %ctaid.y;\n"
                              "    mov.u32 %r7, %ntid.y;\n"
                              "    mov.u32 %r8, %tid.y;\n"
                              "    mad.lo.u32 %r9, %r6, %r7, %r8;\n"
                              "    setp.ge.u32 %p1, %r5, %r1;\n"
                              "    @%p1 bra DONE;\n"
                              "    setp.ge.u32 %p2, %r9, %r1;\n"
                              "    @%p2 bra DONE;\n"
                              "    mul.lo.u32 %r10, %r9, %r1;\n"
                              "    mul.wide.u32 %d7, %r10, 4;\n"
                              "    add.s64 %d8, %d4, %d7;\n"
                              "    mul.wide.u32 %d9, %r5, 4;\n"
                              "    add.s64 %d10, %d5, %d9;\n"
                              "    mul.wide.u32 %d11, %r1, 4;\n"
                              "    mov.f32 %f1, 0f00000000;\n"
                              "    mov.u32 %r11, 0;\n"
                              "STEP:\n"
                              "    ld.global.f32 %f2, [%d8];\n"
                              "    ld.global.f32 %f3, [%d10];\n"
                              "    fma.rn.f32 %f1, %f2, %f3, %f1;\n"
                              "    add.s64 %d8, %d8, 4;\n"
                              "    add.s64 %d10, %d10, %d11;\n"
                              "    add.u32 %r11, %r11, 1;\n"
                              "    setp.lt.u32 %p3, %r11, %r1;\n"
                              "    @%p3 bra STEP;\n"
                              "    add.u32 %r12, %r10, %r5;\n"
                              "    mul.wide.u32 %d12, %r12, 4;\n"
                              "    add.s64 %d13, %d6, %d12;\n"
                              "    st.global.f32 [%d13], %f1;\n"
                              "DONE:\n"
                              "    ret;\n"
                              "}\n";

static handle driver;

static void fail(const char *what, int code) {
    fprintf(stderr, "%s failed with %d\n", what, code);
    exit(2);
}

static void *find(const char *name) {
    void *function = dlsym(driver, name);
    if (!function)
        fail(name, -1);
    return function;
}

// A call by the function's name, whose answer must be 0.
#define CALL(name, types, ...)                                                                                         \
    do {                                                                                                               \
        int answer = ((int(*) types)find(name))(__VA_ARGS__);                                                          \
        if (answer)                                                                                                    \
            fail(name, answer);                                                                                        \
    } while (0)

static address allocate(size_t size) {
    address memory = 0;
    CALL("cuMemAlloc_v2", (address *, size_t), &memory, size);
    return memory;
}

static float *host(size_t size) {
    void *memory = NULL;
    CALL("cuMemAllocHost_v2", (void **, size_t), &memory, size);
    return memory;
}

static void upload(address to, const void *from, size_t size) {
    CALL("cuMemcpyHtoD_v2", (address, const void *, size_t), to, from, size);
}

static void download(void *to, address from, size_t size) {
    CALL("cuMemcpyDtoH_v2", (void *, address, size_t), to, from, size);
}

static void launch(const char *name, unsigned grid_x, unsigned grid_y, unsigned block_x, unsigned block_y, address a,
                   address b, address result, unsigned count) {
    static handle module;
    handle kernel = NULL;
    void *arguments[] = {&a, &b, &result, &count};
    if (!module)
        CALL("cuModuleLoadData", (handle *, const void *), &module, kernels);
    CALL("cuModuleGetFunction", (handle *, handle, const char *), &kernel, module, name);
    CALL("cuLaunchKernel",
         (handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, handle, void **, void **),
         kernel, grid_x, grid_y, 1, block_x, block_y, 1, 0, NULL, arguments, NULL);
    CALL("cuCtxSynchronize", (void), );
}

static int add(void) {
    const unsigned count = 1 << 22;
    const size_t size = count * sizeof(float);
    float *a = host(size), *b = host(size), *sum = host(size);
    for (unsigned index = 0; index < count; index++) {
        a[index] = (float)(index % 1000);
        b[index] = (float)(index % 77);
    }
    address on_a = allocate(size), on_b = allocate(size), on_sum = allocate(size);
    upload(on_a, a, size);
    upload(on_b, b, size);
    launch("vector_add", (count + 255) / 256, 1, 256, 1, on_a, on_b, on_sum, count);
    download(sum, on_sum, size);
    for (unsigned index = 0; index < count; index++) {
        if (sum[index] != a[index] + b[index]) {
            fprintf(stderr, "element %u is %f\n", index, sum[index]);
            return 1;
        }
    }
    printf("%u elements added\n", count);
    return 0;
}

// Whole numbers small enough that single precision is exact.
static int multiply(void) {
    const unsigned size = 512;
    const size_t bytes = (size_t)size * size * sizeof(float);
    float *a = host(bytes), *b = host(bytes), *product = host(bytes);
    for (unsigned index = 0; index < size * size; index++) {
        a[index] = (float)(index % 7);
        b[index] = (float)(index % 5);
    }
    address on_a = allocate(bytes), on_b = allocate(bytes), on_product = allocate(bytes);
    upload(on_a, a, bytes);
    upload(on_b, b, bytes);
    launch("matrix_multiply", size / 16, size / 16, 16, 16, on_a, on_b, on_product, size);
    download(product, on_product, bytes);
    for (unsigned row = 0; row < size; row += 37) {
        for (unsigned column = 0; column < size; column += 41) {
            float expected = 0;
            for (unsigned k = 0; k < size; k++)
                expected += a[row * size + k] * b[k * size + column];
            if (product[row * size + column] != expected) {
                fprintf(stderr, "element %u, %u is %f, not %f\n", row, column, product[row * size + column], expected);
                return 1;
            }
        }
    }
    printf("matrices of %u multiplied\n", size);
    return 0;
}

// The best of many rounds: what the hardware gives, whatever else the machine does meanwhile.
static double best(address to, address from, const void *from_host, size_t size) {
    handle begin = NULL, end = NULL;
    double best = 0;
    CALL("cuEventCreate", (handle *, unsigned), &begin, 0);
    CALL("cuEventCreate", (handle *, unsigned), &end, 0);
    for (int round = 0; round < 40; round++) {
        float milliseconds = 0;
        CALL("cuEventRecord", (handle, handle), begin, NULL);
        for (int copy = 0; copy < 4; copy++) {
            if (from_host) {
                CALL("cuMemcpyHtoDAsync_v2", (address, const void *, size_t, handle), to, from_host, size, NULL);
            } else {
                CALL("cuMemcpyDtoDAsync_v2", (address, address, size_t, handle), to, from, size, NULL);
            }
        }
        CALL("cuEventRecord", (handle, handle), end, NULL);
        CALL("cuEventSynchronize", (handle), end);
        CALL("cuEventElapsedTime", (float *, handle, handle), &milliseconds, begin, end);
        if (milliseconds > 0 && 4.0 * size / 1e6 / milliseconds > best)
            best = 4.0 * size / 1e6 / milliseconds;
    }
    return best;
}

static int bandwidth(void) {
    const size_t size = 64 << 20;
    address a = allocate(size), b = allocate(size);
    printf("device to device %.1f GB/s\n", best(a, b, NULL, size));
    printf("host to device %.1f GB/s\n", best(a, 0, host(size), size));
    return 0;
}

static int hold(size_t mebibytes, unsigned seconds) {
    address memory = allocate(mebibytes << 20);
    CALL("cuMemsetD8_v2", (address, unsigned char, size_t), memory, 1, mebibytes << 20);
    printf("holding %zu MiB\n", mebibytes);
    fflush(stdout);
    // Work, so that there is a load to be read.
    address other = allocate(64 << 20);
    for (unsigned round = 0; round < seconds * 10; round++) {
        for (int copy = 0; copy < 200; copy++) {
            CALL("cuMemcpyDtoDAsync_v2", (address, address, size_t, handle), other, memory,
                 mebibytes < 64 ? mebibytes << 20 : (size_t)64 << 20, NULL);
        }
        CALL("cuCtxSynchronize", (void), );
        usleep(100000);
    }
    return 0;
}

int main(int count, char **words) {
    const char *task = count > 1 ? words[1] : "";
    char name[128] = "";
    int devices = 0, device = 0;
    handle context = NULL;
    driver = dlopen("libcuda.so.1", RTLD_NOW);
    if (!driver) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    CALL("cuInit", (unsigned), 0);
    CALL("cuDeviceGetCount", (int *), &devices);
    CALL("cuDeviceGet", (int *, int), &device, 0);
    CALL("cuDeviceGetName", (char *, int, int), name, sizeof name - 1, device);
    CALL("cuDevicePrimaryCtxRetain", (handle *, int), &context, device);
    CALL("cuCtxSetCurrent", (handle), context);
    printf("%d GPU, the first is %s\n", devices, name);
    fflush(stdout);
    if (!strcmp(task, "add"))
        return add();
    if (!strcmp(task, "multiply"))
        return multiply();
    if (!strcmp(task, "bandwidth"))
        return bandwidth();
    if (!strcmp(task, "hold") && count == 4)
        return hold(strtoul(words[2], NULL, 10), atoi(words[3]));
    return 0;
}
