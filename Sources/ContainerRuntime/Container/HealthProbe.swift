internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// One examination of a container's health.
struct HealthProbe {
    let check: HealthCheck
    let plan: LaunchPlan
    let target: Int32
    let cgroups: [String]
    /// The probe for another runtime, where the container is that one's.
    let foreign: ForeignProcess?
    /// Readable when the container ends meanwhile; -1 where nobody tells.
    let stopped: Int32

    /// Runs the probe to its end or to the end of its time.
    func run() -> HealthState.Probe {
        let start = Timestamp.now()
        var exitCode: Int32 = -1
        var output: [UInt8] = []
        do {
            var request = ExecRequest(
                target: target,
                plan: plan,
                cgroupDirectories: cgroups,
                standardIO: .pipes(input: false)
            )
            request.foreign = foreign
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
