public import LaunchProtocol
public import OCIModel

extension PlanCompiler {
    /// The plan of a further process in a running container, described in full as runtime-spec describes the first.
    ///
    /// - Parameters:
    ///   - process: what runs, and with which rights.
    ///   - spec: the container's own specification; the process joins its namespaces and gets its filter.
    /// - Returns: the plan.
    /// - Throws: ``PlanError``.
    public static func compile(
        joining process: RuntimeProcess,
        of spec: RuntimeSpec
    ) throws(PlanError) -> LaunchPlan {
        guard let arguments = process.args, !arguments.isEmpty else { throw .noProcess }
        let linux = spec.linux ?? LinuxSpec()
        // In the container's control groups first, so that nothing it does escapes their limits.
        var plan: [LaunchOperation] = [.awaitRelease, .joinNamespaces(allNamespaces(linux)), .startSession]
        if process.terminal == true {
            var request = terminal(process, PlanInputs(root: .directory("/"), cgroups: .none))
            request.isConsole = false
            plan.append(.openTerminal(request))
        }
        plan += try limits(process)
        plan += try privileges(process, linux)
        return LaunchPlan(
            namespaces: [],
            operations: plan,
            command: LaunchCommand(arguments: arguments, environment: process.env ?? [])
        )
    }

    /// The processors that a process which joins a container runs on, before it is in the container's groups and from then
    /// on; nil where nothing is said.
    public static func processors(
        of process: RuntimeProcess
    ) throws(PlanError) -> (initial: ProcessorList?, final: ProcessorList?) {
        func list(_ text: String?) throws(PlanError) -> ProcessorList? {
            guard let text, !text.isEmpty else { return nil }
            return try ProcessorList(text)
        }
        return (try list(process.execCPUAffinity?.initial), try list(process.execCPUAffinity?.final))
    }

    /// The bits of `personality(2)`.
    static func bits(of domain: LinuxPersonality) throws(PlanError) -> UInt64 {
        guard domain.flags?.isEmpty ?? true else { throw .unsupported("a flag of the execution domain") }
        switch domain.domain {
        case "LINUX": return 0
        case "LINUX32": return 8
        default: throw .unknown("execution domain", name: domain.domain)
        }
    }

    /// The fields of `sched_setattr(2)`.
    static func settings(of scheduler: SchedulerSpec) throws(PlanError) -> SchedulerSettings {
        let policies: [String: UInt32] = [
            "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5,
            "SCHED_DEADLINE": 6,
        ]
        let flags: [String: UInt64] = [
            "SCHED_FLAG_RESET_ON_FORK": 1, "SCHED_FLAG_RECLAIM": 2, "SCHED_FLAG_DL_OVERRUN": 4,
            "SCHED_FLAG_KEEP_POLICY": 8, "SCHED_FLAG_KEEP_PARAMS": 16, "SCHED_FLAG_UTIL_CLAMP_MIN": 32,
            "SCHED_FLAG_UTIL_CLAMP_MAX": 64,
        ]
        guard let policy = policies[scheduler.policy] else {
            throw .unknown("scheduling policy", name: scheduler.policy)
        }
        var bits: UInt64 = 0
        for name in scheduler.flags ?? [] {
            guard let flag = flags[name] else { throw .unknown("flag of a scheduling policy", name: name) }
            bits |= flag
        }
        return SchedulerSettings(
            policy: policy,
            flags: bits,
            nice: scheduler.nice ?? 0,
            priority: UInt32(clamping: scheduler.priority ?? 0),
            runtime: scheduler.runtime ?? 0,
            deadline: scheduler.deadline ?? 0,
            period: scheduler.period ?? 0
        )
    }

    /// The bits of `ioprio_set(2)`.
    static func bits(of priority: IOPrioritySpec) throws(PlanError) -> UInt32 {
        let classes = ["IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3] as [String: UInt32]
        guard let kind = classes[priority.class] else { throw .unknown("I/O priority class", name: priority.class) }
        guard (0...7).contains(priority.priority) else {
            throw .unknown("I/O priority", name: "\(priority.priority)")
        }
        return kind << 13 | UInt32(priority.priority)
    }
}
