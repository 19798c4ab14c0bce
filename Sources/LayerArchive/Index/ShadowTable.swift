/// Finds where a file's content is now that a later entry of the same stream has taken its name.
struct ShadowTable {
    private let shadows: [IndexShadow]

    init(_ shadows: [IndexShadow]) {
        self.shadows = shadows.sorted { $0.operation < $1.operation }
    }

    /// Whether nothing was replaced, as in nearly every layer.
    var isEmpty: Bool { shadows.isEmpty }

    /// The shadow that holds the file of an operation, and the name below it; nil when it is still in the tree.
    ///
    /// The first replacement of the name or of a directory above it, after the operation, took the file away.
    func location(of path: [UInt8], operation: UInt64) -> (number: UInt64, below: [UInt8])? {
        for shadow in shadows where shadow.operation > operation && path.starts(with: shadow.path) {
            let rest = path.dropFirst(shadow.path.count)
            if rest.isEmpty || shadow.path.isEmpty { return (shadow.number, Array(rest)) }
            if rest.first == UInt8(ascii: "/") { return (shadow.number, Array(rest.dropFirst())) }
        }
        return nil
    }
}
