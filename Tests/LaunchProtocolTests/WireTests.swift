import Glibc
import Testing

@testable import LaunchProtocol

@Suite struct WireTests {
    /// One operation of each kind, with values that need every byte of their fields.
    static let operations: [LaunchOperation] = [
        .awaitRelease, .joinNamespaces(.all), .startSession, .setPropagation(.slave),
        .mountOverlayRoot(.init(lower: ["/a:b", "/ü"], upper: "/u", work: "/w", volatile: true, userAttributes: true)),
        .mountOverlayRoot(.init(lower: ["/a"], upper: nil, work: nil)), .bindRoot(path: "/root"),
        .usePassedRoot(3),
        .mount(.init(type: "tmpfs", target: "/dev", options: ["size=1", "x"], flags: [.noSetUserID, .noDevices])),
        .bind(
            .init(
                source: "/s",
                sourceBeneath: "x",
                target: "/t",
                recursive: false,
                flags: .readOnly,
                propagation: .shared
            )
        ),
        .bindOverlay(
            .init(overlay: .init(lower: ["/a"], upper: "/u", work: "/w"), beneath: "b", target: "/t", flags: .readOnly)
        ),
        .bind(.init(source: "/s", target: "/t")), .restrictMount(path: "/x", .readOnly),
        .makeDirectory(.init(path: "/d", mode: 0o1777, user: 4_000_000_000, group: 7)),
        .writeFile(path: "/f", content: [0, 255, 10], mode: 0o644),
        .makeDevice(.init(path: "/dev/null", kind: .block, major: 1, minor: 3, hostPath: "/dev/x")),
        .makeSymbolicLink(path: "/l", target: ""), .unshareCgroups, .pivotRoot,
        .coverRoot,
        .openTerminal(.init(rows: 24, columns: 80, isConsole: true, user: 9)), .setHostName("box"),
        .setDomainName("dom"), .setSysctl(name: "net.x", value: "1 2"), .maskPath("/m"), .makePathReadOnly("/r"),
        .makeRootReadOnly, .setResourceLimit(.init(resource: 7, soft: 1, hard: .max)), .setOutOfMemoryScore(-1000),
        .setFileModeMask(0o22), .limitBoundingSet(.max), .reportReady,
        .setCredentials(.init(user: 1, group: 2, supplementaryGroups: [3, 4])), .changeDirectory("/"),
        .setCapabilities(.init(effective: 1, permitted: 2, inheritable: 4, ambient: 8)), .setNoNewPrivileges,
        .installSeccomp(.init(instructions: Array(0..<16), flags: 2)), .dieWithParent(signal: 9),
        .bindFromNamespace(.init(namespace: "/proc/1/ns/mnt", source: "/dev/shm", target: "/t")),
        .findCommand, .setPersonality(8), .setIOPriority(0x4003), .setExecLabel(file: "exec", label: "a:b"),
        .runHook(
            .init(path: "/h", arguments: ["h"], environment: ["A=b"], timeout: 3, stateBeforeID: "{", stateAfterID: "}")
        ),
        .mount(.init(type: "tmpfs", target: "/etc", copiesUp: true, propagation: .unbindable)),
        .enterNamespaces(
            .init(
                existing: [.init(path: "/proc/1/ns/user", kind: .user)],
                new: [.time, .pid],
                clocks: [.init(clock: "boottime", seconds: -7, nanoseconds: 999_999_999)]
            )
        ),
        .setScheduler(
            .init(policy: 6, flags: 1, nice: -5, priority: 9, runtime: 10, deadline: 20, period: .max)
        ),
        .joinSessionKeyring, .bind(passedBind),
    ]

    private static var passedBind: BindMount {
        var bind = BindMount(source: "/s", target: "/t")
        bind.recursiveFlags = .readOnly
        bind.recursivelyCleared = [.noDevices, .noSymbolicLinks]
        bind.passedMount = 3
        return bind
    }

