internal import Diagnostics

/// Which capabilities a container gets.
public enum CapabilitySelection {
    /// Applies `--cap-add` and `--cap-drop` to Docker's default set, within what the caller has itself.
    ///
    /// Capabilities of the default set that the caller lacks are left out; asking for one by name is an error.
    /// - Parameters:
    ///   - add: names, or `ALL`.
    ///   - drop: names, or `ALL`.
    ///   - isPrivileged: whether to begin with everything.
    ///   - held: the caller's bounding set.
    /// - Returns: the bounding set.
    /// - Throws: ``SpecError``.
    public static func resolve(
        add: [String],
        drop: [String],
        isPrivileged: Bool,
        held: Set<Capability>
    ) throws(SpecError) -> Set<Capability> {
        let added = try parse(add, option: "--cap-add")
        let dropped = try parse(drop, option: "--cap-drop")
        let everything = Set(Capability.allCases)
        // Docker's order of precedence.
        let result: Set<Capability>
        if isPrivileged {
            result = everything
        } else if added.isAll {
            result = everything.subtracting(dropped.named)
        } else if dropped.isAll {
            result = added.named
        } else {
            result = Capability.dockerDefault.subtracting(dropped.named).union(added.named)
        }
        for capability in added.named.sorted() where !held.contains(capability) && result.contains(capability) {
            throw .capabilityNotHeld(capability.name)
        }
        return result.intersection(held)
    }

    private static func parse(
        _ names: [String],
        option: String
    ) throws(SpecError) -> (named: Set<Capability>, isAll: Bool) {
        var named: Set<Capability> = []
        var isAll = false
        for name in names {
            if ["ALL", "CAP_ALL"].contains(name.uppercased()) {
                isAll = true
            } else if let capability = Capability(name: name) {
                named.insert(capability)
            } else {
                let upper = name.uppercased()
                let full = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
                let match = closestMatch(to: full, in: Capability.allCases.map(\.name))
                throw .unknownCapability(name, option: option, suggestion: match.map { String($0.dropFirst(4)) })
            }
        }
        return (named, isAll)
    }
}
