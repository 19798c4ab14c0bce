internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// Examines a container's health for as long as its process runs, on a thread of its own.
///
/// A probe is a further process of the container's, started from a plan that was stored with it. It counts as failed
/// when its exit code is not 0, when it runs out of time, or when it cannot be started.
public struct HealthProber: ~Copyable {
    private final class Work {
        let check: HealthCheck
        let plan: LaunchPlan
        let directory: ContainerDirectory
        let target: Int32
        let cgroups: [String]
        let stopped: Int32
        let verdict: HealthVerdict
        let onChange: (HealthState.Status) -> Void
        private let started = ContinuousClock.now

        init(
            check: HealthCheck,
            plan: LaunchPlan,
            directory: ContainerDirectory,
            target: Int32,
            cgroups: [String],
            stopped: Int32,
            verdict: HealthVerdict,
            onChange: @escaping (HealthState.Status) -> Void
        ) {
            self.check = check
            self.plan = plan
            self.directory = directory
            self.target = target
            self.cgroups = cgroups
            self.stopped = stopped
            self.verdict = verdict
            self.onChange = onChange
        }

        func run() {
            _ = try? directory.updateState { $0.health = HealthState() }
            while !isStopped(within: pause) {
                let probe = HealthProbe(
                    check: check,
                    plan: plan,
                    target: target,
                    cgroups: cgroups,
                    foreign: directory.foreignHealthProbe(),
                    stopped: stopped
                )
                .run()
                let inStartPeriod = isInStartPeriod
                // The container ended under the probe: its result says nothing about it.
                if isStopped(within: 0) { return }
                let change = HealthProber.keep(probe, of: check, in: directory, inStartPeriod: inStartPeriod)
                guard let change else { continue }
                onChange(change)
                if change == .unhealthy { verdict.setUnhealthy() }
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
        cgroups: [String],
        verdict: HealthVerdict,
        onChange: @escaping (HealthState.Status) -> Void
    ) throws(SyscallError) {
        let ends = try OwnedFD.pipe()
        let work = Work(
            check: check,
            plan: plan,
            directory: directory,
            target: target,
            cgroups: cgroups,
            stopped: ends.read.raw,
            verdict: verdict,
            onChange: onChange
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

    /// Keeps a probe's result; the new verdict when it is another one.
    static func keep(
        _ probe: HealthState.Probe,
        of check: HealthCheck,
        in directory: ContainerDirectory,
        inStartPeriod: Bool
    ) -> HealthState.Status? {
        var change: HealthState.Status?
        // A container that is removed meanwhile needs no result.
        _ = try? directory.updateState { state in
            var health = state.health ?? HealthState()
            let before = health.status
            health.record(probe, retries: check.retries, inStartPeriod: inStartPeriod)
            if health.status != before { change = health.status }
            state.health = health
        }
        return change
    }
}

extension HealthProber {
    /// Examines a running container now, in the calling thread, and keeps the result; nil where there is nothing to run.
    public static func examine(_ directory: ContainerDirectory) throws -> HealthState.Probe? {
        let state = try directory.state()
        guard let check = try directory.record().healthCheck, let plan = try directory.healthPlan(),
            let process = state.process
        else { return nil }
        let work = HealthProbe(
            check: check,
            plan: try LaunchPlan.decode(plan),
            target: process.pid,
            cgroups: state.cgroups,
            foreign: directory.foreignHealthProbe(),
            stopped: -1
        )
        let probe = work.run()
        _ = keep(probe, of: check, in: directory, inStartPeriod: false)
        return probe
    }
}
