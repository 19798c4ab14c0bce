extension ContainerMount {
    /// Reads the value of `-v`: `[source:]destination[:options]`.
    ///
    /// A source that begins with `/` or `.` is a path, anything else a volume's name.
    /// - Parameters:
    ///   - text: the value.
    ///   - directory: what relative sources are relative to.
    /// - Returns: the mount.
    /// - Throws: ``ArgumentError``.
    public static func parseVolume(_ text: String, relativeTo directory: String) throws(ArgumentError) -> ContainerMount
    {
        func invalid(_ why: String) -> ArgumentError { .invalid(option: "-v", value: text, why: why) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), !parts.contains("") else {
            throw invalid("it is `[source:]destination[:options]`")
        }
        let inside = parts.count == 1 ? parts[0] : parts[1]
        guard let destination = cleanedDestination(inside) else {
            throw invalid("the destination `\(inside)` must be an absolute path other than `/`")
        }
        var mount: ContainerMount
        if parts.count == 1 {
            mount = ContainerMount(.volume(name: nil), destination: destination)
        } else if parts[0].hasPrefix("/") {
            mount = ContainerMount(.bind(path: parts[0], createIfMissing: true), destination: destination)
        } else if parts[0].hasPrefix(".") {
            let path = "\(directory)/\(parts[0])"
            mount = ContainerMount(.bind(path: path, createIfMissing: true), destination: destination)
        } else if isVolumeName(parts[0]) {
            mount = ContainerMount(.volume(name: parts[0]), destination: destination)
        } else {
            throw invalid("`\(parts[0])` is neither a path, which begins with `/` or `.`, nor a volume's name")
        }
        if parts.count == 3 { try mount.apply(parts[2], invalid) }
        return mount
    }

    /// Takes over the words behind the last colon; each kind of word is there once at most.
    private mutating func apply(_ words: String, _ invalid: (String) -> ArgumentError) throws(ArgumentError) {
        var isBind = false
        if case .bind = source { isBind = true }
        var seen: [String: String] = [:]
        for option in words.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            let kind = Self.kind(of: option)
            if let kind, let other = seen.updateValue(option, forKey: kind) {
                throw invalid("`\(other)` and `\(option)` exclude each other")
            }
            switch option {
            case "ro": isReadOnly = true
            case "rw": isReadOnly = false
            case "nocopy" where !isBind: skipsCopy = true
            case "bind" where isBind: isNonRecursive = true
            case "rbind" where isBind: isNonRecursive = false
            case "z", "Z": label = option == "z" ? .shared : .own
            case "U": takesOwnership = true
            case _ where Self.propagations.contains(option) && isBind: propagation = option
            case _ where Self.consistencies.contains(option): break
            case "noexec", "nosuid", "nodev", "exec", "suid", "dev": attributes.append(option)
            case "nocopy": throw invalid("`nocopy` is for volumes")
            case "bind", "rbind": throw invalid("`\(option)` is for paths of the host")
            case _ where Self.propagations.contains(option): throw invalid("propagation is for paths of the host")
            case "O":
                throw .unsupported(option: "the volume option `O`", why: "overlays of volumes are not supported")
            default:
                throw invalid(
                    "`\(option)` is no option; there are `ro`, `rw`, `z`, `Z`, `U`, `nocopy`, `noexec`, `nosuid`, "
                        + "`nodev` and propagations such as `rslave`"
                )
            }
        }
    }

    /// What a word decides, where two of the kind would contradict or repeat each other.
    private static func kind(of option: String) -> String? {
        switch option {
        case "ro", "rw": "mode"
        case "z", "Z": "label"
        case "bind", "rbind": "depth"
        case "noexec", "exec", "nosuid", "suid", "nodev", "dev":
            option.hasPrefix("no") ? String(option.dropFirst(2)) : option
        case _ where propagations.contains(option): "propagation"
        case _ where consistencies.contains(option): "consistency"
        default: option
        }
    }
}
