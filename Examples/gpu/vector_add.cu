// Adds two vectors on the GPU, checks the sum, and measures how fast memory is copied.
//
// Exit status: 0 when all is well, 1 when a result is wrong, 2 when CUDA does not work here.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <cuda_runtime.h>

static void check(cudaError_t result, const char *what) {
    if (result == cudaSuccess) return;
    std::fprintf(stderr, "%s: %s (%d)\n", what, cudaGetErrorString(result), int(result));
    std::exit(2);
}

__global__ void add(const float *a, const float *b, float *sum, int count) {
    int index = blockIdx.x * blockDim.x + threadIdx.x;
    if (index < count) sum[index] = a[index] + b[index];
}

static double gigabytes_per_second(void *to, const void *from, size_t size, cudaMemcpyKind kind) {
    cudaEvent_t begin, end;
    check(cudaEventCreate(&begin), "make an event");
    check(cudaEventCreate(&end), "make an event");
    double best = 0;
    for (int round = 0; round < 10; round++) {
        check(cudaEventRecord(begin), "record");
        check(cudaMemcpyAsync(to, from, size, kind), "copy");
        check(cudaEventRecord(end), "record");
        check(cudaEventSynchronize(end), "wait");
        float milliseconds = 0;
        check(cudaEventElapsedTime(&milliseconds, begin, end), "measure");
        double speed = size / 1e6 / milliseconds;
        if (speed > best) best = speed;
    }
    return best;
}

int main() {
    const int count = 1 << 24;
    const size_t size = count * sizeof(float);
    std::vector<float> first(count), second(count), result(count);
    for (int index = 0; index < count; index++) {
        first[index] = float(index % 1000);
        second[index] = float(index % 77);
    }
    float *a, *b, *sum;
    check(cudaMalloc(&a, size), "allocate");
    check(cudaMalloc(&b, size), "allocate");
    check(cudaMalloc(&sum, size), "allocate");
    check(cudaMemcpy(a, first.data(), size, cudaMemcpyHostToDevice), "copy to the GPU");
    check(cudaMemcpy(b, second.data(), size, cudaMemcpyHostToDevice), "copy to the GPU");
    add<<<(count + 255) / 256, 256>>>(a, b, sum, count);
    check(cudaGetLastError(), "start the kernel");
    check(cudaMemcpy(result.data(), sum, size, cudaMemcpyDeviceToHost), "copy from the GPU");
    for (int index = 0; index < count; index++) {
        if (result[index] != first[index] + second[index]) {
            std::fprintf(stderr, "element %d is %f\n", index, result[index]);
            return 1;
        }
    }
    void *pinned;
    check(cudaMallocHost(&pinned, size), "allocate pinned memory");
    cudaDeviceProp device;
    check(cudaGetDeviceProperties(&device, 0), "ask the GPU");
    std::printf("%s: %d elements added\n", device.name, count);
    std::printf("device to device %.1f GB/s\n", gigabytes_per_second(a, b, size, cudaMemcpyDeviceToDevice));
    std::printf("host to device %.1f GB/s\n", gigabytes_per_second(a, pinned, size, cudaMemcpyHostToDevice));
    return 0;
}
