internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct GPUScriptTests {
    /// The directory of the script for machines with a GPU.
    private static let directory = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent().appending("gpu").string

    @Test("the script for machines with a GPU runs through all its steps on one that only looks like it")
    func script() throws {
        try withGPUMachine { llmbox, machine, context in
            let place = context.removingLastComponent()
            // Who is root in a user namespace is nobody's friend here, and has to get to the nodes all the same.
            #expect(chmod(place.string, 0o755) == 0)
            let library = machine.root.appending("usr/lib/x86_64-linux-gnu/libcuda.so.\(MockMachine.version)").string
            let words = ["gcc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", library]
            try #require(run(words + ["\(Self.directory)/stand_in.c"]).status == 0)
            machine.link("usr/lib/x86_64-linux-gnu/libcuda.so.1", to: "libcuda.so.\(MockMachine.version)")
            let tool = machine.root.appending("usr/bin/nvidia-smi").string
            #expect(run(["cp", "\(Self.directory)/stand_in_smi", tool]).status == 0)
            // Real nodes, which a container in a user namespace is shown as they are.
            for (name, major, minor) in [
                ("nvidia0", 195, 0), ("nvidia1", 195, 1), ("nvidiactl", 195, 255), ("nvidia-uvm", 511, 0),
                ("nvidia-uvm-tools", 511, 1), ("nvidia-modeset", 195, 254),
            ] {
                let path = machine.root.appending("dev/\(name)").string
                let made = run(["sh", "-c", "rm \(path) && mknod -m 666 \(path) c \(major) \(minor)"])
                try #require(made.status == 0, "\(made)")
            }
            var environment = llmbox.environment
            environment["LLMBOX"] = LLMBoxProgram.path
            environment["OUT"] = place.appending("out").string
            environment["ROUNDS"] = "1"
            environment["LIMIT"] = "3000"
            environment["PATH"] = "\(machine.root)/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            let result = run(["\(Self.directory)/run"], environment: environment, limit: 3000)
            let rows = result.output.split(separator: "\n")
            // How long a start takes says nothing on a machine that runs hundreds of tests.
            let failed = rows.filter { $0.hasPrefix("FAIL") && !$0.contains("costs at most 15 ms") }
            #expect(failed == [], "\(result.output)\(result.errors)")
            #expect(rows.count { $0.hasPrefix("ok") } > 45, "\(result.output)\(result.errors)")
            #expect(rows.first?.hasPrefix("NVIDIA H100 80GB HBM3, driver \(MockMachine.version)") == true)
        }
    }
}
