import ContainerRuntime
import Glibc
import LaunchProtocol
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: LaunchFixture.isPossible, "needs root and /bin/busybox")) struct ProcessSetupTests {
    /// Refuses `mkdir` and `mkdirat` of this machine with EPERM, and allows everything else.
    private static let noDirectories: SeccompProgram = {
        #if arch(x86_64)
        let numbers: [UInt8] = [83]
        let wide: UInt16 = 258
        #else
        let numbers: [UInt8] = []
        let wide: UInt16 = 34
        #endif
        var code: [UInt8] = [0x20, 0, 0, 0, 0, 0, 0, 0]  // load the number of the call
        for number in numbers {
            code += [0x15, 0, 0, 1, number, 0, 0, 0, 6, 0, 0, 0, 1, 0, 5, 0]
        }
        code += [0x15, 0, 0, 1, UInt8(wide & 0xff), UInt8(wide >> 8), 0, 0, 6, 0, 0, 0, 1, 0, 5, 0]
        return SeccompProgram(instructions: code + [6, 0, 0, 0, 0, 0, 0xff, 0x7f])
    }()

    private func withFixture<Result>(_ body: (LaunchFixture) throws -> Result) throws -> Result {
        try withSandbox { sandbox in
            let result = Swift.Result { try body(try LaunchFixture(base: sandbox.string)) }
            try FileIO.removeTree(path: "\(sandbox)/work")
            return try result.get()
        }
    }

    @Test("a system call filter is in force, with and without new privileges", arguments: [true, false])
    func seccomp(mayGainPrivileges: Bool) throws {
        try withFixture { fixture in
            var plan = fixture.plan(["sh", "-c", "echo >/tmp/x; busybox mkdir /tmp/y; cat /proc/self/status"])
            plan.operations.removeAll { $0 == .setNoNewPrivileges }
            if mayGainPrivileges {
                let index = try #require(
                    plan.operations.lastIndex { if case .setCapabilities = $0 { true } else { false } }
                )
                plan.operations.insert(.installSeccomp(Self.noDirectories), at: index)
            } else {
                plan.operations += [.setNoNewPrivileges, .installSeccomp(Self.noDirectories)]
            }
            let outcome = try fixture.run(plan)
            #expect(outcome.error.contains("Operation not permitted"))
            #expect(outcome.output.contains("Seccomp:\t2\n"))
            #expect(outcome.output.contains("NoNewPrivs:\t\(mayGainPrivileges ? 0 : 1)\n"))
        }
    }

    @Test("a filter of no instructions is refused by name")
    func emptyFilter() throws {
        try withFixture { fixture in
            var plan = fixture.plan(["true"])
            plan.operations.append(.installSeccomp(.init(instructions: [])))
            let error = #expect(throws: LaunchError.self) { try fixture.run(plan) }
            #expect(error?.what == "cannot install the system call filter")
        }
    }

    @Test("limits, score, mask, parameters, names and read-only root are set")
    func settings() throws {
        try withFixture { fixture in
            let nofile = try #require(ResourceLimit(name: "nofile", soft: 111, hard: 222))
            let plan = fixture.plan(
                [
                    "sh", "-c",
                    "ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_forward; umask; echo x > /x",
                ],
                beforePivot: [
                    .setResourceLimit(nofile), .setOutOfMemoryScore(321),
                    .setSysctl(name: "net.ipv4.ip_forward", value: "1"),
                ],
                afterPivot: [.setDomainName("domain")],
                masks: [.makeRootReadOnly]
            )
            let outcome = try fixture.run(plan)
            #expect(outcome.output == "111\n222\n321\n1\n0022\n")
            #expect(outcome.error.contains("Read-only file system"))
        }
    }

    @Test("a limit that may not be raised is kept, with a warning, or is raised")
    func raisedLimit() throws {
        try withFixture { fixture in
            let held = try ProcessControl.limit(7)
            let limit = ResourceLimit(resource: 7, soft: held.hard + 10, hard: held.hard + 10)
            let plan = fixture.plan(["sh", "-c", "ulimit -Hn"], beforePivot: [.setResourceLimit(limit)])
            let process = try Launcher.launch(LaunchRequest(plan: plan, standardIO: .pipes(input: false)))
            let warnings = process.warnings
            let outcome = try LaunchFixture.finish(process)
            let isRaised = outcome.output == "\(held.hard + 10)\n"
            #expect(isRaised || outcome.output == "\(held.hard)\n")
            #expect(warnings.isEmpty == isRaised)
        }
    }

    @Test("a user namespace maps ids, and devices are bound from the host")
    func userNamespace() throws {
        try withSandbox { sandbox in
            let fixture = try LaunchFixture(base: sandbox.string)
            try check("open up", sandbox.string) { chmod(sandbox.string, 0o755) }
            var plan = fixture.plan(["sh", "-c", "id; echo x > /dev/null && echo null; cat /proc/self/uid_map"])
            plan.namespaces.insert(.user)
            let root = try #require(
                plan.operations.firstIndex { if case .mountOverlayRoot = $0 { true } else { false } }
            )
            plan.operations[root] = .bindRoot(path: fixture.lower)
            let map = [IDMapping(inside: 0, outside: 100_000, count: 65_536)]
            let process = try Launcher.launch(
                LaunchRequest(plan: plan, standardIO: .pipes(input: false), userMappings: map, groupMappings: map)
            )
            let outcome = try LaunchFixture.finish(process)
            #expect(outcome.output.hasPrefix("uid=0 gid=0\nnull\n"))
            #expect(outcome.output.contains("100000      65536"))
        }
    }

    @Test("process 1 collects orphans and ends with the status of its command")
    func supervisedOrphans() throws {
        try withFixture { fixture in
            // The orphan is collected by process 1, and its status does not become the container's.
            let script = "(sleep 0.05; exit 5) & exec sh -c 'sleep 0.2; ls /proc | busybox grep -c ^[0-9]; exit 6'"
            let outcome = try fixture.run(fixture.plan(["sh", "-c", script], supervised: true))
            #expect(outcome.ending == .exited(6))
        }
    }
}
