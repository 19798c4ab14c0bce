internal import BuildPlanning
internal import Diagnostics
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// A large file with its place in the image and the directories on the way.
struct PlannedLargeFile: Sendable {
    /// A directory on the way to the file, as the image will have it.
    struct Parent: Sendable {
        var path: String
        var user: UInt32
        var group: UInt32
        var mode: UInt32
    }

    var placed: PlacedFile
    /// The absolute path in the image, without links.
    var path: String
    var parents: [Parent]

    /// Everything of the layer besides content and times.
    ///
    /// A time is not part of the identity: a file that was only touched keeps the layer it has.
    var header: [String] {
        var header = parents.map { "\($0.path) \($0.user):\($0.group) \(String($0.mode, radix: 8))" }
        header.append("\(path) \(placed.user):\(placed.group) \(String(placed.mode, radix: 8))")
        for attribute in placed.file.attributes {
            header.append("\(attribute.name)=\(BlobDigest(hashing: attribute.value).hex)")
        }
        return header
    }
}

/// Decides where a large file goes and what its layer holds besides its content.
struct LargeFilePlanner {
    let view: ImageView
    let placement: CopyPlacement

    /// What the layer of a file holds.
    func layer(for placed: PlacedFile) throws -> PlannedLargeFile {
        let path = try realPath(of: placed)
        if try view.isDirectory(path) { throw CopyError.fileOverDirectory(path) }
        return PlannedLargeFile(placed: placed, path: path, parents: try parents(of: path))
    }

    /// Where a path really leads in the image, so that the layer can name it without links.
    private func realPath(of placed: PlacedFile) throws -> String {
        // A file in a copied directory replaces a link in its place; only the destination as written is followed.
        let resolved = try LinkResolution.resolve(placed.path, followsLast: placed.role == .destination) {
            try view.linkTarget($0)
        }
        guard let resolved else { throw CopyError.tooManyLinks(placed.path) }
        return resolved
    }

    /// The directories on the way with the owners and modes they will have.
    private func parents(of path: String) throws -> [PlannedLargeFile.Parent] {
        var result: [PlannedLargeFile.Parent] = []
        let parts = FileName.components(path).dropLast()
        for count in parts.indices {
            let place = "/" + parts[...count].joined(separator: "/")
            if let status = try view.status(place) {
                guard status.kind == .directory else { throw CopyError.directoryOverFile(place) }
                result.append(
                    .init(path: place, user: status.user, group: status.group, mode: status.permissions)
                )
            } else if let copied = placement.files.last(where: {
                $0.file.kind == .directory && $0.path.utf8.elementsEqual(place.utf8)
            }) {
                result.append(.init(path: place, user: copied.user, group: copied.group, mode: copied.mode))
            } else {
                let owner = placement.parentOwner
                result.append(.init(path: place, user: owner.user ?? 0, group: owner.group ?? 0, mode: 0o755))
            }
        }
        return result
    }
}
