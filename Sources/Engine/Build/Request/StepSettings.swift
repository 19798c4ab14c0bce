internal import BuildPlanning
internal import LaunchPlanning
internal import OCIModel

/// How `RUN` steps are run: what may change from build to build without making another image, and is in no cache key.
public struct StepSettings: Sendable {
    /// Limits and hosts, understood as `run` understands them.
    var run: RunRequest
    /// `--allow`.
    var allowed: Set<BuildEntitlement> = []
    /// `--cgroup-parent`, relative to the hierarchies' roots; nil for llmbox's own group.
    var cgroupParent: String?

    /// Where drivers are looked for, by the names of variables; the usual places when empty.
    public var deviceEnvironment: [String: String] = [:]

    /// Steps without limits and rights.
    init() {
        // Flags that say nothing are always understood.
        run = RunRequest()
    }

    /// Understands the options of the command line.
    ///
    /// Of `flags` those count that limit a container or say what it may do, and `--add-host`, `--shm-size` and `--gpus`.
    /// - Throws: The errors of the options' grammar.
    public init(_ flags: RunFlags, allow: [String] = [], cgroupParent: String? = nil) throws {
        run = try RunRequest(flags) { _ in nil }
        for text in allow.flatMap({ $0.split(separator: ",") }).map(String.init) {
            guard let right = BuildEntitlement(rawValue: text) else {
                let names = BuildEntitlement.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
                throw ArgumentError.invalid(option: "--allow", value: text, why: "it is none of \(names)")
            }
            allowed.insert(right)
        }
        self.cgroupParent = try cgroupParent.map { (text) throws in try CgroupParentArgument.parse(text) }
    }
}
