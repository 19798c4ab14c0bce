/// The value of `--device`.
public struct DeviceArgument: Codable, Hashable, Sendable {
    /// The node on the host.
    public var hostPath: String
    /// The node inside.
    public var containerPath: String
    /// A text of `r`, `w` and `m`.
    public var access: String

    /// Reads `host path[:container path][:access]`.
    public static func parse(_ text: String) throws(ArgumentError) -> DeviceArgument {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), parts[0].hasPrefix("/") else {
            throw .invalid(
                option: "--device",
                value: text,
                why: "it is `path[:path inside][:rwm]`, with absolute paths"
            )
        }
        var inside = parts[0]
        var access = "rwm"
        if parts.count == 3 {
            (inside, access) = (parts[1], parts[2])
        } else if parts.count == 2 {
            if isAccess(parts[1]) { access = parts[1] } else { inside = parts[1] }
        }
        guard let destination = ContainerMount.cleanedDestination(inside), isAccess(access) else {
            throw .invalid(
                option: "--device",
                value: text,
                why: "it is `path[:path inside][:rwm]`, with absolute paths"
            )
        }
        return DeviceArgument(hostPath: parts[0], containerPath: destination, access: access)
    }

    private static func isAccess(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { "rwm".contains($0) } && Set(text).count == text.count
    }
}
