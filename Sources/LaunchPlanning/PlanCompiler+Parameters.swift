public import OCIModel

extension PlanCompiler {
    private static let ipcParameters: Set<String> = [
        "msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced",
    ]

    /// The namespace that a kernel parameter belongs to; nil for one of the whole machine, and for the host name, which has
    /// a place of its own in the specification.
    ///
    /// Names are dotted, and a slash stands for a dot within a component.
    public static func namespace(ofParameter name: String) -> LinuxNamespace.Kind? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, !parts.contains(where: { $0.isEmpty || $0.hasPrefix("/") || $0.contains("//") }) else {
            return nil
        }
        switch (parts[0], parts[1]) {
        case ("net", _): return .network
        case ("kernel", "domainname") where parts.count == 2: return .uts
        case ("kernel", let leaf) where parts.count == 2 && ipcParameters.contains(String(leaf)): return .ipc
        case ("fs", "mqueue"): return .ipc
        default: return nil
        }
    }

    /// Refuses parameters that would be the host's: whoever could set those had the machine (`kernel.core_pattern`).
    static func validateParameters(_ linux: LinuxSpec) throws(PlanError) {
        let kinds = Set((linux.namespaces ?? []).map(\.type))
        for name in (linux.sysctl ?? [:]).keys.sorted() {
            guard let kind = namespace(ofParameter: name) else {
                throw .contradiction("the kernel parameter `\(name)` is not one of a container's")
            }
            guard kinds.contains(kind) else {
                throw .contradiction(
                    "the kernel parameter `\(name)` would be the host's, without a namespace of the kind `\(kind.rawValue)`"
                )
            }
        }
    }
}
