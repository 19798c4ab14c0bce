extension LaunchPlan {
    /// The number of the encoding; a plan of another number is refused.
    public static let formatVersion: UInt16 = 3

    /// The longest encoding that is read.
    public static let maximumSize = 16 << 20

    private static let magic: [UInt8] = Array("LLBP".utf8)

    /// Encodes the plan; equal plans give equal bytes.
    public func encode() -> [UInt8] {
        var writer = WireWriter()
        for byte in Self.magic { writer.put(byte) }
        writer.put(Self.formatVersion)
        writer.put(namespaces.rawValue)
        writer.put(operations) { $0.put($1) }
        writer.put(command.arguments) { $0.put($1) }
        writer.put(command.environment) { $0.put($1) }
        writer.put(command.supervised)
        writer.put(command.inheritedFiles)
        return writer.bytes
    }

    /// Decodes what ``encode()`` has written, and nothing else.
    public static func decode(_ bytes: [UInt8]) throws(WireError) -> LaunchPlan {
        guard bytes.count <= maximumSize else { throw .tooLarge }
        var reader = WireReader(bytes)
        for byte in magic {
            guard try reader.number(UInt8.self) == byte else { throw .notAPlan }
        }
        let version = try reader.number(UInt16.self)
        guard version == formatVersion else { throw .otherVersion(version) }
        let namespaces = NamespaceSet(rawValue: try reader.number())
        guard namespaces.isSubset(of: .all) else { throw .malformed("set of namespaces") }
        var plan = LaunchPlan(
            namespaces: namespaces,
            operations: try reader.list { (reader) throws(WireError) in try reader.operation() },
            command: LaunchCommand(
                arguments: try reader.list { (reader) throws(WireError) in try reader.text() },
                environment: try reader.list { (reader) throws(WireError) in try reader.text() },
                supervised: try reader.flag()
            )
        )
        plan.command.inheritedFiles = try reader.number()
        guard reader.isAtEnd else { throw .trailingBytes }
        return plan
    }
}
