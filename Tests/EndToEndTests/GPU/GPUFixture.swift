internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Runs `body` with a store that holds the image `base`, and a machine with a driver and two GPUs that is none.
func withGPUMachine(
    version: String = MockMachine.version,
    _ body: (LLMBoxProgram, MockMachine, FilePath) throws -> Void
) throws {
    try withStore { llmbox, context in
        let machine = MockMachine(context.removingLastComponent().appending("machine"))
        machine.addDriver(version)
        machine.write("usr/bin/nvidia-smi", "#!/bin/sh\nexit 1\n", mode: 0o755)
        var program = llmbox
        program.environment["LLMBOX_HOST_ROOT"] = machine.root.string
        try body(program, machine, context)
    }
}

extension LLMBoxProgram {
    /// Runs a command in a container with GPUs.
    func inGPUContainer(_ options: [String], image: String = "base", _ script: String) -> CommandResult {
        let words = ["run", "--rm", "--network", "none"] + options + [image, "sh", "-c", script]
        return TestSupport.run([LLMBoxProgram.path] + words, environment: environment)
    }

    /// Starts a container with GPUs that stays; its id.
    func startGPUContainer(_ options: [String] = [], gpus: String = "all", _ script: String = "sleep 1000") throws
        -> String
    {
        let words = ["run", "-d", "--stop-timeout", "1", "--network", "none", "--gpus", gpus] + options
        let result = TestSupport.run(
            [LLMBoxProgram.path] + words + ["base", "sh", "-c", script],
            environment: environment
        )
        try #require(result.status == 0, "\(result)")
        return result.line
    }
}

extension MockMachine {
    /// The management library of a driver whose first GPU runs the processes of a file: a number and mebibytes a line.
    ///
    /// - Returns: the file.
    func addManagementLibrary(version: String = Self.version) -> FilePath {
        let list = root.appending("processes")
        let text = """
            #include <stdio.h>
            #include <string.h>
            typedef void *dev;
            int nvmlInit_v2(void) { return 0; }
            int nvmlShutdown(void) { return 0; }
            int nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return 0; }
            int nvmlDeviceGetHandleByIndex_v2(unsigned i, dev *d) { *d = (dev)(long)(i + 1); return 0; }
            int nvmlDeviceGetUUID(dev d, char *b, unsigned n) {
                strcpy(b, d == (dev)1 ? "GPU-11111111-1111-1111-1111-111111111111" : "GPU-22222222-2222-2222-2222-222222222222");
                return 0;
            }
            int nvmlDeviceGetMemoryInfo_v2(dev d, unsigned long long *m) { m[1] = 81920ull << 20; m[4] = 1024ull << 20; return 0; }
            int nvmlDeviceGetUtilizationRates(dev d, unsigned *r) { r[0] = 97; r[1] = 40; return 0; }
            int nvmlDeviceGetCudaComputeCapability(dev d, int *a, int *b) { *a = ARCH; *b = 0; return 0; }
            int nvmlDeviceGetComputeRunningProcesses_v3(dev d, unsigned *n, unsigned long long *p) {
                unsigned pid, count = 0; unsigned long long mebibytes;
                FILE *file = fopen("\(list)", "r");
                if (d == (dev)1 && file)
                    while (fscanf(file, "%u %llu", &pid, &mebibytes) == 2) {
                        p[3 * count] = pid; p[3 * count + 1] = mebibytes << 20; p[3 * count + 2] = ~0ull; count++;
                    }
                if (file) fclose(file);
                *n = count;
                return 0;
            }
            """
        let path = root.appending("usr/lib/x86_64-linux-gnu/libnvidia-ml.so.\(version)").string
        let words = [
            "gcc", "-shared", "-fPIC", "-DARCH=9", "-Wl,-soname,libnvidia-ml.so.1", "-x", "c", "-o", path, "-",
        ]
        #expect(run(words, input: Array(text.utf8)).status == 0)
        return list
    }
}
