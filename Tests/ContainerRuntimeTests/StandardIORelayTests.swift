import Glibc
import LaunchProtocol
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@testable import ContainerRuntime

@Suite(.serialized, .enabled(if: LaunchFixture.isPossible, "needs root and /bin/busybox")) struct StandardIORelayTests {
    private struct Copied: Equatable {
        var output: [UInt8]
        var error: [UInt8]
    }

    private func relay(
        _ command: String,
        input: [UInt8]? = nil,
        terminal: TerminalRequest? = nil
    ) throws -> (Copied, ProcessDescriptor.Ending) {
        try withSandbox { sandbox in
            let fixture = try LaunchFixture(base: sandbox.string)
            for name in ["in", "out", "err"] { try AtomicFile.write("\(sandbox)/\(name)", input ?? [], durable: false) }
            let source = try OwnedFD.open("\(sandbox)/in", O_RDONLY)
            let output = try OwnedFD.open("\(sandbox)/out", O_WRONLY | O_TRUNC)
            let error = try OwnedFD.open("\(sandbox)/err", O_WRONLY | O_TRUNC)
            let plan = fixture.plan(
                ["sh", "-c", command],
                afterPivot: terminal.map { [.openTerminal($0)] } ?? []
            )
            let streams: StandardIO = terminal != nil ? .terminal : .pipes(input: input != nil)
            let process = try Launcher.launch(LaunchRequest(plan: plan, standardIO: streams))
            try process.start()
            let relay =
                terminal != nil
                ? StandardIORelay(terminalOf: process, input: -1, output: output.raw)
                : StandardIORelay(pipesOf: process, input: source.raw, output: output.raw, error: error.raw)
            #expect(try relay.run() == .finished)
            let ending = try process.wait()
            try FileIO.removeTree(path: "\(sandbox)/work")
            let copied = Copied(
                output: try FileIO.readAll(path: "\(sandbox)/out"),
                error: try FileIO.readAll(path: "\(sandbox)/err")
            )
            return (copied, ending)
        }
    }

    @Test("both outputs arrive whole and apart")
    func outputs() throws {
        let (copied, ending) = try relay("for i in 1 2 3; do cat /bin/busybox; echo $i >&2; done; exit 3")
        #expect(copied.output.count == 3 * (try FileIO.readAll(path: LaunchFixture.busybox).count))
        #expect(copied.error == Array("1\n2\n3\n".utf8))
        #expect(ending == .exited(3))
    }

    @Test("the end of the input reaches the process, after all of the input")
    func input() throws {
        let input = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let (copied, ending) = try relay("cat; echo done >&2", input: input)
        #expect(copied.output == input)
        #expect(copied.error == Array("done\n".utf8))
        #expect(ending == .exited(0))
    }

    @Test("a process that does not read its input does not hang the relay")
    func unreadInput() throws {
        let (copied, ending) = try relay("echo hello", input: [UInt8](repeating: 7, count: 1 << 20))
        #expect(copied.output == Array("hello\n".utf8))
        #expect(ending == .exited(0))
    }

    @Test("a terminal delivers what was written before the end, and is the console")
    func terminal() throws {
        let request = TerminalRequest(rows: 24, columns: 80, isConsole: true)
        let (copied, ending) = try relay("stty size; echo console > /dev/console; exit 4", terminal: request)
        #expect(String(decoding: copied.output, as: UTF8.self) == "24 80\r\nconsole\r\n")
        #expect(ending == .exited(4))
    }

    @Test("detach keys are taken out, and half of them are not")
    func detachKeys() {
        var keys = DetachKeys.standard
        var result = keys.filter([97, 16, 98, 16][...])
        #expect(result.passed == [97, 16, 98] && !result.detached)
        result = keys.filter([16, 99][...])
        #expect(result.passed == [16, 16, 99] && !result.detached)
        result = keys.filter([100, 16, 17, 101][...])
        #expect(result.passed == [100] && result.detached)
    }
}
