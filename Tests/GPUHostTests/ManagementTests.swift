internal import GPUHost
internal import GPUPlanning
internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite struct ManagementTests {
    /// A library with the names and the layouts of NVML, and values of nobody's: two GPUs, the second one tells little.
    private static let library = """
        #include <string.h>
        typedef void *dev;
        int nvmlInit_v2(void) { return RESULT; }
        int nvmlShutdown(void) { return 0; }
        int nvmlDeviceGetCount_v2(unsigned *n) { *n = 3; return 0; }
        int nvmlDeviceGetHandleByIndex_v2(unsigned i, dev *d) { *d = (dev)(long)(i + 1); return i == 2 ? 15 : 0; }
        int nvmlDeviceGetUUID(dev d, char *b, unsigned n) { strcpy(b, d == (dev)1 ? "GPU-one" : "GPU-two"); return 0; }
        int nvmlDeviceGetName(dev d, char *b, unsigned n) { strcpy(b, "NVIDIA H100"); return 0; }
        int nvmlDeviceGetPciInfo_v3(dev d, char *p) { strcpy(p + 36, "00000000:1A:00.0"); return d == (dev)1 ? 0 : 3; }
        int nvmlDeviceGetMemoryInfo_v2(dev d, unsigned long long *m) {
            if ((unsigned)m[0] != 0x02000028 || d != (dev)1) return 25;
            m[1] = 81559ull << 20; m[2] = 600ull << 20; m[3] = 1; m[4] = 1000ull << 20; return 0;
        }
        int nvmlDeviceGetMemoryInfo(dev d, unsigned long long *m) { m[0] = 8ull << 30; m[1] = 1; m[2] = 2ull << 30; return 0; }
        int nvmlDeviceGetUtilizationRates(dev d, unsigned *r) { r[0] = 97; r[1] = 40; return d == (dev)1 ? 0 : 3; }
        int nvmlDeviceGetTemperature(dev d, unsigned k, unsigned *t) { *t = 55; return d == (dev)1 ? 0 : 999; }
        int nvmlDeviceGetPowerUsage(dev d, unsigned *p) { *p = 350500; return d == (dev)1 ? 0 : 3; }
        int nvmlDeviceGetClockInfo(dev d, unsigned k, unsigned *c) { *c = k == 1 ? 1980 : 2619; return d == (dev)1 ? 0 : 3; }
        int nvmlDeviceGetCudaComputeCapability(dev d, int *a, int *b) { *a = 9; *b = 0; return 0; }
        int nvmlDeviceGetComputeRunningProcesses_v3(dev d, unsigned *n, unsigned long long *p) {
            if (d != (dev)1) { *n = 0; return 3; }
            *n = 2; p[0] = 4242; p[1] = 5ull << 30; p[2] = ~0ull; p[3] = 4343; p[4] = ~0ull; p[5] = ~0ull; return 0;
        }
        """

    private func machine(_ root: FilePath, result: Int) throws -> GPUInventory {
        let machine = MockMachine(root)
        machine.addDriver()
        let path = root.appending("usr/lib/x86_64-linux-gnu/libnvidia-ml.so.\(MockMachine.version)").string
        let words = [
            "gcc", "-shared", "-fPIC", "-DRESULT=\(result)", "-Wl,-soname,libnvidia-ml.so.1", "-x", "c", "-o", path,
        ]
        #expect(run(words + ["-"], input: Array(Self.library.utf8)).status == 0)
        machine.write(
            "usr/bin/nvidia-smi",
            """
            #!/bin/sh
            case "$1" in
            *compute-apps*) echo 'GPU-one, 77, 512' ;;
            *) echo '0, GPU-one, 00000000:1A:00.0, NVIDIA H100, 81559, 1000, 97, [N/A], 55, 350.50, 700.00, 1980, 2619, 9.0' ;;
            esac

            """,
            mode: 0o755
        )
        return try GPUProbe(hostRoot: root.string).inventory()
    }

    @Test("the management library is asked in a process of its own; what a GPU does not tell is unknown, not 0")
    func library() throws {
        try withSandbox { sandbox in
            let readings = ManagementHelper.readings(try machine(sandbox, result: 0), program: LLMBoxProgram.path)
            try #require(readings.count == 3, "\(readings)")
            let (first, second) = (readings[0], readings[1])
            #expect(
                first.uuid == "GPU-one" && first.address == BusAddress("0000:1a:00.0") && first.name == "NVIDIA H100"
            )
            #expect(first.memoryTotal == 81559 << 20 && first.memoryUsed == 1000 << 20)
            #expect(first.utilization == 97 && first.memoryUtilization == 40 && first.temperature == 55)
            #expect(first.power == 350_500 && first.powerLimit == nil)
            #expect(first.processorClock == 1980 && first.memoryClock == 2619)
            #expect(first.architecture == DriverVersion("9.0"))
            #expect(first.processes == [.init(id: 4242, memory: 5 << 30), .init(id: 4343, memory: nil)])
            #expect(second.memoryTotal == 8 << 30 && second.memoryUsed == 2 << 30)
            #expect(
                second.utilization == nil && second.temperature == nil && second.power == nil && second.processes == []
            )
            #expect(readings[2].isLost && readings[2].index == 2)
        }
    }

    @Test("where the library does not start, nvidia-smi is asked; where nobody answers, nothing is known")
    func fallback() throws {
        try withSandbox { sandbox in
            // 18: the library is of another version than the kernel module.
            var inventory = try machine(sandbox, result: 18)
            let readings = ManagementHelper.readings(inventory, program: LLMBoxProgram.path)
            #expect(readings.map(\.uuid) == ["GPU-one"])
            #expect(readings[0].power == 350_500 && readings[0].memoryTotal == 81559 << 20)
            #expect(readings[0].memoryUtilization == nil && readings[0].processes == [.init(id: 77, memory: 512 << 20)])
            inventory.programs = []
            #expect(ManagementHelper.readings(inventory, program: LLMBoxProgram.path) == [])
            #expect(ManagementHelper.readings(GPUInventory(), program: LLMBoxProgram.path) == [])
        }
    }

    @Test("readings survive the way between two processes")
    func text() {
        var reading = GPUReading(index: 3)
        reading.name = "a\tname"
        reading.power = 0
        reading.processes = [.init(id: 1, memory: nil)]
        var expected = reading
        expected.name = "a name"
        #expect(GPUReadingText.decode(GPUReadingText.encode([reading])) == [expected])
        #expect(GPUReadingText.decode("gpu\tx\nprocess\t1\t2\nnoise") == [])
    }
}
