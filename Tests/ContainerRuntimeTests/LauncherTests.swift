import ContainerRuntime
import Glibc
import LaunchProtocol
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: LaunchFixture.isPossible, "needs root and /bin/busybox")) struct LauncherTests {
    private func withFixture(_ body: (LaunchFixture) throws -> Void) throws {
        try withSandbox { sandbox in
            try body(try LaunchFixture(base: sandbox.string))
            // Other tests mount things at the same time, but nothing of this directory.
            let left = try FileIO.readText(path: "/proc/self/mountinfo").split(separator: "\n")
            #expect(left.filter { $0.contains(sandbox.string) }.isEmpty)
            try FileIO.removeTree(path: "\(sandbox)/work")  // overlay leaves a directory that only root may enter
        }
    }

    @Test(
        "the status of the command is the status of the process",
        arguments: [
            (["true"], ProcessDescriptor.Ending.exited(0)), (["false"], .exited(1)),
            (["sh", "-c", "exit 42"], .exited(42)), (["/bin/sh", "-c", "echo out; echo err >&2"], .exited(0)),
        ]
    )
    func endings(arguments: [String], ending: ProcessDescriptor.Ending) throws {
        try withFixture { fixture in
            for supervised in [false, true] {
                let outcome = try fixture.run(fixture.plan(arguments, supervised: supervised))
                #expect(outcome.ending == ending)
                if arguments.count == 3, arguments[2].hasPrefix("echo") {
                    #expect(outcome.output == "out\n")
                    #expect(outcome.error == "err\n")
                }
            }
        }
    }

    @Test(
        "a command that cannot be executed is told apart",
        arguments: [
            ("nope", 127), ("/bin/nope", 127), ("/bin/notexec", 126), ("notexec", 126), ("garbage", 126), ("/etc", 126),
            ("/proc/self/exe", 126), ("/proc/1/exe", 126),
        ] as [(String, Int32)]
    )
    func commandErrors(command: String, status: Int32) throws {
        try withFixture { fixture in
            for supervised in [false, true] {
                let error = #expect(throws: LaunchError.self) {
                    try fixture.run(fixture.plan([command], supervised: supervised))
                }
                #expect(error?.exitStatus == status)
            }
        }
    }

    @Test("a signal from outside ends the process, and supervised ones as well")
    func signals() throws {
        try withFixture { fixture in
            for supervised in [false, true] {
                let plan = fixture.plan(
                    ["sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done"],
                    supervised: supervised
                )
                let process = try Launcher.launch(LaunchRequest(plan: plan, standardIO: .pipes(input: false)))
                try process.start()
                let output = process.takeStandardOutput()
                var byte: UInt8 = 0
                if let output { _ = read(output.raw, &byte, 1) }
                try process.signal(SIGTERM)
                #expect(try process.wait() == .exited(7))
            }
            let process = try Launcher.launch(LaunchRequest(plan: fixture.plan(["sleep", "100"]), standardIO: .null))
            try process.start()
            try process.signal(SIGKILL)
            #expect(try process.wait() == .signaled(SIGKILL))
        }
    }

    @Test("inside there are only its own processes, name and descriptors, and Docker's capabilities")
    func isolation() throws {
        try withFixture { fixture in
            let script = """
                hostname; echo $$; for p in /proc/[0-9]*; do echo $p; done; ls /proc/$$/fd; ls /proc/acpi /sys/firmware
                cat /proc/kcore; echo x > /proc/sys/kernel/hostname; pwd; id
                """
            let outcome = try fixture.run(
                fixture.plan(
                    ["sh", "-c", script],
                    credentials: .init(user: 0, group: 0, supplementaryGroups: [0, 7]),
                    workingDirectory: "/tmp"
                )
            )
            #expect(
                outcome.output == """
                    box
                    1
                    /proc/1
                    0
                    1
                    2
                    /proc/acpi:

                    /sys/firmware:
                    /tmp
                    uid=0 gid=0 groups=0,7

                    """
            )
            #expect(outcome.error.contains("/proc/sys/kernel/hostname: Read-only file system"))
        }
    }

    @Test("a user other than root has no capabilities and its own groups")
    func user() throws {
        try withFixture { fixture in
            let outcome = try fixture.run(
                fixture.plan(
                    ["sh", "-c", "id; cat /proc/self/status"],
                    credentials: .init(user: 1000, group: 1001, supplementaryGroups: [1001, 5])
                )
            )
            #expect(outcome.output.hasPrefix("uid=1000 gid=1001 groups=5,1001\n"))
            for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
                #expect(outcome.output.contains("\(set):\t0000000000000000\n"))
            }
            #expect(outcome.output.contains("CapBnd:\t00000000a80425fb\n"))
            #expect(outcome.output.contains("NoNewPrivs:\t1\n"))
        }
    }

    @Test("a failing operation is named, and nothing is left behind")
    func failures() throws {
        try withFixture { fixture in
            let plan = fixture.plan(["true"], beforePivot: [.bind(.init(source: "/no/such/source", target: "/mnt"))])
            let error = #expect(throws: LaunchError.self) { try fixture.run(plan) }
            #expect(error?.exitStatus == 125)
            #expect(error?.what == "cannot mount `/no/such/source` at `/mnt`")
            #expect(error?.why?.contains("ENOENT") == true)
            struct Refused: Error {}
            let second = #expect(throws: LaunchError.self) {
                try fixture.run(fixture.plan(["true"])) { _ in throw Refused() }
            }
            guard case .preparationFailed(let cause) = try #require(second) else {
                Issue.record("\(String(describing: second))")
                return
            }
            #expect(cause is Refused)
        }
    }

    @Test("binds land inside the root whatever links the image has, and are read-only where asked")
    func hostileBinds() throws {
        try withFixture { fixture in
            let canary = "\(fixture.base)/canary"
            try check("make", canary) { mkdir(canary, 0o755) }
            try AtomicFile.write("\(fixture.base)/source", Array("from outside".utf8))
            let image = try BeneathPath(opening: fixture.lower)
            try image.makeSymbolicLink("link", target: canary)
            try image.makeSymbolicLink("up", target: "../../../../../..\(canary)")
            let binds: [LaunchOperation] = ["/link/a", "/up/b", "/new/dir/c"].map {
                .bind(.init(source: "\(fixture.base)/source", target: $0, flags: .readOnly))
            }
            let script = "cat /link/a /up/b /new/dir/c; echo x > /new/dir/c"
            let links = fixture.plan(["sh", "-c", script], beforePivot: Array(binds.suffix(1)))
            let outcome = try fixture.run(links)
            #expect(outcome.output == "from outside")
            #expect(outcome.error.contains("Read-only file system"))
            for bind in binds.prefix(2) {
                #expect(throws: LaunchError.self) { try fixture.run(fixture.plan(["true"], beforePivot: [bind])) }
            }
            #expect(try DirectoryWalker.names(in: OwnedFD.open(canary, O_RDONLY)).isEmpty)
        }
    }

    @Test("a `/proc` or `/sys` that is a link in the image is refused", arguments: ["proc", "sys"])
    func linkedKernelViews(name: String) throws {
        try withFixture { fixture in
            let image = try BeneathPath(opening: fixture.lower)
            try image.removeDirectory(name)
            try image.makeDirectories("evil")
            try image.makeSymbolicLink(name, target: "/evil")
            let error = #expect(throws: LaunchError.self) { try fixture.run(fixture.plan(["true"])) }
            #expect(error?.exitStatus == 125)
            #expect(try DirectoryWalker.names(in: image.openDirectory("evil")).isEmpty)
        }
    }

    @Test("a `/dev` that is a link leads nowhere outside the root")
    func linkedDevices() throws {
        try withFixture { fixture in
            let canary = "\(fixture.base)/canary"
            try check("make", canary) { mkdir(canary, 0o755) }
            let image = try BeneathPath(opening: fixture.lower)
            try image.removeDirectory("dev")
            try image.makeSymbolicLink("dev", target: canary)
            _ = try? fixture.run(
                fixture.plan(["true"], setup: [.makeDevice(.init(path: "/dev/null", major: 1, minor: 3))], masks: [])
            )
            #expect(try DirectoryWalker.names(in: OwnedFD.open(canary, O_RDONLY)).isEmpty)
        }
    }

    @Test("the working directory cannot be a descriptor of the runtime's", arguments: Array(3...30))
    func leakedDirectories(number: Int) throws {
        try withFixture { fixture in
            #expect(throws: LaunchError.self) {
                try fixture.run(fixture.plan(["true"], workingDirectory: "/proc/self/fd/\(number)"))
            }
        }
    }

    @Test("a replaced `/dev/null` is not used to hide files")
    func replacedNull() throws {
        try withFixture { fixture in
            var setup = LaunchFixture.setup
            setup.append(.makeSymbolicLink(path: "/dev/null", target: "/proc/sys/kernel/core_pattern"))
            #expect(throws: LaunchError.self) { try fixture.run(fixture.plan(["true"], setup: setup)) }
        }
    }

    @Test("many launches leave no process, mount or descriptor behind")
    func manyLaunches() throws {
        try withFixture { fixture in
            _ = try fixture.run(fixture.plan(["true"]))
            let before = try DirectoryWalker.names(in: OwnedFD.open("/proc/self/fd", O_RDONLY)).count
            for _ in 0..<30 { #expect(try fixture.run(fixture.plan(["true"])).ending == .exited(0)) }
            #expect(try DirectoryWalker.names(in: OwnedFD.open("/proc/self/fd", O_RDONLY)).count < before + 20)
        }
    }
}
