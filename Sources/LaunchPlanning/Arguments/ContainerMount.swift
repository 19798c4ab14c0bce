/// A mount that a user asked for.
public struct ContainerMount: Codable, Hashable, Sendable {
    /// What is mounted.
    public enum Source: Codable, Hashable, Sendable {
        /// A directory or file of the host's.
        case bind(path: String, createIfMissing: Bool)
        /// A volume by name; an anonymous one when nil.
        case volume(name: String?)
        /// Memory, with the options of the filesystem.
        case tmpfs(options: [String])
    }

    /// What is mounted.
    public var source: Source
    /// Where, inside; absolute.
    public var destination: String
    /// Whether it cannot be written.
    public var isReadOnly: Bool
    /// The propagation, such as `rprivate`; the default when nil.
    public var propagation: String?
    /// Whether mounts below a bind mount's source are left out.
    public var isNonRecursive: Bool
    /// Whether a new volume keeps empty what the image has at its place.
    public var skipsCopy: Bool

    /// Makes a mount.
    public init(
        _ source: Source,
        destination: String,
        isReadOnly: Bool = false,
        propagation: String? = nil,
        isNonRecursive: Bool = false,
        skipsCopy: Bool = false
    ) {
        self.source = source
        self.destination = destination
        self.isReadOnly = isReadOnly
        self.propagation = propagation
        self.isNonRecursive = isNonRecursive
        self.skipsCopy = skipsCopy
    }

    static let propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]

    /// A path without `.`, empty parts and `..`, as an absolute path; nil when it is not absolute or is the root itself.
    static func cleanedDestination(_ text: some StringProtocol) -> String? {
        guard text.hasPrefix("/") else { return nil }
        var parts: [Substring] = []
        for part in String(text).split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.isEmpty ? nil : "/" + parts.joined(separator: "/")
    }

    /// Whether `text` may name a volume.
    public static func isVolumeName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, isNameByte(first), text.utf8.count <= 255 else { return false }
        return text.utf8.dropFirst().allSatisfy { isNameByte($0) || "_.-".utf8.contains($0) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
