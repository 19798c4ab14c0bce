import ContainerRuntime
import Glibc
import LaunchProtocol
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: LaunchFixture.isPossible, "needs root and /bin/busybox")) struct ExecTests {
    /// Runs `body` beside a container that sleeps.
    private func withContainer(_ body: (LaunchFixture, RunningProcess) throws -> Void) throws {
        try withSandbox { sandbox in
            let fixture = try LaunchFixture(base: sandbox.string)
            let main = try Launcher.launch(LaunchRequest(plan: fixture.plan(["sleep", "1000"]), standardIO: .null))
            try main.start()
            let result = Result { try body(fixture, main) }
            try main.signal(SIGKILL)
            #expect(try main.wait() == .signaled(SIGKILL))
            try FileIO.removeTree(path: "\(sandbox)/work")
            try result.get()
        }
    }

    private func exec(_ main: RunningProcess, _ arguments: [String]) throws -> LaunchFixture.Outcome {
        try LaunchFixture.finish(
            try Launcher.exec(
                ExecRequest(
                    target: main.id,
                    plan: LaunchFixture.execPlan(arguments),
                    standardIO: .pipes(input: false)
                )
            )
        )
    }

    @Test("a further process is in the container's namespaces and ends with its own status")
    func joins() throws {
        try withContainer { _, main in
            let outcome = try exec(main, ["sh", "-c", "hostname; cat /proc/1/cmdline; ls /proc/$$/fd; exit 9"])
            #expect(outcome.output == "box\nsleep\u{0}1000\u{0}0\n1\n2\n")
            #expect(outcome.ending == .exited(9))
        }
    }

    @Test("a command that cannot be executed is told apart", arguments: [("nope", 127), ("notexec", 126)])
    func commandErrors(command: String, status: Int32) throws {
        try withContainer { _, main in
            let error = #expect(throws: LaunchError.self) { try exec(main, [command]) }
            #expect(error?.exitStatus == status)
        }
    }

    @Test("a signal reaches the process itself, not the container")
    func signals() throws {
        try withContainer { _, main in
            let process = try Launcher.exec(
                ExecRequest(target: main.id, plan: LaunchFixture.execPlan(["sleep", "500"]), standardIO: .null)
            )
            try process.start()
            try process.signal(SIGTERM)
            #expect(try process.wait() == .signaled(SIGTERM))
            #expect(try main.descriptor.poll() == nil)
        }
    }

    @Test("a terminal of the container's own has the size that was asked for")
    func terminal() throws {
        try withContainer { _, main in
            let terminal = TerminalRequest(rows: 33, columns: 101, isConsole: false)
            let plan = LaunchFixture.execPlan(["sh", "-c", "stty size; test -t 0 && echo yes"], terminal: terminal)
            let process = try Launcher.exec(ExecRequest(target: main.id, plan: plan, standardIO: .terminal))
            try process.start()
            #expect(LaunchFixture.text(process.takeTerminal()) == "33 101\r\nyes\r\n")
            #expect(try process.wait() == .exited(0))
        }
    }

    @Test("a container that has ended cannot be joined")
    func ended() throws {
        try withSandbox { sandbox in
            let fixture = try LaunchFixture(base: sandbox.string)
            let main = try Launcher.launch(LaunchRequest(plan: fixture.plan(["true"]), standardIO: .null))
            try main.start()
            _ = try main.wait()
            let error = #expect(throws: LaunchError.self) { try exec(main, ["true"]) }
            #expect(error?.exitStatus == 125)
            try FileIO.removeTree(path: "\(sandbox)/work")
        }
    }
}
