internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct GPUTests {
    /// A store, and a machine with the driver and two GPUs that is none.
    private func withMachine(_ body: (LLMBoxProgram, MockMachine) throws -> Void) throws {
        try withStore { llmbox, context in
            let machine = MockMachine(context.removingLastComponent().appending("machine"))
            machine.addDriver()
            machine.write("usr/bin/nvidia-smi", "#!/bin/sh\necho a management program\n", mode: 0o755)
            var program = llmbox
            program.environment["LLMBOX_HOST_ROOT"] = machine.root.string
            try body(program, machine)
        }
    }

    private func inside(_ llmbox: LLMBoxProgram, _ options: [String], _ script: String) -> CommandResult {
        let words = ["run", "--rm", "--network", "none"] + options + ["base", "sh", "-c", script]
        return TestSupport.run([LLMBoxProgram.path] + words, environment: llmbox.environment)
    }

    @Test("the nodes of all GPUs and the control nodes are there, and the policy lets exactly these be opened")
    func policy() throws {
        try withMachine { llmbox, _ in
            // ENXIO: permitted, and no driver behind it here. EPERM: not permitted.
            let script = """
                ls /dev | grep nvidia
                for n in nvidia0 nvidia1 nvidiactl; do cat /dev/$n 2>&1; done
                mknod /tmp/other c 195 7; cat /tmp/other 2>&1
                mknod /tmp/modeset c 195 254; cat /tmp/modeset 2>&1
                echo $NVIDIA_VISIBLE_DEVICES
                """
            let all = inside(llmbox, ["--gpus", "all"], script)
            #expect(all.output.contains("nvidia-uvm\nnvidia-uvm-tools\nnvidia0\nnvidia1\nnvidiactl\n"), "\(all)")
            for name in ["nvidia0", "nvidia1", "nvidiactl"] {
                #expect(all.output.contains("can't open '/dev/\(name)': No such device"), "\(all)")
            }
            #expect(all.output.contains("can't open '/tmp/other': Operation not permitted"), "\(all)")
            #expect(all.output.contains("can't open '/tmp/modeset': Operation not permitted"), "\(all)")
            #expect(all.output.contains("void"))
            let one = inside(llmbox, ["--gpus", "\"device=GPU-11111111-1111-1111-1111-111111111111\""], script)
            #expect(one.output.contains("can't open '/dev/nvidia1': No such device"), "\(one)")
            #expect(one.output.contains("can't open '/dev/nvidia0': No such file"), "\(one)")
        }
    }

    @Test("the driver's libraries lie in a directory of their own, with the links that programs ask for, and read-only")
    func libraries() throws {
        try withMachine { llmbox, _ in
            let script = """
                ls -l /usr/local/nvidia/lib64; readlink /usr/local/nvidia/lib64/libcuda.so.1
                readlink /usr/local/nvidia/lib64/libcuda.so; nvidia-smi
                touch /usr/local/nvidia/lib64/new 2>&1; (echo x > /usr/local/nvidia/lib64/libcuda.so.1) 2>&1
                echo path $LD_LIBRARY_PATH
                """
            let result = inside(llmbox, ["--gpus", "all"], script)
            #expect(result.output.contains("libcuda.so.580.159.04\nlibcuda.so.1\na management program\n"), "\(result)")
            #expect(result.output.contains("/lib64/new: Read-only file system"), "\(result)")
            #expect(result.output.contains("can't create /usr/local/nvidia/lib64/libcuda.so.1: Read-only"), "\(result)")
            // The base image has no linker of GNU's, so a variable leads to the libraries.
            #expect(result.output.contains("path /usr/local/nvidia/lib64"), "\(result)")
            let few = inside(llmbox, ["--gpus", "all,capabilities=utility"], "ls /usr/local/nvidia/lib64")
            #expect(few.output.contains("libnvidia-ml.so.1") && !few.output.contains("libcuda"), "\(few)")
        }
    }

    @Test("a program of an image with GNU's linker finds libcuda by its name, and ldconfig lists it")
    func linkerCache() throws {
        try withMachine { llmbox, machine in
            let tree = machine.root.removingLastComponent().appending("glibc").string
            // The host's own shell, linker, C library and ldconfig, and a cache with another library in it.
            let made = run([
                "sh", "-c",
                """
                mkdir -p \(tree)/etc \(tree)/bin \(tree)/sbin \(tree)/opt/own \(tree)/lib64 && \
                cp /bin/dash \(tree)/bin/sh && cp $(readlink -f /sbin/ldconfig) \(tree)/sbin/ldconfig && \
                for f in $(ldd /bin/dash | grep -o '/[^ ]*'); do mkdir -p \(tree)/$(dirname $f) && cp -L $f \(tree)/$f; done && \
                printf 'int main(void){return 0;}' | gcc -x c -o \(tree)/bin/uses - -Wl,--no-as-needed -L\(machine.root)/usr/lib/x86_64-linux-gnu \
                -l:libcuda.so.580.159.04 && echo 'int x;' | gcc -shared -x c -o \(tree)/opt/own/libown.so.1 - && \
                echo /opt/own > \(tree)/etc/ld.so.conf && ldconfig -r \(tree) && tar -C \(tree) -cf \(tree).tar .
                """,
            ])
            try #require(made.status == 0, "\(made)")
            #expect(llmbox("import", "\(tree).tar", "glibc").status == 0)
            func uses(_ options: String...) -> CommandResult {
                let words = ["run", "--rm", "--network", "none"] + options
                return TestSupport.run(
                    [LLMBoxProgram.path] + words + [
                        "glibc", "sh", "-c", "uses; echo $?; ldconfig -p; echo $LD_LIBRARY_PATH.",
                    ],
                    environment: llmbox.environment
                )
            }
            let with = uses("--gpus", "all")
            #expect(with.output.hasPrefix("0\n"), "\(with)")
            for line in [
                "libcuda.so.1 (libc6,x86-64) => /usr/local/nvidia/lib64/libcuda.so.1",
                "libcuda.so (libc6,x86-64) => /usr/local/nvidia/lib64/libcuda.so", "=> /opt/own/libown.so.1", "\n.\n",
            ] { #expect(with.output.contains(line), "\(with)") }
            let readOnly = uses("--gpus", "all", "--read-only")
            #expect(readOnly.output.hasPrefix("0\n"), "\(readOnly)")
            #expect(!uses().output.hasPrefix("0\n"))
        }
    }

    @Test("an image's own variable grants nothing; the user's does")
    func imageVariable() throws {
        try withMachine { llmbox, machine in
            let context = machine.root.removingLastComponent().appending("context")
            write("FROM base\nENV NVIDIA_VISIBLE_DEVICES=all\n", to: "Dockerfile", in: context)
            #expect(llmbox("build", "-t", "greedy", context.string).status == 0)
            let script = "ls /dev | grep -c nvidia"
            #expect(llmbox("run", "--rm", "--network", "none", "greedy", "sh", "-c", script).line == "0")
            let asked = llmbox(
                "run",
                "--rm",
                "--network",
                "none",
                "-e",
                "NVIDIA_VISIBLE_DEVICES=0",
                "greedy",
                "sh",
                "-c",
                script
            )
            #expect(asked.line == "4", "\(asked)")
            let none = llmbox("run", "--rm", "--network", "none", "--privileged", "greedy", "ls", "/usr/local/nvidia")
            #expect(none.status != 0)
        }
    }

    @Test("what cannot be given says why, and nothing is left")
    func refusals() throws {
        try withMachine { llmbox, machine in
            func errors(_ value: String) -> String {
                let result = inside(llmbox, ["--gpus", value], "true")
                #expect(result.status == 125, "\(result)")
                return result.errors
            }
            #expect(errors("4").contains("this machine has 2: 0, 1"))
            #expect(errors("\"device=7\"").contains("there are 0 (GPU-11111111"))
            #expect(errors("some").contains("neither a number nor `all`"))
            #expect(llmbox("ps", "-aq").output == "")
            var bare = llmbox
            let empty = machine.root.removingLastComponent().appending("empty")
            mkdir(empty.string, 0o755)
            bare.environment["LLMBOX_HOST_ROOT"] = empty.string
            let nothing = inside(bare, ["--gpus", "all"], "true")
            #expect(nothing.errors.contains("there is no GPU of NVIDIA, AMD or Intel"), "\(nothing)")
        }
    }

    @Test("an image that needs another driver is refused before it starts, or warned about, or let through on request")
    func requirements() throws {
        try withMachine { llmbox, _ in
            func start(_ options: [String]) -> CommandResult {
                inside(llmbox, ["--gpus", "all"] + options, "echo ran")
            }
            let far = start(["-e", "NVIDIA_REQUIRE_CUDA=cuda>=99.0"])
            #expect(far.status == 125 && far.errors.contains("asks for CUDA 99.0"), "\(far)")
            let near = start(["-e", "NVIDIA_REQUIRE_CUDA=cuda>=13.2"])
            #expect(near.output == "ran\n" && near.errors.contains("warning: some of the image may not run"), "\(near)")
            let fine = start(["-e", "NVIDIA_REQUIRE_CUDA=cuda>=13.0"])
            #expect(fine.output == "ran\n" && fine.errors == "", "\(fine)")
            let forced = start(["--gpu-no-require", "-e", "NVIDIA_REQUIRE_CUDA=cuda>=99.0"])
            #expect(forced.output == "ran\n" && forced.errors.contains("warning:"), "\(forced)")
            let disabled = start(["-e", "NVIDIA_DISABLE_REQUIRE=1", "-e", "NVIDIA_REQUIRE_CUDA=cuda>=99.0"])
            #expect(disabled.output == "ran\n", "\(disabled)")
        }
    }

    @Test("shared memory is half of the memory, unless it is said")
    func sharedMemory() throws {
        try withMachine { llmbox, _ in
            let script = "df -k /dev/shm | awk 'NR == 2 { print $2 }'"
            #expect(inside(llmbox, ["--gpus", "all", "-m", "512m"], script).line == "\(256 << 10)")
            #expect(inside(llmbox, ["--gpus", "all", "--shm-size", "1m"], script).line == "1024")
            #expect(inside(llmbox, [], script).line == "65536")
        }
    }

    @Test("a container finds the driver that is there when it starts again, by then another one")
    func restart() throws {
        try withMachine { llmbox, machine in
            let script = "ls /usr/local/nvidia/lib64/libcuda.so.5*; ls -l /dev/nvidia-uvm | tr -s ' '"
            let id = llmbox("create", "--network", "none", "--gpus", "all", "base", "sh", "-c", script).line
            #expect(llmbox("start", "-a", id).output.contains("libcuda.so.580.159.04\n"))
            removeTree(machine.root.string)
            machine.addDriver("590.48.01")
            machine.node("dev/nvidia-uvm", 505, 0)
            let second = llmbox("start", "-a", id)
            #expect(second.output.contains("libcuda.so.590.48.01\n") && second.output.contains(" 505, 0 "), "\(second)")
            #expect(!second.output.contains("580"))
        }
    }

    @Test("a container whose driver was replaced is started again by its policy, with the new one")
    func lostDriver() throws {
        try withMachine { llmbox, machine in
            let words = [
                "run", "-d", "--restart", "always", "--stop-timeout", "1", "--network", "none", "--gpus", "all",
            ]
            let started = TestSupport.run(
                [LLMBoxProgram.path] + words + ["base", "sleep", "1000"],
                environment: llmbox.environment
            )
            try #require(started.status == 0, "\(started)")
            removeTree(machine.root.appending("usr").string)
            machine.addDriver("590.48.01")
            let library = "/usr/local/nvidia/lib64/libcuda.so.590.48.01"
            let isFound = eventually(every: 500) {
                llmbox("exec", started.line, "test", "-e", library).status == 0
            }
            #expect(isFound)
            #expect(llmbox("inspect", "--format", "{{.RestartCount}}", started.line).line != "0")
        }
    }

    @Test("a step gets GPUs, and nothing of them gets into the image")
    func build() throws {
        try withMachine { llmbox, machine in
            let context = machine.root.removingLastComponent().appending("context")
            let text =
                "FROM base\nRUN ls /dev/nvidia0 && nvidia-smi > /out && readlink /usr/local/nvidia/lib64/libcuda.so >> /out\n"
            write(text, to: "Dockerfile", in: context)
            let without = llmbox("build", "-t", "x", context.string)
            #expect(without.status != 0)
            let built = llmbox("build", "--gpus", "all", "-t", "x", context.string)
            try #require(built.status == 0, "\(built)")
            let script =
                "cat /out; ls /usr 2>&1; ls /etc/ld.so.cache 2>&1; echo $LD_LIBRARY_PATH-$NVIDIA_VISIBLE_DEVICES"
            let result = llmbox("run", "--rm", "--network", "none", "x", "sh", "-c", script)
            #expect(result.output.hasPrefix("a management program\nlibcuda.so.1\n"), "\(result)")
            #expect(result.output.contains("/usr: No such file") && result.output.hasSuffix("-\n"), "\(result)")
        }
    }

    @Test(
        "an image's links lead nowhere outside, whatever they stand for",
        arguments: [
            "mkdir -p /usr && ln -s / /usr/local", "mkdir -p /usr/local && ln -s $S /usr/local/nvidia",
            "mkdir -p /usr/local && ln -s ../../../../../..$S /usr/local/nvidia", "ln -s $S/secret /etc/ld.so.cache",
            "mkfifo /etc/ld.so.cache", "ln -s $S /etc/ld.so.conf.d", "ln -s /proc/self/fd/3 /etc/ld.so.cache",
            "mkdir -p /usr/local && touch /usr/local/nvidia", "mkdir -p /usr/local && ln -s /dev /usr/local/nvidia",
            "mkdir -p /usr/local && ln -s /proc /usr/local/nvidia", "mkdir -p /lib && ln -s $S/secret /lib/libc.so.6",
        ]
    )
    func hostileImages(attack: String) throws {
        try withMachine { llmbox, machine in
            let context = machine.root.removingLastComponent().appending("context")
            let outside = machine.root.removingLastComponent().appending("outside")
            mkdir(outside.string, 0o755)
            write("untouched\n", to: "secret", in: outside)
            let line = attack.replacing("$S", with: outside.string)
            write("FROM base\nRUN \(line)\nENV LD_PRELOAD=/evil.so\n", to: "Dockerfile", in: context)
            let built = llmbox("build", "-t", "hostile", context.string)
            try #require(built.status == 0, "\(built)")
            let started = llmbox("run", "--rm", "--network", "none", "--gpus", "all", "hostile", "ls", "/dev/nvidia0")
            // Either it works beneath the container's root, or it fails with words.
            #expect(started.status == 0 || started.errors.contains("error: cannot"), "\(started)")
            #expect(run(["sh", "-c", "ls -A \(outside) && cat \(outside)/secret"]).output == "secret\nuntouched\n")
            #expect(!run(["cat", "/proc/self/mountinfo"]).output.contains(outside.string))
            #expect(llmbox("ps", "-aq").output == "")
        }
    }

    @Test("a device of a specification is what the specification says, with the vendor's hooks done and not run")
    func specification() throws {
        try withMachine { llmbox, machine in
            let library = "/usr/lib/x86_64-linux-gnu/libcuda.so.580.159.04"
            machine.write(
                "etc/cdi/vendor.yaml",
                """
                cdiVersion: 0.5.0
                kind: nvidia.com/gpu
                devices:
                - name: "0"
                  containerEdits:
                    deviceNodes:
                    - path: /dev/nvidia0
                      permissions: rw
                containerEdits:
                  env:
                  - FROM_FILE=yes
                  mounts:
                  - hostPath: \(library)
                    containerPath: \(library)
                    options: [ro, nosuid, nodev, bind]
                  hooks:
                  - hookName: createContainer
                    path: /no/such/nvidia-cdi-hook
                    args: [nvidia-cdi-hook, create-symlinks, --link, "libcuda.so.1::/usr/lib/x86_64-linux-gnu/libcuda.so"]
                  - hookName: createContainer
                    path: /no/such/nvidia-cdi-hook
                    args: [nvidia-cdi-hook, update-ldcache, --folder, /usr/lib/x86_64-linux-gnu]

                """
            )
            let script = """
                echo $FROM_FILE; cat /dev/nvidia0 2>&1; readlink /usr/lib/x86_64-linux-gnu/libcuda.so
                readlink /usr/lib/x86_64-linux-gnu/libcuda.so.1; ls /dev/nvidia1 2>&1
                """
            let result = inside(llmbox, ["--device", "nvidia.com/gpu=0"], script)
            #expect(
                result.output.contains(
                    "yes\ncat: can't open '/dev/nvidia0': No such device or address\nlibcuda.so.1\nlibcuda.so.580.159.04\n"
                ),
                "\(result)"
            )
            #expect(result.output.contains("/dev/nvidia1: No such file"), "\(result)")
            let unknown = inside(llmbox, ["--device", "nvidia.com/gpu=9"], "true")
            #expect(unknown.status == 125 && unknown.errors.contains("there are `nvidia.com/gpu=0`"), "\(unknown)")
            unlink(machine.root.appending(String(library.dropFirst())).string)
            let stale = inside(llmbox, ["--device", "nvidia.com/gpu=0"], "true")
            #expect(stale.status == 125 && stale.errors.contains("`/etc/cdi/vendor.yaml` is out of date"), "\(stale)")
        }
    }

    @Test("GPUs of AMD are their nodes and the groups that may open them")
    func otherVendors() throws {
        try withStore { llmbox, context in
            let machine = MockMachine(context.removingLastComponent().appending("machine"))
            machine.node("dev/kfd", 234, 0)
            machine.node("dev/dri/renderD130", 226, 130)
            machine.write("sys/module/amdgpu/drivers/pci:amdgpu/0000:c1:00.0/drm/renderD130/dev")
            for name in ["dev/kfd", "dev/dri/renderD130"] {
                let path = machine.root.appending(name).string
                #expect(chmod(path, 0o660) == 0 && chown(path, 0, 991) == 0)
            }
            var program = llmbox
            program.environment["LLMBOX_HOST_ROOT"] = machine.root.string
            let script = "id -G; stat -c '%t:%T %a %g' /dev/kfd /dev/dri/renderD130; cat /dev/kfd 2>&1"
            let result = inside(program, ["--gpus", "all", "-u", "app"], script)
            #expect(result.output.contains("991"), "\(result)")
            #expect(result.output.contains("ea:0 660 991\ne2:82 660 991\n"), "\(result)")
            #expect(result.output.contains("No such device"), "\(result)")
        }
    }
}
