public import LaunchProtocol

/// The plan of a further process in a running container, derived from the container's own.
public enum ExecPlan {
    /// What differs from the container's first process.
    public struct Changes: Sendable {
        /// The program and its arguments.
        public var arguments: [String]
        /// Variables as `NAME=value`, on top of the container's.
        public var environment: [String] = []
        /// Who runs; the container's user when nil.
        public var user: ResolvedUser?
        /// The working directory; the container's when nil.
        public var workingDirectory: String?
        /// The terminal, if there is one.
        public var terminal: TerminalRequest?
        /// Every capability that llmbox can give, for a privileged process, which no filter limits either.
        public var privileges: UInt64?
        /// Namespaces that the container shares with another one, and that the process therefore joins, too.
        ///
        /// The container's plan names only those of its own.
        public var sharedNamespaces: NamespaceSet = []

        /// Runs `arguments` like the container's own process.
        public init(arguments: [String]) {
            self.arguments = arguments
        }
    }

    /// Derives the plan.
    ///
    /// Rights are never more than the container's, unless the process is privileged: bounding set, capabilities, filter
    /// and no-new-privileges are taken over, in the container's order.
    public static func derive(from container: LaunchPlan, _ changes: Changes) -> LaunchPlan {
        var namespaces = container.namespaces.union(changes.sharedNamespaces)
        if container.operations.contains(.unshareCgroups) { namespaces.insert(.cgroup) }
        // In the container's control groups first, so that nothing it does escapes their limits.
        var plan: [LaunchOperation] = [.awaitRelease, .joinNamespaces(namespaces), .startSession]
        if let terminal = changes.terminal { plan.append(.openTerminal(terminal)) }
        for operation in container.operations {
            switch operation {
            case .setResourceLimit, .setOutOfMemoryScore, .setFileModeMask, .reportReady, .joinSessionKeyring,
                .setExecLabel, .setPersonality:
                plan.append(operation)
            case .limitBoundingSet: if changes.privileges == nil { plan.append(operation) }
            case .setCredentials(let own): plan.append(.setCredentials(credentials(changes.user, own)))
            case .changeDirectory(let own): plan.append(.changeDirectory(changes.workingDirectory ?? own))
            case .setCapabilities:
                guard let mask = changes.privileges else {
                    plan.append(operation)
                    continue
                }
                plan.append(.setCapabilities(CapabilitySets(effective: mask, permitted: mask)))
            case .installSeccomp, .setNoNewPrivileges: if changes.privileges == nil { plan.append(operation) }
            default: break
            }
        }
        var environment = container.command.environment
        if let user = changes.user { environment = EnvironmentList.merging(environment, with: ["HOME=\(user.home)"]) }
        if changes.terminal != nil { environment = EnvironmentList.merging(["TERM=xterm"], with: environment) }
        environment = EnvironmentList.merging(environment, with: changes.environment)
        let command = LaunchCommand(arguments: changes.arguments, environment: environment)
        return LaunchPlan(namespaces: [], operations: plan, command: command)
    }

    private static func credentials(_ user: ResolvedUser?, _ own: Credentials) -> Credentials {
        guard let user else { return own }
        return Credentials(user: user.uid, group: user.gid, supplementaryGroups: user.additionalGids)
    }
}
