internal import FoundationEssentials

/// Reads and checks specifications of devices.
public enum SpecificationReader {
    /// The versions of the format that are known, oldest first.
    static let versions = [
        "0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0", "0.6.0", "0.7.0", "0.8.0", "1.0.0", "1.1.0",
    ]

    /// Reads a file's text.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - isJSON: whether it is JSON; YAML otherwise.
    /// - Returns: the specification, checked.
    /// - Throws: ``SpecificationError``.
    public static func read(_ bytes: [UInt8], isJSON: Bool) throws(SpecificationError) -> DeviceSpecification {
        var json = bytes
        // What begins with a brace is JSON in a file of either ending.
        let first = bytes.first { $0 != 0x20 && $0 != 0x0a && $0 != 0x0d && $0 != 0x09 }
        if !isJSON, first != UInt8(ascii: "{") {
            do throws(YAMLError) {
                json = try YAMLReader.json(from: String(decoding: bytes, as: UTF8.self))
            } catch {
                throw .unreadable("line \(error.line): \(error.why)")
            }
        }
        let specification: DeviceSpecification
        do {
            specification = try JSONDecoder().decode(DeviceSpecification.self, from: Data(json))
        } catch let error as DecodingError {
            throw .unreadable(explanation(error))
        } catch {
            throw .unreadable("it is no JSON")
        }
        try validate(specification)
        try refuseUnknownFields(json, version: specification.cdiVersion)
        return specification
    }

    /// Checks the rules of the format.
    ///
    /// - Throws: ``SpecificationError``.
    public static func validate(_ specification: DeviceSpecification) throws(SpecificationError) {
        let declared =
            specification.cdiVersion.hasPrefix("v")
            ? String(specification.cdiVersion.dropFirst()) : specification.cdiVersion
        guard let version = versions.firstIndex(of: declared) else { throw .unknownVersion(specification.cdiVersion) }
        guard let kind = DeviceName.Kind(specification.kind) else {
            throw .invalid("`\(specification.kind)` is no kind: it is `vendor/class`, such as `nvidia.com/gpu`")
        }
        guard !specification.devices.isEmpty else { throw .invalid("it has no devices") }
        var names: Set<String> = []
        for device in specification.devices {
            guard DeviceName.isName(device.name) else { throw .invalid("`\(device.name)` is no name of a device") }
            guard names.insert(device.name).inserted else {
                throw .invalid("the device `\(device.name)` stands in it twice")
            }
            guard !device.containerEdits.isEmpty else {
                throw .invalid("the device `\(device.name)` has no containerEdits")
            }
            try validate(device.containerEdits)
        }
        if let edits = specification.containerEdits { try validate(edits) }
        let needed = neededVersion(of: specification, deviceClass: kind.deviceClass)
        guard version >= needed else {
            throw .invalid("it says version \(declared) and uses what came with \(versions[needed])")
        }
    }

    private static func validate(_ edits: ContainerEdits) throws(SpecificationError) {
        for entry in edits.env ?? [] where !entry.contains("=") || entry.hasPrefix("=") {
            throw .invalid("`\(entry)` is no `NAME=value`")
        }
        for node in edits.deviceNodes ?? [] {
            guard node.path.hasPrefix("/") else {
                throw .invalid("the device node `\(node.path)` has no absolute path")
            }
            if let type = node.type, !["", "b", "c", "u", "p"].contains(type) {
                throw .invalid("`\(type)` is no type of the device node `\(node.path)`")
            }
            let access = node.permissions ?? ""
            guard access == "none" || access.allSatisfy({ "rwm".contains($0) }) else {
                throw .invalid("`\(access)` are no permissions of the device node `\(node.path)`")
            }
        }
        for mount in edits.mounts ?? [] where mount.hostPath.isEmpty || !mount.containerPath.hasPrefix("/") {
            throw .invalid("the mount of `\(mount.hostPath)` at `\(mount.containerPath)` has no absolute paths")
        }
        let moments = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
        for hook in edits.hooks ?? [] {
            guard moments.contains(hook.hookName) else {
                throw .invalid("there is no moment `\(hook.hookName)` for hooks")
            }
            guard !hook.path.isEmpty else { throw .invalid("a hook has no path") }
        }
    }

