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

    /// The bits of `personality(2)`.
    static func bits(of domain: LinuxPersonality) throws(PlanError) -> UInt64 {
        guard domain.flags?.isEmpty ?? true else { throw .unsupported("a flag of the execution domain") }
        switch domain.domain {
        case "LINUX": return 0
        case "LINUX32": return 8
        default: throw .unknown("execution domain", name: domain.domain)
        }
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
