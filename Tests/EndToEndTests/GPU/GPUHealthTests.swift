internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct GPUHealthTests {
    private func append(_ text: String, to file: FilePath) {
        guard let stream = fopen(file.string, "a") else { return }
        fputs(text, stream)
        fclose(stream)
    }

    private func health(_ llmbox: LLMBoxProgram, _ id: String) -> String {
        llmbox("inspect", "--format", "{{json .State.Health}}", id).output
    }

    @Test(
        "a fault that leaves a GPU useless makes its container unhealthy, and no other container; a program's fault none"
    )
    func faults() throws {
        try withGPUMachine { llmbox, machine, _ in
            let log = machine.root.appending("dev/kmsg")
            machine.write("dev/kmsg", "4,1,1,-;NVRM: Xid (PCI:0000:1a:00): 79, from before the start\n")
            let first = try llmbox.startGPUContainer(gpus: "\"device=0\"")
            let second = try llmbox.startGPUContainer(gpus: "\"device=1\"")
            append("6,2,2,-;NVRM: Xid (PCI:0000:1a:00): 31, pid=1, MMU fault\n", to: log)
            append("6,3,3,-;NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.\n", to: log)
            let isNoticed = eventually(every: 500) { health(llmbox, second).contains("Xid 79, it fell off the bus") }
            #expect(isNoticed, "\(health(llmbox, second))")
            #expect(health(llmbox, second).contains("unhealthy"))
            #expect(health(llmbox, first) == "null\n", "\(health(llmbox, first))")
        }
    }

    @Test("a container whose rules somebody took out of its control group starts again by its policy, with the rules")
    func rules() throws {
        try withGPUMachine { llmbox, _, _ in
            let id = try llmbox.startGPUContainer(["--restart", "always"])
            let found = run(["sh", "-c", "find /sys/fs/cgroup/devices -type d -name '*\(id)*' 2>/dev/null | head -1"])
                .line
            // Version 2 has programs instead, which nobody but their maker can take away.
            if found.isEmpty { return }
            let write = "echo 'c 195:255 rwm' > \(found)/devices.deny"
            #expect(run(["sh", "-c", write]).status == 0)
            let isBack = eventually(every: 500) {
                llmbox("inspect", "--format", "{{.RestartCount}}", id).line == "1"
                    && llmbox("exec", id, "cat", "/dev/nvidiactl").errors.contains("No such device")
            }
            #expect(isBack, "\(llmbox("inspect", id).output)")
        }
    }

    @Test("stop says when a GPU still holds memory of a process that has ended, and nothing where it does not")
    func heldMemory() throws {
        try withGPUMachine { llmbox, machine, _ in
            let list = machine.addManagementLibrary()
            let first = try llmbox.startGPUContainer()
            let process = llmbox("inspect", "--format", "{{.State.Pid}}", first).line
            append("\(process) 5120\n1 100\n", to: list)
            let stopped = llmbox("stop", "-t", "0", first)
            #expect(stopped.status == 0 && stopped.line == first, "\(stopped)")
            #expect(stopped.errors.contains("GPU 0 still holds 5120 MiB of a process that has ended"), "\(stopped)")
            unlink(list.string)
            let second = try llmbox.startGPUContainer()
            let quiet = llmbox("stop", "-t", "0", second)
            #expect(quiet.status == 0 && quiet.errors == "", "\(quiet)")
        }
    }

    @Test("stats show what a container uses of GPUs, in columns that are there only for it; gpu ps shows the container")
    func statistics() throws {
        try withGPUMachine { llmbox, machine, _ in
            let list = machine.addManagementLibrary()
            let id = try llmbox.startGPUContainer()
            let process = llmbox("inspect", "--format", "{{.State.Pid}}", id).line
            append("\(process) 2048\n1 100\n", to: list)
            let table = llmbox("stats", "--no-stream")
            #expect(table.output.contains("GPU MEM USAGE / LIMIT"), "\(table)")
            let one = llmbox("stats", "--no-stream", "--format", "{{.GPUs}} {{.GPUPerc}} {{.GPUMem}}", id)
            #expect(one.line == "0 97% 2GiB / 80GiB", "\(one)")
            let programs = llmbox("gpu", "ps", "--format", "{{.GPU}} {{.PID}} {{.Memory}} {{.Container}}").output
            #expect(programs.contains("0 \(process) 2048MiB \(id.prefix(12))\n"), "\(programs)")
            #expect(programs.contains("0 1 100MiB \n"), "\(programs)")
            let plain = llmbox("run", "-d", "--network", "none", "base", "sleep", "1000").line
            let without = llmbox("stats", "--no-stream", plain)
            #expect(without.status == 0 && !without.output.contains("GPU"), "\(without)")
        }
    }
}
