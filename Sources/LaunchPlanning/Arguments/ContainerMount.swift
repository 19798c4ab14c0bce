/// A mount that a user asked for.
public struct ContainerMount: Hashable, Sendable {
    /// What is mounted.
    public enum Source: Hashable, Sendable {
        /// A directory or file of the host's.
        case bind(path: String, createIfMissing: Bool)
        /// A volume by name; an anonymous one when nil.
        case volume(name: String?)
        /// Memory, with the options of the filesystem.
        case tmpfs(options: [String])
        /// The files of an image.
        case image(String)
    }

    /// For whom a mount is labelled on machines with SELinux.
    public enum Label: Hashable, Sendable {
        /// All containers.
        case shared
        /// This container.
        case own
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
    /// A path below a volume or an image that is mounted in place of the whole.
    public var subpath: String?
    /// Whether everything in it is given to the container's user first.
    public var takesOwnership = false
    /// Whom SELinux is told to let in; nobody is told anything when nil.
    public var label: Label?
    /// Further attributes of the mount, such as `noexec`.
    public var attributes: [String] = []
    /// Labels of the volume, where it has to be made.
    public var volumeLabels: [String] = []
    /// Options of the volume's driver, where it has to be made.
    public var volumeOptions: [String] = []

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

    static let propagations: Set<String> = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]
    /// What docker takes for the sake of other systems, and what says nothing here.
    static let consistencies: Set<String> = ["consistent", "cached", "delegated", "default"]

    /// A path without `.`, empty parts and `..`, as an absolute path; nil when it is not absolute or is the root itself.
    static func cleanedDestination(_ text: some StringProtocol) -> String? {
        guard text.hasPrefix("/") else { return nil }
        var parts: [Substring] = []
        for part in String(text).split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.isEmpty ? nil : "/" + parts.joined(separator: "/")
    }

    /// A path below something, which must neither be absolute nor lead out by its own words.
    static func isSubpath(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix("/") && !text.split(separator: "/").contains("..")
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
