// A library that stands in for `libcuda.so.1`, so that the script beside it can be tried on a machine without a GPU.
//
// Memory of the "GPU" is the machine's, and the two kernels are known by their names.
#include <stdlib.h>
#include <string.h>

typedef unsigned long long address;
typedef void *handle;

int cuInit(unsigned flags) { return (int)flags; }
int cuDeviceGetCount(int *count) { return *count = 1, 0; }
int cuDeviceGet(int *device, int index) { return *device = index, 0; }
int cuDeviceGetName(char *name, int size, int device) { return strncpy(name, "a stand-in", (size_t)size), device; }
int cuDevicePrimaryCtxRetain(handle *context, int device) { return *context = context, device; }
int cuCtxSetCurrent(handle context) { return context == NULL; }
int cuCtxSynchronize(void) { return 0; }
int cuMemAlloc_v2(address *memory, size_t size) { return (*memory = (address)malloc(size)) == 0; }
int cuMemAllocHost_v2(void **memory, size_t size) { return (*memory = malloc(size)) == NULL; }
int cuMemcpyHtoD_v2(address to, const void *from, size_t size) { return memcpy((void *)to, from, size), 0; }
int cuMemcpyDtoH_v2(void *to, address from, size_t size) { return memcpy(to, (void *)from, size), 0; }
// Nobody looks at what these copy.
int cuMemcpyHtoDAsync_v2(address to, const void *from, size_t size, handle stream) {
    return !to || !from || !size || stream;
}
int cuMemcpyDtoDAsync_v2(address to, address from, size_t size, handle stream) {
    return !to || !from || !size || stream;
}
int cuMemsetD8_v2(address to, unsigned char value, size_t size) { return memset((void *)to, value, size), 0; }
int cuModuleLoadData(handle *module, const void *text) { return (*module = (handle)text) == NULL; }
int cuEventCreate(handle *event, unsigned flags) { return *event = event, (int)flags; }
int cuEventRecord(handle event, handle stream) { return !event || stream; }
int cuEventSynchronize(handle event) { return !event; }
int cuEventElapsedTime(float *milliseconds, handle begin, handle end) { return *milliseconds = 1, !begin || !end; }

int cuModuleGetFunction(handle *function, handle module, const char *name) {
    *function = strstr(module, name) ? (handle)strdup(name) : NULL;
    return *function ? 0 : 500;
}

int cuLaunchKernel(handle kernel, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, handle stream, void **arguments, void **extra) {
    const float *a = *(float **)arguments[0], *b = *(float **)arguments[1];
    float *result = *(float **)arguments[2];
    unsigned count = *(unsigned *)arguments[3];
    if (gz != 1 || bz != 1 || shared || stream || extra)
        return 1;
    if (!strcmp(kernel, "vector_add")) {
        if (gx * bx < count || gy * by != 1)
            return 1;
        for (unsigned index = 0; index < count; index++)
            result[index] = a[index] + b[index];
        return 0;
    }
    if (gx * bx < count || gy * by < count)
        return 1;
    for (unsigned row = 0; row < count; row++) {
        for (unsigned column = 0; column < count; column++) {
            float sum = 0;
            for (unsigned k = 0; k < count; k++)
                sum += a[row * count + k] * b[k * count + column];
            result[row * count + column] = sum;
        }
    }
    return 0;
}
