internal import BuildPlanning
internal import LinuxKernel

/// Whose files a mount of a context shows, and how many there are.
struct ContextCrowd {
    /// A user and a group.
    struct Owner: Hashable {
        var user: UInt32
        var group: UInt32
    }

    /// How many files there are.
    private(set) var count = 0
    /// The bytes in them.
    private(set) var bytes: Int64 = 0
    private var owners: Set<Owner> = []

    /// Looks at what `operation` selects, and at the directories on the way, reading no contents.
    init(_ operation: CopyOperation, _ tree: SourceTree) throws {
        for source in operation.sources {
            guard case .path(let path) = source else { continue }
            let parts = ImagePath.components(path)
            for length in 0..<max(1, parts.count) {
                add(try tree.status(parts.prefix(length).joined(separator: "/"), followFinalLink: true))
            }
        }
        for selected in try FileSelector(tree: tree, operation: operation).select() {
            for file in selected.files {
                add(file.status)
                count += 1
                if file.kind == .regular { bytes += file.size }
            }
        }
    }

    private mutating func add(_ status: FileStatus?) {
        if let status { owners.insert(Owner(user: status.user, group: status.group)) }
    }

    /// An owner that is not root; nil when everything is root's.
    var foreigner: Owner? {
        owners.filter { $0.user != 0 || $0.group != 0 }.min { ($0.user, $0.group) < ($1.user, $1.group) }
    }

    /// Whether all of it has one owner.
    var isOne: Bool { owners.count == 1 }

    /// Whether a copy of it costs next to nothing.
    var isSmall: Bool { bytes <= Self.mostBytes && count <= Self.mostFiles }

    private static let mostBytes: Int64 = 64 << 20
    private static let mostFiles = 10_000
}
