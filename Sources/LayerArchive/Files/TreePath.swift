/// Names inside a tree, taken apart.
enum TreePath {
    static let slash = UInt8(ascii: "/")
    static let dot: [UInt8] = [UInt8(ascii: ".")]
    static let dotDot: [UInt8] = [UInt8(ascii: "."), UInt8(ascii: ".")]

    /// The components of a name, without empty ones and single dots; nil when one of them climbs.
    static func components(_ path: some Collection<UInt8>) -> [[UInt8]]? {
        var components: [[UInt8]] = []
        for part in path.split(separator: slash) {
            let component = Array(part)
            if component == dot { continue }
            if component == dotDot { return nil }
            components.append(component)
        }
        return components
    }

    /// The name with single slashes between the components.
    static func joined(_ components: some Sequence<[UInt8]>) -> [UInt8] {
        Array(components.joined(separator: [slash]))
    }
}
