/// A scope and its slice by their names in systemd: `slice:prefix:name`, as the specification's `cgroupsPath` has it.
public struct SystemdPlace: Equatable, Sendable {
    /// The slice, as `machine.slice`.
    public let slice: String
    /// The scope, as `libpod-1234.scope`.
    public let unit: String

    /// Reads a path; without one the container is in `system.slice`.
    public init(_ path: String?, id: String) throws(SystemdError) {
        let given = path ?? ""
        let parts =
            given.isEmpty
            ? ["", "llmbox", id]
            : given.split(separator: ":", omittingEmptySubsequences: false)
                .map(String.init)
        guard parts.count == 3, !parts[2].isEmpty, !given.contains("/") else {
            throw .malformedPath(given)
        }
        slice = parts[0].isEmpty ? "system.slice" : parts[0]
        unit = parts[1].isEmpty ? "\(parts[2]).scope" : "\(parts[1])-\(parts[2]).scope"
        guard slice.hasSuffix(".slice"), slice == "-.slice" || Self.isName(slice.dropLast(".slice".utf8.count)) else {
            throw .malformedPath(given)
        }
    }

    /// The directory of the scope below systemd's root: a slice `a-b.slice` lies in `a.slice`.
    public var path: String {
        guard slice != "-.slice" else { return "/\(unit)" }
        var path = ""
        var prefix = ""
        for part in slice.dropLast(".slice".utf8.count).split(separator: "-") {
            prefix += prefix.isEmpty ? "\(part)" : "-\(part)"
            path += "/\(prefix).slice"
        }
        return "\(path)/\(unit)"
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && !text.hasPrefix("-") && !text.hasSuffix("-") && !text.contains("--")
    }
}