    static let plan = LaunchPlan(
        namespaces: [.mount, .pid],
        operations: operations,
        command: .init(arguments: ["sh", "-c", ""], environment: ["PATH=/bin", "ÄÖ=ü"], supervised: true)
    )

    @Test("a plan survives its encoding")
    func roundTrip() throws {
        #expect(try LaunchPlan.decode(Self.plan.encode()) == Self.plan)
        #expect(Set(Self.operations.map { "\($0)".prefix(12) }).count > 25)
    }

    @Test("the encoding is stable")
    func golden() {
        let plan = LaunchPlan(
            namespaces: .mount,
            operations: [.setHostName("a"), .setOutOfMemoryScore(-2)],
            command: .init(arguments: ["b"], environment: [])
        )
        let bytes = plan.encode().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(
            bytes == "4c4c4250" + "0300" + "0000020000000000" + "02000000" + "11" + "01000000" + "61" + "18"
                + "feffffff" + "01000000" + "01000000" + "62" + "00000000" + "00" + "00000000"
        )
    }

    @Test("an encoding that is cut anywhere is refused")
    func truncation() {
        let bytes = Self.plan.encode()
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) { try LaunchPlan.decode(Array(bytes[..<count])) }
        }
        #expect(throws: WireError.trailingBytes) { try LaunchPlan.decode(bytes + [0]) }
    }

    @Test("what is no plan, or another version's, is refused by name")
    func headers() {
        #expect(throws: WireError.notAPlan) { try LaunchPlan.decode(Array("#!/bin/sh and more".utf8)) }
        var bytes = Self.plan.encode()
        bytes[4] = 9
        #expect(throws: WireError.otherVersion(9)) { try LaunchPlan.decode(bytes) }
    }

    @Test("a text with a NUL, which the kernel would cut, is refused")
    func textWithNUL() {
        let plan = LaunchPlan(
            namespaces: [],
            operations: [.setHostName("a\u{0}b")],
            command: .init(arguments: [], environment: [])
        )
        #expect(throws: WireError.malformed("text")) { try LaunchPlan.decode(plan.encode()) }
    }

    @Test("bytes changed at random are refused or mean another valid plan, and never crash")
    func fuzz() {
        var generator = SplitMix(state: 20_261_121)
        let original = Self.plan.encode()
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                    in: .min ... .max,
                    using: &generator
                )
            }
            if let plan = try? LaunchPlan.decode(bytes) { #expect(plan.encode() == bytes) }
            let junk = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            _ = try? LaunchMessage.decode(junk)
        }
    }

    @Test(
        "a message survives its encoding",
        arguments: [
            .release, .start, .joined, .terminal, .listener, .ready,
            .warning(.init(operationIndex: 3, errno: 1, detail: "text")),
            .failure(.init(operationIndex: .max, errno: -1, detail: "")),
        ] as [LaunchMessage]
    )
    func messages(message: LaunchMessage) throws {
        #expect(try LaunchMessage.decode(message.encode()) == message)
    }

    @Test("the message of the C code is understood")
    func earlyFailure() throws {
        let message = try LaunchMessage.decode([0xff, 4, 0, 0, 2, 0, 0, 0])
        let failure = LaunchFailure(operationIndex: LaunchFailure.Stage.startOfInit, errno: ENOENT, detail: "")
        #expect(message == .failure(failure))
        let groups = LaunchFailure(operationIndex: LaunchFailure.Stage.controlGroups, errno: EPERM, detail: "")
        #expect(try LaunchMessage.decode([0xff, 7, 0, 0, 1, 0, 0, 0]) == .failure(groups))
        #expect(throws: WireError.self) { try LaunchMessage.decode([0xff, 9, 0, 0, 2, 0, 0, 0]) }
    }

    @Test("a long detail is cut, and the message still fits")
    func longDetail() throws {
        let detail = String(repeating: "ü", count: 10_000)
        let bytes = LaunchMessage.failure(.init(operationIndex: 0, errno: 1, detail: detail)).encode()
        #expect(bytes.count <= LaunchMessage.maximumSize)
        _ = try LaunchMessage.decode(bytes)
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
