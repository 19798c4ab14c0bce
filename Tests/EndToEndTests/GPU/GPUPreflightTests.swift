internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct GPUPreflightTests {
    private func write(_ bytes: [UInt8], to path: FilePath) {
        #expect(run(["mkdir", "-p", path.removingLastComponent().string]).status == 0)
        guard let file = fopen(path.string, "w") else { return }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    /// Builds an image of `base` and what stands in a context.
    private func build(_ llmbox: LLMBoxProgram, _ context: FilePath, as name: String, _ lines: String) {
        EndToEndTests.write("FROM base\n\(lines)\n", to: "Dockerfile", in: context)
        let built = llmbox("build", "-q", "-t", name, context.string)
        #expect(built.status == 0, "\(built)")
    }

    @Test("doctor says what there is, and ends with 1 only where something cannot work, with what to do about it")
    func doctor() throws {
        try withGPUMachine { llmbox, machine, _ in
            let fine = llmbox("doctor")
            #expect(fine.status == 0, "\(fine)")
            for line in [
                "driver: NVIDIA 580.159.04, CUDA up to 13.0, open kernel module", "GPU 1: NVIDIA H100",
                "of shared memory",
            ] {
                #expect(fine.output.contains(line), "\(fine)")
            }
            machine.write("dev/kmsg", "4,1,1,-;NVRM: Xid (PCI:0000:1a:00): 79, pid=1, GPU has fallen off the bus.\n")
            let faulty = llmbox("doctor")
            #expect(faulty.status == 0 && faulty.output.contains("warning: GPU 0 may serve no program: "), "\(faulty)")
            #expect(faulty.output.contains("Xid 79, it fell off the bus"), "\(faulty)")
            removeTree(machine.root.appending("usr/lib").string)
            machine.addLibraries("590.48.01", in: "usr/lib/x86_64-linux-gnu")
            let mixed = llmbox("doctor")
            #expect(mixed.status == 1 && mixed.output.contains("error: cannot find a usable GPU: "), "\(mixed)")
            #expect(mixed.output.contains("    hint: the driver was upgraded while it was loaded: reboot"), "\(mixed)")
            let json = llmbox("doctor", "--format", "json")
            #expect(json.status == 1 && json.output.contains(#""Severity": "error""#), "\(json)")
            unlink(machine.root.appending("dev/nvidia-uvm").string)
            machine.write("proc/devices", "Character devices:\n195 nvidia\n")
            let unloaded = llmbox("doctor")
            #expect(unloaded.output.contains("hint: run `sudo nvidia-modprobe -u -c0`"), "\(unloaded)")
        }
    }

    @Test("a machine without a GPU is no patient, and an image that asks for none needs none; one that asks does")
    func noGPU() throws {
        try withStore { llmbox, context in
            var program = llmbox
            let empty = context.removingLastComponent().appending("empty")
            mkdir(empty.string, 0o755)
            program.environment["LLMBOX_HOST_ROOT"] = empty.string
            for words in [["doctor"], ["doctor", "base"]] {
                let result = run([LLMBoxProgram.path] + words, environment: program.environment)
                #expect(result.status == 0 && result.output.contains("note: cannot find a usable GPU"), "\(result)")
                #expect(result.output.contains("hint: see whether it is on the bus"), "\(result)")
            }
            build(program, context, as: "cuda", "ENV NVIDIA_REQUIRE_CUDA=cuda>=12.4 NVIDIA_VISIBLE_DEVICES=all")
            let wanting = program("doctor", "cuda")
            #expect(wanting.status == 1 && wanting.output.contains("error: cannot find a usable GPU"), "\(wanting)")
            let list = program("gpu", "list")
            #expect(list.errors.components(of: "no GPU") == 1 && list.errors.contains("hint: "), "\(list)")
            let variable = program.inGPUContainer(["-e", "NVIDIA_VISIBLE_DEVICES=all"], "true")
            #expect(
                variable.status == 125 && variable.errors.contains("`NVIDIA_VISIBLE_DEVICES=all` asks for it"),
                "\(variable)"
            )
            #expect(variable.errors.contains("`-e NVIDIA_VISIBLE_DEVICES=void`"), "\(variable)")
            // The error is the first that is said, and nothing was made.
            let flag = program.inGPUContainer(["--gpus", "all"], "true")
            #expect(flag.errors.hasPrefix("error: cannot find a usable GPU"), "\(flag)")
            #expect(program("volume", "ls", "-q").output == "" && program("ps", "-aq").output == "")
        }
    }

    @Test("an image's own newer libcuda is what programs find, where the driver is older and the GPU takes it")
    func compatibility() throws {
        try withGPUMachine(version: "535.161.07") { llmbox, machine, context in
            let own = MockBinary.compatibility(note: #"{"Format": 1, "CUDA Version": "13.0", "Driver": [535, 550]}"#)
            write(own, to: context.appending("compat/libcuda.so.580.65.06"))
            // As CUDA's images have it: links of links, and the driver's folder before everything else.
            let lines = """
                COPY compat /usr/local/cuda-13.0/compat
                RUN ln -s libcuda.so.580.65.06 /usr/local/cuda-13.0/compat/libcuda.so.1 && ln -s cuda-13.0 /usr/local/cuda
                ENV LD_LIBRARY_PATH=/usr/local/nvidia/lib64 CUDA_VERSION=13.0.0
                ENV NVIDIA_REQUIRE_CUDA="cuda>=13.0 brand=unknown,driver>=535,driver<536"
                """
            build(llmbox, context, as: "cuda", lines)
            let script = "readlink /usr/local/nvidia/lib64/libcuda.so.1; readlink -f /usr/local/nvidia/lib64/libcuda.so"
            let used = llmbox.inGPUContainer(["--gpus", "all"], image: "cuda", script)
            #expect(
                used.output
                    == "/usr/local/cuda/compat/libcuda.so.1\n/usr/local/cuda-13.0/compat/libcuda.so.580.65.06\n",
                "\(used)"
            )
            let report = llmbox("doctor", "cuda")
            #expect(
                report.status == 0 && report.output.contains("note: the image's own `libcuda` 580.65.06 is used"),
                "\(report)"
            )
            let off = llmbox.inGPUContainer(["--gpus", "all", "--cuda-compat", "off"], image: "cuda", script)
            #expect(off.output.hasPrefix("libcuda.so.535.161.07\n"), "\(off)")
            #expect(off.errors.contains("`--cuda-compat off` says not to"), "\(off)")
            let wrong = llmbox.inGPUContainer(["--gpus", "all", "--cuda-compat", "maybe"], image: "cuda", script)
            #expect(wrong.status == 125 && wrong.errors.contains("there are `auto`, `on` and `off`"), "\(wrong)")
            // The driver is upgraded: the next start of the same container takes the driver's own.
            let id = llmbox("create", "--network", "none", "--gpus", "all", "cuda", "sh", "-c", script).line
            #expect(llmbox("start", "-a", id).output.hasPrefix("/usr/local/cuda/compat/"))
            removeTree(machine.root.string)
            machine.addDriver("590.48.01")
            #expect(llmbox("start", "-a", id).output.hasPrefix("libcuda.so.590.48.01\n"))
        }
    }

    @Test("a desktop GPU is not given the image's own libcuda, and the image is refused before it starts")
    func desktop() throws {
        try withGPUMachine(version: "535.161.07") { llmbox, machine, context in
            for address in ["0000:1a:00.0", "0000:3b:00.0"] {
                let file = "proc/driver/nvidia/gpus/\(address)/information"
                let minor = address.hasPrefix("0000:1a") ? 1 : 0
                machine.write(file, "Model: \t NVIDIA GeForce RTX 4090\nDevice Minor: \t \(minor)\n")
            }
            write(MockBinary.compatibility(note: nil), to: context.appending("compat/libcuda.so.580.65.06"))
            build(llmbox, context, as: "cuda", "COPY compat /usr/local/cuda/compat\nENV CUDA_VERSION=13.0.0")
            let result = llmbox.inGPUContainer(["--gpus", "all"], image: "cuda", "echo ran")
            #expect(
                result.status == 125 && result.errors.contains("NVIDIA GeForce RTX 4090 does not take it"),
                "\(result)"
            )
            #expect(result.errors.contains("hint: update the driver to 580.65.06 or later"), "\(result)")
            let forced = llmbox.inGPUContainer(["--gpus", "all", "--gpu-no-require"], image: "cuda", "echo ran")
            #expect(forced.output == "ran\n", "\(forced)")
        }
    }

    @Test("an image whose PyTorch was not compiled for the GPU is warned about by doctor and before the start")
    func code() throws {
        try withGPUMachine { llmbox, machine, context in
            let library = MockBinary.library([MockBinary.fatBinary(machineCode: [70, 75, 80, 86])])
            let packages = "opt/venv/lib/python3.12/site-packages"
            write(library, to: context.appending("\(packages)/torch/lib/libtorch_cuda.so"))
            build(llmbox, context, as: "torch", "COPY opt /opt\nENV VIRTUAL_ENV=/opt/venv\nCMD [\"sh\"]")
            let text =
                "generation 9.0, and `/\(packages)/torch/lib/libtorch_cuda.so` has machine code for 7.0, 7.5, 8.0, 8.6"
            let report = llmbox("doctor", "torch")
            #expect(report.status == 0 && report.output.contains(text), "\(report)")
            let warned = llmbox.inGPUContainer(["--gpus", "all"], image: "torch", "echo ran")
            #expect(warned.output == "ran\n" && warned.errors.contains(text), "\(warned)")
            // A program of the image counts as well, and what is right says nothing.
            let right = MockBinary.library([MockBinary.fatBinary(machineCode: [80, 90], portableCode: [90])])
            write(right, to: context.appending("\(packages)/torch/lib/libtorch_cuda.so"))
            build(llmbox, context, as: "torch", "COPY opt /opt\nENV VIRTUAL_ENV=/opt/venv\nCMD [\"sh\"]")
            let fine = llmbox.inGPUContainer(["--gpus", "all"], image: "torch", "echo ran")
            #expect(fine.output == "ran\n" && !fine.errors.contains("machine code"), "\(fine)")
            #expect(!llmbox("doctor", "torch").output.contains("machine code"))
        }
    }
}

extension String {
    /// How often a text stands in it.
    fileprivate func components(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
