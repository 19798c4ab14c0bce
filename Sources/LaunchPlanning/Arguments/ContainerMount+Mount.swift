extension ContainerMount {
    /// Reads the value of `--mount`: `type=bind|volume|tmpfs|image,source=…,destination=…,…`, with CSV quotes.
    ///
    /// Unlike `-v` a missing source of a bind mount is an error.
    /// - Parameters:
    ///   - text: the value.
    ///   - directory: what relative sources are relative to.
    /// - Returns: the mount.
    /// - Throws: ``ArgumentError``.
    public static func parseMount(_ text: String, relativeTo directory: String) throws(ArgumentError) -> ContainerMount
    {
        let fields = try MountFields(text)
        let type = try fields.value("type") ?? "volume"
        try fields.check(type: type)
        guard let path = try fields.value("destination") else { throw fields.invalid("`destination` is missing") }
        guard let destination = cleanedDestination(path) else {
            throw fields.invalid("the destination `\(path)` must be an absolute path other than `/`")
        }
        var mount = ContainerMount(try source(type, fields, directory), destination: destination)
        mount.isReadOnly = try fields.flag("readonly")
        mount.takesOwnership = try fields.flag("chown")
        mount.label = try label(fields)
        if let consistency = try fields.value("consistency"), !consistencies.contains(consistency) {
            throw fields.invalid("`\(consistency)` is no consistency")
        }
        mount.subpath = try fields.value("subpath")
        if let subpath = mount.subpath, !isSubpath(subpath) {
            throw fields.invalid("the path `\(subpath)` must be relative, without `..`")
        }
        mount.skipsCopy = try fields.flag("volume-nocopy")
        mount.volumeLabels = try fields.list("volume-label")
        mount.volumeOptions = try fields.list("volume-opt")
        if let driver = try fields.value("volume-driver"), driver != "local" {
            throw .unsupported(option: "the volume driver `\(driver)`", why: "there is `local`")
        }
        try mount.readDepth(fields)
        // An image is shared by all who mount it.
        if type == "image", fields.has("readonly"), !mount.isReadOnly {
            throw .unsupported(option: "`--mount type=image` for writing", why: "an image is mounted read-only")
        }
        if type == "image" { mount.isReadOnly = true }
        return mount
    }

    private static func source(
        _ type: String,
        _ fields: MountFields,
        _ directory: String
    ) throws(ArgumentError) -> Source {
        let source = try fields.value("source")
        switch type {
        case "bind":
            guard let source else { throw fields.invalid("a bind mount needs a `source`") }
            let path = source.hasPrefix("/") ? source : "\(directory)/\(source)"
            return .bind(path: path, createIfMissing: try fields.flag("bind-create-src"))
        case "volume":
            if let source, !isVolumeName(source) {
                throw fields.invalid("`\(source)` is no volume's name; use `type=bind` for paths")
            }
            return .volume(name: source)
        case "image":
            guard let source else { throw fields.invalid("the mount of an image needs a `source`") }
            return .image(source)
        default:
            guard source == nil else { throw fields.invalid("a tmpfs has no `source`") }
            return .tmpfs(options: try tmpfsOptions(fields))
        }
    }

    private static func tmpfsOptions(_ fields: MountFields) throws(ArgumentError) -> [String] {
        var options: [String] = []
        if let size = try fields.value("tmpfs-size") {
            options.append("size=\(try ByteSize.parse(size, option: "tmpfs-size"))")
        }
        if let mode = try fields.value("tmpfs-mode") {
            guard let bits = UInt32(mode, radix: 8), bits <= 0o7777 else {
                throw fields.invalid("`\(mode)` is no mode")
            }
            options.append("mode=\(String(bits, radix: 8))")
        }
        if try fields.flag("tmpcopyup") { options.append("tmpcopyup") }
        return options
    }

    private static func label(_ fields: MountFields) throws(ArgumentError) -> Label? {
        switch try fields.value("relabel") {
        case nil: return nil
        case "shared": return .shared
        case "private": return .own
        default: throw fields.invalid("`relabel` is `shared` or `private`")
        }
    }

    /// Whether mounts below the source come along, and how they spread.
    private mutating func readDepth(_ fields: MountFields) throws(ArgumentError) {
        isNonRecursive = try fields.flag("bind-nonrecursive")
        if let propagation = try fields.value("bind-propagation") {
            guard Self.propagations.contains(propagation) else {
                throw fields.invalid("`\(propagation)` is no propagation")
            }
            self.propagation = propagation
        }
        switch try fields.value("bind-recursive") {
        // What is mounted below the source is made read-only with it in every case.
        case nil, "enabled": break
        case "disabled": isNonRecursive = true
        case "readonly":
            guard isReadOnly else { throw fields.invalid("`bind-recursive=readonly` goes with `readonly`") }
            guard propagation == "rprivate" else {
                throw fields.invalid("`bind-recursive=readonly` goes with `bind-propagation=rprivate`")
            }
        case "writable":
            throw .unsupported(
                option: "`bind-recursive=writable`",
                why: "what is mounted below a read-only source is read-only too"
            )
        default:
            throw fields.invalid("`bind-recursive` is `enabled`, `disabled`, `writable` or `readonly`")
        }
    }
}
