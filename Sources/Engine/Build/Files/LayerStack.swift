internal import OCIModel
internal import Storage
internal import SystemPackage

/// The order in which overlayfs takes layers.
enum LayerStack {
    /// The layers' trees, the topmost first, each once.
    ///
    /// Overlayfs refuses a directory that is given twice (ELOOP), and images do have a layer twice, the empty one above
    /// all. Only the topmost counts: whatever a lower one shows or hides, the same layer above shows or hides too.
    static func directories(of layers: [StoredLayer]) -> [String] {
        var seen: Set<String> = []
        return layers.reversed().map(\.tree.string).filter { seen.insert($0).inserted }
    }

    /// The layer whose tree a lower directory is: `<root>/layers/<diff ID>/tree`; nil for anything else.
    static func diffID(ofTree path: String) -> BlobDigest? {
        FilePath(path).components.dropLast().last.flatMap { try? BlobDigest(hex: $0.string) }
    }
}
