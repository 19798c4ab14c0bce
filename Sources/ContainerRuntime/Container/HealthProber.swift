internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// Examines a container's health for as long as its process runs, on a thread of its own.
///
/// A probe is a further process of the container's, started from a plan that was stored with it. It counts as failed
/// when its exit code is not 0, when it runs out of time, or when it cannot be started.
struct HealthProber: ~Copyable {
    private final class Work {
        let check: HealthCheck
        let plan: LaunchPlan
        let directory: ContainerDirectory
        let target: Int32
        let cgroups: [String]
        let stopped: Int32
        private let started = ContinuousClock.now

        init(
            check: HealthCheck,
            plan: LaunchPlan,
            directory: ContainerDirectory,
            target: Int32,
            cgroups: [String],
            stopped: Int32
        ) {
            self.check = check
            self.plan = plan
            self.directory = directory
            self.target = target
            self.cgroups = cgroups
            self.stopped = stopped
        }

        func run() {
            _ = try? directory.updateState { $0.health = HealthState() }
            while !isStopped(within: pause) {
                let probe = probe()
                let inStartPeriod = isInStartPeriod
                // The container ended under the probe: its result says nothing about it.
                if isStopped(within: 0) { return }
                _ = try? directory.updateState { state in
                    var health = state.health ?? HealthState()
                    health.record(probe, retries: check.retries, inStartPeriod: inStartPeriod)
                    state.health = health
                }
            }
        }

        private var isInStartPeriod: Bool { ContinuousClock.now - started < .seconds(check.startPeriod) }

        private var pause: Double {
            isInStartPeriod ? min(check.startInterval, check.interval) : check.interval
        }

        private func isStopped(within seconds: Double) -> Bool {
            var entry = pollfd(fd: stopped, events: Int16(POLLIN), revents: 0)
            return poll(&entry, 1, Int32(min(seconds * 1000, Double(Int32.max)))) > 0
        }

        private func probe() -> HealthState.Probe {
            let start = Timestamp.now()
            var exitCode: Int32 = -1
            var output: [UInt8] = []
            do {
                let request = ExecRequest(
                    target: target,
                    plan: plan,
                    cgroupDirectories: cgroups,
                    standardIO: .pipes(input: false)
                )
                let process = try Launcher.exec(request)
                try process.start()
                output = collect(process)
                if try process.descriptor.waitForEnd(milliseconds: 0) {
                    exitCode = try process.wait().shellStatus
                } else {
                    try process.signal(SIGKILL)
                    _ = try process.wait()
                    output += Array("health check exceeded timeout (\(check.timeout)s)".utf8)
                }
            } catch {
                output = Array("\(error)".utf8)
            }
            let text = String(decoding: output.prefix(4096), as: UTF8.self)
            return HealthState.Probe(start: start, end: .now(), exitCode: exitCode, output: text)
        }

        /// Reads what the probe writes until it has ended, its time is up or the container stops.
        private func collect(_ process: RunningProcess) -> [UInt8] {
            let end = ContinuousClock.now + .seconds(check.timeout)
            let output = process.takeStandardOutput()?.release() ?? -1
            let error = process.takeStandardError()?.release() ?? -1
            var files = [output, error].filter { $0 >= 0 }
            defer { for file in [output, error] where file >= 0 { close(file) } }
            var result: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let left = (end - ContinuousClock.now) / .milliseconds(1)
                guard left > 0 else { return result }
                var entries = [
                    pollfd(fd: process.descriptor.file.raw, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: stopped, events: Int16(POLLIN), revents: 0),
                ]
                entries += files.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                poll(&entries, nfds_t(entries.count), Int32(min(left + 1, Double(Int32.max))))
                for (entry, file) in zip(entries.dropFirst(2), files) where entry.revents != 0 {
                    let count = read(file, &chunk, chunk.count)
                    if count <= 0 { files.removeAll { $0 == file } }
                    if count > 0, result.count < 4096 { result += chunk[..<count] }
                }
                if entries[1].revents != 0 { return result }
                if entries[0].revents != 0, entries.dropFirst(2).allSatisfy({ $0.revents == 0 }) { return result }
            }
        }
    }

    private let stop: OwnedFD
    private let stopped: OwnedFD
    private let thread: pthread_t

    /// Begins to examine the container whose first process is `target`.
    init(
        _ check: HealthCheck,
        plan: LaunchPlan,
        directory: ContainerDirectory,
        target: Int32,
        cgroups: [String]
    ) throws(SyscallError) {
        let ends = try OwnedFD.pipe()
        let work = Work(
            check: check,
            plan: plan,
            directory: directory,
            target: target,
            cgroups: cgroups,
            stopped: ends.read.raw
        )
        let retained = Unmanaged.passRetained(work)
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            retained.toOpaque()
        )
        guard result == 0 else {
            retained.release()
            throw SyscallError("start a thread", errno: Errno(rawValue: result))
        }
        self.thread = thread
        stop = ends.write
        stopped = ends.read
    }

    /// Ends the probes and waits for the one that may be under way.
    consuming func finish() {
        var byte: UInt8 = 1
        _ = write(stop.raw, &byte, 1)
        pthread_join(thread, nil)
    }
}
