/// An operating system and a processor architecture, in Go's names.
///
/// Source: OCI image-spec, image-index.md#platform-variants.
public struct Platform: Codable, Hashable, Sendable, CustomStringConvertible {
    /// The processor architecture, such as `amd64` or `arm64`.
    public var architecture: String
    /// The operating system, such as `linux`.
    public var os: String
    /// The variant of the architecture, such as `v8`.
    public var variant: String?
    /// The version of the operating system, used by Windows images.
    public var osVersion: String?
    /// What the operating system must be able to do, used by Windows images.
    public var osFeatures: [String]?

    private enum CodingKeys: String, CodingKey {
        case architecture
        case os
        case variant
        case osVersion = "os.version"
        case osFeatures = "os.features"
    }

    /// Makes a platform from its parts.
    public init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// Parses `os/architecture[/variant]`, or an architecture alone, which means Linux.
    ///
    /// The kernel's spellings are accepted.
    ///
    /// Returns nil for an empty part or more than three parts.
    public init?(_ text: String) {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        let (os, rest) = parts.count == 1 ? ("linux", parts) : (parts[0], Array(parts[1...]))
        let architecture = rest[0]
        let spellings = ["x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "armhf": "arm"]
        self.init(
            os: os,
            architecture: spellings[architecture] ?? architecture,
            variant: rest.count > 1 ? rest[1] : nil
        )
        // containerd normalises these: v8 says nothing for arm64, and 32-bit arm means v7.
        if self.architecture == "arm64", variant == "v8" { variant = nil }
        if self.architecture == "arm", variant == nil { variant = "v7" }
    }

    /// The platform that this program was compiled for.
    public static var host: Platform {
        #if arch(arm64)
        Platform(os: "linux", architecture: "arm64")
        #elseif arch(x86_64)
        Platform(os: "linux", architecture: "amd64")
        #else
        #error("llmbox supports x86-64 and arm64")
        #endif
    }

    /// Whether an image for `other` can be used where this platform is asked for.
    public func matches(_ other: Platform) -> Bool {
        guard os == other.os, architecture == other.architecture else { return false }
        let mine = architecture == "arm64" && variant == "v8" ? nil : variant
        let theirs = other.architecture == "arm64" && other.variant == "v8" ? nil : other.variant
        return mine == nil || theirs == nil || mine == theirs
    }

    /// The platform as `os/architecture[/variant]`.
    public var description: String {
        ([os, architecture] + (variant.map { [$0] } ?? [])).joined(separator: "/")
    }
}
