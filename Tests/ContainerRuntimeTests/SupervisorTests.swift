import Glibc
import LaunchProtocol
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@testable import ContainerRuntime

/// Whole lives of containers on this machine: real cgroups, namespaces, ports and processes.
@Suite(.serialized, .enabled(if: LaunchFixture.isPossible, "needs root and busybox"))
struct SupervisorTests {
    /// A container to be supervised, and what the test wants to know of it afterwards.
    private struct Box {
        let collection: ContainerCollection
        let directory: ContainerDirectory
        let network: BridgeNetwork

        /// Runs it in the foreground, its output in the log only.
        func run(onStart: ([String]) -> Void = { _ in }) throws -> ContainerExit {
            try ContainerSupervisor(
                directory,
                in: collection,
                role: .foreground,
                network: network,
                cgroupParent: SupervisorTests.parent
            ).run(onStart: onStart)
        }

        func log() throws -> String {
            var text = ""
            try LogReader(path: directory.logPath).read {
                text += String(decoding: $0.bytes, as: UTF8.self)
                return true
            }
            return text
        }
    }

    private static let parent = "llmbox-test-\(getpid())-s"

    private func withBox(
        _ script: String,
        change: (inout ContainerRecord) -> Void = { _ in },
        _ body: (Box) throws -> Void
    ) throws {
        try withSandbox { sandbox in
            let fixture = try LaunchFixture(base: sandbox.string)
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            var record = ContainerRecord(
                id: String(repeating: "ab", count: 31) + "\(UInt8.random(in: 10...99))",
                name: "box",
                image: "busybox",
                imageID: "sha256:0",
                created: .now(),
                command: ["sh", "-c", script]
            )
            record.hostname = "box"
            change(&record)
            let directory = try collection.create(record)
            try directory.writePlan(fixture.plan(["sh", "-c", script]).encode())
            var configuration = BridgeNetwork.Configuration()
            configuration.bridge = "llbtest1"
            configuration.linger = 0
            configuration.stateDirectory = "\(sandbox)/network"
            let network = BridgeNetwork(configuration)
            defer {
                if record.network.mode == .bridge { #expect(throws: Never.self) { try network.removeEverything() } }
                removeCgroups(record.id)
            }
            try body(Box(collection: collection, directory: directory, network: network))
        }
    }

    /// Expects the container's cgroups to be gone and removes the tests' own parent.
    private func removeCgroups(_ id: String) {
        guard let layout = try? CgroupLayout.probe() else {
            Issue.record("the control groups cannot be looked at")
            return
        }
        for mount in layout.hierarchies.map(\.mountPoint) + [layout.unifiedMountPoint].compactMap({ $0 }) {
            #expect(access("\(mount)/\(Self.parent)/\(id)", F_OK) != 0, "a cgroup is left in \(mount)")
            rmdir("\(mount)/\(Self.parent)")
        }
    }

    @Test("a container's output is logged, its exit code kept and its cgroups removed")
    func exitCode() throws {
        try withBox("echo out; echo err >&2; hostname; exit 7") { (box: Box) throws in
            let exit = try box.run()
            #expect(exit == ContainerExit(code: 7, outOfMemoryKilled: false))
            let log = try box.log()
            #expect(log.contains("out\n") && log.contains("err\n") && log.contains("box\n"))
            let state = try box.directory.state()
            #expect(state.status == .exited)
            #expect(state.exitCode == 7)
            #expect(state.startedAt != nil && state.finishedAt != nil)
            #expect(try ContainerControl.wait(box.directory) == 7)
        }
    }

    @Test("a memory hog is killed with 137, and its state says why")
    func memory() throws {
        let script = "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done"
        try withBox(script, change: { $0.limits.memory = 16 << 20 }) { (box: Box) throws in
            #expect(try box.run() == ContainerExit(code: 137, outOfMemoryKilled: true))
            #expect(try box.directory.state().outOfMemoryKilled)
        }
    }

    @Test("a failing container is started again as often as its policy says")
    func restart() throws {
        try withBox("echo again; exit 3", change: { $0.restartPolicy = .onFailure(maximum: 2) }) { (box: Box) throws in
            #expect(try box.run().code == 3)
            #expect(try box.log() == "again\nagain\nagain\n")
            #expect(try box.directory.state().restartCount == 2)
        }
    }

    @Test("with auto-removal nothing is left but the exit code for who waited")
    func autoRemove() throws {
        try withBox("exit 4", change: { $0.autoRemove = true }) { (box: Box) throws in
            #expect(try box.run().code == 4)
            #expect(try box.collection.all().isEmpty)
            #expect(access(box.directory.path, F_OK) != 0)
        }
    }

    @Test("a command that is not there is a launch failure with 127")
    func missingCommand() throws {
        try withBox("") { (box: Box) throws in
            let fixture = box.directory.path + "/../../"
            var plan = try LaunchPlan.decode(box.directory.plan())
            plan.command.arguments = ["no-such-program"]
            try box.directory.writePlan(plan.encode())
            #expect(access(fixture, F_OK) == 0)
            do {
                _ = try box.run()
                Issue.record("the container cannot have started")
            } catch {
                #expect(ContainerSupervisor.exitStatus(for: error) == 127)
            }
            let state = try box.directory.state()
            #expect(state.status == .created)
            #expect(state.exitCode == 127)
            #expect(state.error?.contains("no-such-program") == true)
        }
    }

    @Test("a published port answers on 127.0.0.1 and on the bridge's address, and is given back")
    func ports() throws {
        let publication = PortPublication(hostPort: 0, containerPort: 80)
        let script = "while true; do echo hello | busybox nc -l -p 80; done"
        try withBox(script, change: { $0.network = NetworkSettings(mode: .bridge, ports: [publication]) }) {
            (box: Box) throws in
            var answers: [String] = []
            var refusal: NetworkError?
            var own = ""
            _ = try box.run { _ in
                guard let state = try? box.directory.state(), let network = state.networks.first,
                    let port = network.ports.first?.hostPort
                else { return }
                own = network.address.description
                for address in ["127.0.0.1", "\(network.gateway)", "::1"] {
                    answers.append(fetch(address, port))
                }
                let taken = PortPublication(hostPort: port, containerPort: 80)
                do throws(NetworkError) {
                    _ = try PortRelay([taken]).ports
                } catch {
                    refusal = error
                }
                kill(state.process?.pid ?? 0, SIGKILL)
            }
            guard case .portTaken = refusal else {
                Issue.record("a taken port must be refused")
                return
            }
            #expect(answers == ["hello\n", "hello\n", "hello\n"])
            #expect(try FileIO.readText(path: box.directory.hostsPath).hasSuffix("\(own)\tbox\n"))
        }
    }

    /// Connects until somebody inside listens, and reads what comes.
    private func fetch(_ address: String, _ port: UInt16) -> String {
        for _ in 0..<100 {
            guard let target = SocketAddress(address, port: port) else { return "no address" }
            let file = OwnedFD(adopting: socket(target.family, Int32(SOCK_STREAM.rawValue), 0))
            if target.withPointer({ connect(file.raw, $0, $1) }) == 0 {
                let text = String(decoding: (try? FileIO.readAll(file)) ?? [], as: UTF8.self)
                if !text.isEmpty { return text }
            }
            usleep(20_000)
        }
        return "nothing"
    }

    @Test(
        "health is examined inside the container, and turns from healthy to unhealthy",
        .enabled(if: Self.hasProgram, "needs the program beside the tests")
    )
    func health() throws {
        var check = HealthCheck(command: [])
        check.interval = 0.05
        check.retries = 2
        try withBox("sleep 0.5; echo > /tmp/bad; sleep 100", change: { $0.healthCheck = check }) { (box: Box) throws in
            let probe = LaunchFixture.execPlan(["sh", "-c", "echo probed; test ! -e /tmp/bad"])
            try box.directory.writeHealthPlan(probe.encode())
            var seen: [HealthState.Status] = []
            try ContainerMonitor.start(box.directory, program: Self.program)
            try eventually(every: 5) {
                if let status = try box.directory.state().health?.status, status != seen.last { seen.append(status) }
                return seen.last == .unhealthy
            }
            #expect(seen.suffix(2) == [.healthy, .unhealthy])
            #expect(try box.directory.state().health?.log.last?.output == "probed\n")
            let monitor = try #require(try box.directory.state().supervisor)
            try ContainerControl.stop(box.directory, in: box.collection, timeout: 0)
            waitpid(monitor.pid, nil, 0)
        }
    }

    @Test(
        "a killed monitor leaves an exited container, and the next look at it cleans up",
        .enabled(if: Self.hasProgram, "needs the program beside the tests")
    )
    func killedMonitor() throws {
        try withBox("echo started; sleep 1000") { (box: Box) throws in
            try ContainerMonitor.start(box.directory, program: Self.program)
            let state = try box.directory.state()
            #expect(state.status == .running)
            let monitor = try #require(state.supervisor)
            let process = try #require(state.process)
            kill(monitor.pid, SIGKILL)
            waitpid(monitor.pid, nil, 0)
            #expect(eventually { !process.isAlive })
            #expect(try box.directory.state().status == .exited)
            #expect(try ContainerControl.reap(box.directory, in: box.collection, network: box.network))
            #expect(state.cgroups.allSatisfy { access($0, F_OK) != 0 })
            #expect(try box.directory.storedState().exitCode == 255)
        }
    }

    @Test(
        "a detached container is stopped, and its monitor ends with it",
        .enabled(if: Self.hasProgram, "needs the program beside the tests")
    )
    func stop() throws {
        try withBox(
            "trap 'echo bye; exit 5' TERM; echo ready; while true; do sleep 0.1; done",
            change: { $0.restartPolicy = .always }
        ) { (box: Box) throws in
            try ContainerMonitor.start(box.directory, program: Self.program)
            let monitor = try #require(try box.directory.state().supervisor)
            #expect(try eventually { try box.log().contains("ready") })
            try ContainerControl.stop(box.directory, in: box.collection, timeout: 5)
            #expect(try box.directory.state().status == .exited)
            #expect(try box.directory.state().exitCode == 5)
            #expect(try box.log().hasSuffix("bye\n"))
            waitpid(monitor.pid, nil, 0)
            #expect(!monitor.isAlive)
        }
    }

    @Test(
        "a monitor reports why its container did not start",
        .enabled(if: Self.hasProgram, "needs the program beside the tests")
    )
    func report() throws {
        try withBox("") { (box: Box) throws in
            var plan = try LaunchPlan.decode(box.directory.plan())
            plan.command.arguments = ["no-such-program"]
            try box.directory.writePlan(plan.encode())
            do {
                try ContainerMonitor.start(box.directory, program: Self.program)
                Issue.record("the container cannot have started")
            } catch ContainerError.monitorFailed(let report) {
                #expect(report.status == 127)
                #expect(report.what == "cannot execute `no-such-program`")
            }
        }
    }

    /// The program beside the tests' own.
    private static let program: String = {
        let own = (try? FileIO.readLink(path: "/proc/self/exe")) ?? ""
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
        return String(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.startIndex)]) + "/llmbox"
    }()
    private static let hasProgram = access(program, X_OK) == 0
}
