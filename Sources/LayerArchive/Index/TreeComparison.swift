internal import LinuxKernel

/// What two trees that should be the same do not have in common.
struct TreeComparison {
    let expected: [[UInt8]: TarEntry]
    let actual: [[UInt8]: TarEntry]

    /// The differences, one line each, in the order of the names.
    var faults: [String] {
        // Where times were cut to a limit, those that say the limit may be later in the tree, which keeps its own.
        let latest = expected.values.map(\.modificationTime).max() ?? 0
        let names = Set(expected.keys).union(actual.keys).sorted { $0.lexicographicallyPrecedes($1) }
        return names.flatMap { name -> [String] in
            switch (expected[name], actual[name]) {
            case (let expected?, let actual?):
                return differences(expected, actual, latest: latest).map { "\(Self.quoted(name)) \($0)" }
            // What is in a directory that is missing is not worth a line each.
            case (_?, nil):
                return isInside(name, of: expected, lacking: actual) ? [] : ["\(Self.quoted(name)) is missing"]
            case (nil, _?):
                return isInside(name, of: actual, lacking: expected)
                    ? [] : ["\(Self.quoted(name)) does not belong to it"]
            case (nil, nil): return []
            }
        }
    }

    private func isInside(_ name: [UInt8], of here: [[UInt8]: TarEntry], lacking there: [[UInt8]: TarEntry]) -> Bool {
        guard let slash = name.lastIndex(of: TreePath.slash) else { return false }
        let parent = Array(name[..<slash])
        return here[parent] != nil && there[parent]?.kind != .directory
    }

    private func differences(_ expected: TarEntry, _ actual: TarEntry, latest: Int64) -> [String] {
        guard expected.kind == actual.kind else { return ["is \(actual.kind.words) and not \(expected.kind.words)"] }
        var found: [String] = []
        if expected.size != actual.size { found.append("has \(actual.size) bytes and not \(expected.size)") }
        if expected.mode != actual.mode {
            found.append("has the mode \(Self.octal(actual.mode)) and not \(Self.octal(expected.mode))")
        }
        let owners = (expected.userID, expected.groupID)
        if owners != (actual.userID, actual.groupID) {
            found.append("belongs to \(actual.userID):\(actual.groupID) and not to \(owners.0):\(owners.1)")
        }
        if expected.linkTarget != actual.linkTarget {
            found.append(
                "leads to \(Self.quoted(actual.linkTarget, root: "")) and not to \(Self.quoted(expected.linkTarget, root: ""))"
            )
        }
        if (expected.deviceMajor, expected.deviceMinor) != (actual.deviceMajor, actual.deviceMinor) {
            found.append("is another device")
        }
        if attributesDiffer(expected, actual) { found.append("has other extended attributes") }
        // Directories in the tree may have been touched by what was mounted on them while their step ran.
        if expected.kind == .file, expected.modificationTime != actual.modificationTime,
            expected.modificationTime < latest
        {
            found.append("has another time of its last change")
        }
        return found
    }

    private func attributesDiffer(_ expected: TarEntry, _ actual: TarEntry) -> Bool {
        let there = actual.extendedAttributes
        // In a namespace of users some cannot be set, and are missing in what they are compared with.
        if UserNamespace.isOwn { return !expected.extendedAttributes.allSatisfy(there.contains) }
        let order: (ExtendedAttribute, ExtendedAttribute) -> Bool = { $0.name.lexicographicallyPrecedes($1.name) }
        return expected.extendedAttributes.sorted(by: order) != there.sorted(by: order)
    }

    private static func quoted(_ name: [UInt8], root: String = "/") -> String { "`\(root)\(displayName(name))`" }

    private static func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }
}

extension TarEntry.Kind {
    fileprivate var words: String {
        switch self {
        case .file: "a file"
        case .hardLink: "a further name"
        case .symbolicLink: "a symbolic link"
        case .characterDevice: "a character device"
        case .blockDevice: "a block device"
        case .directory: "a directory"
        case .fifo: "a pipe"
        }
    }
}