    /// The oldest version that has everything that is used.
    public static func neededVersion(of specification: DeviceSpecification) -> String {
        versions[neededVersion(of: specification, deviceClass: DeviceName.Kind(specification.kind)?.deviceClass ?? "")]
    }

    private static func neededVersion(of specification: DeviceSpecification, deviceClass: String) -> Int {
        var needed = 2
        let all = specification.devices.map(\.containerEdits) + [specification.containerEdits].compactMap { $0 }
        for edits in all {
            if edits.mounts?.contains(where: { $0.type?.isEmpty == false }) == true { needed = max(needed, 3) }
            if edits.deviceNodes?.contains(where: { $0.hostPath?.isEmpty == false }) == true { needed = max(needed, 4) }
            if edits.intelRdt != nil || edits.additionalGids?.isEmpty == false { needed = max(needed, 6) }
            if edits.netDevices?.isEmpty == false { needed = max(needed, 9) }
            if edits.intelRdt?.schemata != nil || edits.intelRdt?.enableMonitoring != nil { needed = max(needed, 9) }
        }
        // Names that begin with a digit came with 0.5.0, dots in a class and annotations with 0.6.0.
        if specification.devices.contains(where: { $0.name.first?.isNumber == true }) { needed = max(needed, 4) }
        if deviceClass.contains(".") || specification.annotations?.isEmpty == false
            || specification.devices.contains(where: { $0.annotations?.isEmpty == false })
        {
            needed = max(needed, 5)
        }
        return needed
    }

    private static func explanation(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "`\(key.stringValue)` is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "`\(context.codingPath.map(\.stringValue).joined(separator: "."))` is of the wrong type"
        case .dataCorrupted: "it is no JSON"
        @unknown default: "it cannot be read"
        }
    }

    // MARK: Unknown fields

    private static let fields: [String: Set<String>] = [
        "": ["cdiVersion", "kind", "annotations", "devices", "containerEdits"],
        "devices": ["name", "annotations", "containerEdits"],
        "containerEdits": [
            "env", "deviceNodes", "netDevices", "hooks", "mounts", "intelRdt", "additionalGids",
        ],
        "deviceNodes": [
            "path", "hostPath", "type", "major", "minor", "fileMode", "permissions", "uid", "gid",
        ],
        "netDevices": ["hostInterfaceName", "name"],
        "hooks": ["hookName", "path", "args", "env", "timeout"],
        "mounts": ["hostPath", "containerPath", "options", "type"],
        "intelRdt": [
            "closID", "l3CacheSchema", "memBwSchema", "schemata", "enableMonitoring", "enableCMT", "enableMBM",
        ],
    ]

    /// A field that is not known may be one that takes rights away: a file with one is refused, as everywhere.
    private static func refuseUnknownFields(_ json: [UInt8], version: String) throws(SpecificationError) {
        guard let tree = try? JSONDecoder().decode(FieldTree.self, from: Data(json)) else {  // decoded once already
            throw .unreadable("it is no JSON")
        }
        if let stranger = unknownField(tree, in: "") {
            throw .invalid("there is no field `\(stranger)`")
        }
    }

    private static func unknownField(_ tree: FieldTree, in place: String) -> String? {
        switch tree {
        case .value: return nil
        case .list(let elements): return elements.lazy.compactMap { unknownField($0, in: place) }.first
        case .object(let members):
            if place == "annotations" { return nil }
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                guard fields[place, default: []].contains(name) else {
                    return place.isEmpty ? name : "\(place).\(name)"
                }
                if let stranger = unknownField(value, in: name) { return stranger }
            }
            return nil
        }
    }
}

/// The names of a JSON document's fields, without their values.
private enum FieldTree: Decodable {
    case value
    case list([FieldTree])
    case object([String: FieldTree])

    init(from decoder: any Decoder) throws {
        if let members = try? decoder.singleValueContainer().decode([String: FieldTree].self) {  // the wrong shape
            self = .object(members)
        } else if let elements = try? decoder.singleValueContainer().decode([FieldTree].self) {  // the wrong shape
            self = .list(elements)
        } else {
            self = .value
        }
    }
}
