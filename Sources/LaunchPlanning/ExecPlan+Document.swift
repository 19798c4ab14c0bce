public import LaunchProtocol
public import OCIModel

extension ExecPlan {
    /// A plan of a further process in the words of a runtime specification, for another runtime that is to start it.
    ///
    /// The filter of system calls has no words there: that runtime has the container's own.
    public static func document(of plan: LaunchPlan) -> RuntimeProcess {
        var process = RuntimeProcess(user: RuntimeUser(), args: plan.command.arguments, cwd: "/")
        process.env = plan.command.environment
        process.terminal = plan.terminal != nil
        process.consoleSize = plan.terminal.map { ConsoleSize(height: Int($0.rows), width: Int($0.columns)) }
        process.noNewPrivileges = plan.operations.contains(.setNoNewPrivileges)
        var sets = LinuxCapabilities()
        for operation in plan.operations {
            switch operation {
            case .setCredentials(let credentials):
                process.user.uid = credentials.user
                process.user.gid = credentials.group
                process.user.additionalGids = credentials.supplementaryGroups
            case .changeDirectory(let path): process.cwd = path
            case .limitBoundingSet(let mask): sets.bounding = names(mask)
            case .setCapabilities(let given):
                sets.effective = names(given.effective)
                sets.permitted = names(given.permitted)
                sets.inheritable = names(given.inheritable)
                sets.ambient = names(given.ambient)
            case .setResourceLimit(let limit):
                let type = "RLIMIT_" + limit.name.uppercased()
                let row = ResourceLimitSpec(type: type, soft: limit.soft, hard: limit.hard)
                process.rlimits = (process.rlimits ?? []) + [row]
            case .setOutOfMemoryScore(let score): process.oomScoreAdj = Int(score)
            case .setExecLabel(file: "exec", let label): process.selinuxLabel = label
            case .setExecLabel(_, let label): process.apparmorProfile = String(label.dropFirst("exec ".utf8.count))
            default: break
            }
        }
        // A privileged process keeps what there is to bound.
        if sets.bounding == nil { sets.bounding = sets.permitted }
        process.capabilities = sets
        return process
    }

    private static func names(_ mask: UInt64) -> [String] { Capability.set(mask: mask).sorted().map(\.name) }
}
