internal import Diagnostics
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import Storage
internal import SystemPackage

/// Finds which layer shows a file, by the rules of overlayfs: whiteouts, opaque directories, files that replace
/// directories.
struct LowerLookup {
    private let trees: [String]
    /// The layers that show something of a directory, the topmost first.
    ///
    /// By bytes: to Swift, texts in different Unicode forms are one.
    private var directories: [[UInt8]: [Int]] = [:]

    /// Looks into layers given lowest first.
    init(_ layers: [StoredLayer]) {
        trees = layers.map(\.tree.string)
        directories[[]] = Array(trees.indices.reversed())
    }

    /// The place of the layer whose regular file shows at a path below the root, and the file's attributes.
    mutating func file(_ path: String) throws -> (layer: Int, status: FileStatus)? {
        for layer in try layers(of: Self.parent(of: path)) {
            guard let status = try status(path, in: layer) else { continue }
            return status.kind == .regular ? (layer, status) : nil
        }
        return nil
    }

    private mutating func layers(of directory: String) throws -> [Int] {
        let key = FileName.bytes(directory)
        if let known = directories[key] { return known }
        var found: [Int] = []
        for layer in try layers(of: Self.parent(of: directory)) {
            guard let status = try status(directory, in: layer) else { continue }
            guard status.kind == .directory else { break }
            found.append(layer)
            let opened = try OwnedFD.open("\(trees[layer])/\(directory)", O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            if try ExtendedAttributes.get(WhiteoutForm.ofThisProcess.opaqueAttribute, of: opened) != nil { break }
        }
        directories[key] = found
        return found
    }

    /// What a layer itself has at a path, of which everything but the last component is known to be a directory there.
    private func status(_ path: String, in layer: Int) throws -> FileStatus? {
        do {
            return try BeneathPath(opening: trees[layer]).stat(path, followFinalLink: false)
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) { return nil }
            throw error
        }
    }

    private static func parent(of path: String) -> String {
        FileName.components(path).dropLast().joined(separator: "/")
    }
}
