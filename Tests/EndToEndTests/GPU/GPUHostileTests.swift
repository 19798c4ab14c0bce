internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct GPUHostileTests {
    private static let folder = "usr/lib/x86_64-linux-gnu"
    private static let library = "\(folder)/libcuda.so.\(MockMachine.version)"

    /// What an image's tree has, in place of what drivers' files go to; `$S` is a directory of the host's.
    private static let attacks = [
        "ln -s / etc", "ln -s $S etc", "ln -s ../../../../../../..$S etc", "ln -s /etc dev", "ln -s $S dev",
        "ln -s $S usr",
        "ln -s /../../../../..$S usr/local/nvidia", "ln -s $S usr/local/cuda",
        "mkdir usr/local/cuda && ln -s / usr/local/cuda/compat",
        "mkdir usr/local/cuda && ln -s $S usr/local/cuda/compat",
        "mkdir -p usr/local/cuda/compat && ln -s $S/libcuda.so.999.1 usr/local/cuda/compat/libcuda.so.999.1",
        "mkdir -p usr/local/cuda/compat && mkfifo usr/local/cuda/compat/libcuda.so.999.1",
        "ln -s $S \(folder)", "ln -s ../../../../../../../..$S \(folder)",
        "mkdir -p \(folder) && mkfifo \(library)", "mkdir -p \(folder) && ln -s $S/secret \(library)",
        "mkdir -p \(folder) && ln -s /proc/self/root$S/secret \(library)", "mkdir -p \(library)",
        "mkdir -p \(folder) && ln -s $S/secret \(folder)/libcuda.so.1",
        "mkdir -p \(folder) && touch \(folder)/libcuda.so",
    ]

    /// A specification whose files go into the image's own directories, as those of NVIDIA's tools do.
    private static let specification = """
        cdiVersion: 0.5.0
        kind: hostile.test/gpu
        devices:
        - name: "0"
          containerEdits:
            deviceNodes: [{path: /dev/nvidia0}]
        containerEdits:
          mounts:
          - {hostPath: "/\(library)", containerPath: "/\(library)", options: [ro, nosuid, nodev, bind]}
          hooks:
          - hookName: createContainer
            path: /usr/bin/nvidia-cdi-hook
            args: [nvidia-cdi-hook, create-symlinks, --link, "libcuda.so.1::/\(folder)/libcuda.so"]
          - hookName: createContainer
            path: /usr/bin/nvidia-cdi-hook
            args: [nvidia-cdi-hook, enable-cuda-compat, "--host-driver-version=\(MockMachine.version)"]
          - hookName: createContainer
            path: /usr/bin/nvidia-cdi-hook
            args: [nvidia-cdi-hook, update-ldcache, --folder, "/\(folder)"]

        """

    @Test("no tree of an image leads the driver's files out of it, and nothing of the host's gets in")
    func trees() throws {
        try withGPUMachine { llmbox, machine, context in
            let place = context.removingLastComponent()
            let outside = place.appending("outside")
            mkdir(outside.string, 0o755)
            write("untouched\n", to: "secret", in: outside)
            write("no library\n", to: "libcuda.so.999.1", in: outside)
            machine.write("etc/cdi/hostile.yaml", Self.specification)
            for (index, attack) in Self.attacks.enumerated() {
                let tree = place.appending("tree")
                let made = run([
                    "sh", "-c",
                    """
                    rm -rf \(tree) && mkdir -p \(tree)/bin && cd \(tree) && cp /bin/busybox bin/ && ln -s busybox bin/sh && \
                    case '\(attack)' in *' usr') ;; *) mkdir -p usr/local usr/lib ;; esac && \
                    \(attack.replacing("$S", with: outside.string)) && tar -cf ../tree.tar .
                    """,
                ])
                try #require(made.status == 0, "\(attack): \(made)")
                let name = "hostile-\(index)"
                try #require(llmbox("import", "\(tree).tar", name).status == 0)
                // Those of specifications go where the specification says, those of `--gpus` into a directory of their own.
                let isAmongOthers = attack.contains(Self.folder)
                let options = isAmongOthers ? ["--device", "hostile.test/gpu=0"] : ["--gpus", "all"]
                let environment = ["-e", "LD_PRELOAD=./evil.so", "-e", "LD_LIBRARY_PATH=."]
                let script = "busybox cat \(outside)/secret /\(Self.library) 2>&1; echo ran"
                let result = llmbox.inGPUContainer(options + environment, image: name, script)
                // Either it works beneath the container's root, or it fails with words.
                #expect(result.status == 0 || result.errors.contains("error: cannot"), "\(attack): \(result)")
                #expect(!result.output.contains("untouched"), "\(attack): \(result)")
                let left = run(["sh", "-c", "ls -A \(outside) && cat \(outside)/*"]).output
                #expect(left == "libcuda.so.999.1\nsecret\nno library\nuntouched\n", "\(attack): \(left)")
                #expect(!run(["cat", "/proc/self/mountinfo"]).output.contains(outside.string), "\(attack)")
            }
            #expect(llmbox("ps", "-aq").output == "")
        }
    }

    @Test("no program of the image runs on the host, whatever variables the image sets for one")
    func programs() throws {
        try withGPUMachine { llmbox, _, context in
            let marker = context.removingLastComponent().appending("marker")
            let lines = """
                FROM base
                RUN printf '#!/bin/sh\\necho ran > \(marker)\\n' > /bin/evil && chmod 755 /bin/evil && mkdir -p /sbin /usr/bin && \
                for name in ldconfig ldconfig.real nvidia-cdi-hook nvidia-ctk nvidia-smi modprobe; do \
                cp /bin/evil /sbin/$name && cp /bin/evil /usr/bin/$name; done
                ENV LD_PRELOAD=./evil.so LD_AUDIT=/evil.so BASH_ENV=/bin/evil PATH=/bin:/usr/bin:/sbin

                """
            write(lines, to: "Dockerfile", in: context)
            let built = llmbox("build", "-q", "-t", "evil", context.string)
            try #require(built.status == 0, "\(built)")
            let result = llmbox.inGPUContainer(["--gpus", "all"], image: "evil", "test -e /dev/nvidia0 && echo ran")
            #expect(result.output == "ran\n", "\(result)")
            #expect(llmbox("doctor", "evil").status == 0)
            #expect(access(marker.string, F_OK) != 0)
        }
    }
}
