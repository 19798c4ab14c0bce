internal import BuildPlanning
internal import LinuxKernel

/// A selected file with its place, owner and mode in the image.
struct PlacedFile: Sendable {
    /// What a file is to the copy.
    enum Role: Sendable {
        /// The destination itself: a link there is followed, and a directory there keeps its metadata.
        case destination
        /// A directory on the way, which is made like its source unless it is there.
        case parent
        /// What is copied: it replaces a file or link in its place, and a directory takes over its metadata.
        case content
    }

    /// The absolute path in the image; links in it are not followed yet.
    var path: String
    /// What comes there.
    var file: SelectedFile
    /// The owner.
    var user: UInt32
    /// The group.
    var group: UInt32
    /// The permission bits.
    var mode: UInt32
    /// What it is to the copy.
    var role: Role
}

/// Where the files of a copy go.
struct CopyPlacement {
    /// The files in order; directories before what is in them.
    var files: [PlacedFile] = []
    /// Archives to unpack, and the directories they go into.
    var archives: [(file: SelectedFile, directory: String)] = []
    /// Who owns the directories that must be made on the way.
    var parentOwner = OwnerLookup.Owner(user: 0, group: 0)
    /// What `--chown` says.
    var owner: OwnerLookup.Owner?

    /// Places a selection.
    init(
        _ selection: [SelectedSource],
        _ operation: CopyOperation,
        keepsOwners: Bool,
        lookup: OwnerLookup,
        isDirectory: (String) throws -> Bool,
        isArchive: (SelectedFile) throws -> Bool
    ) throws {
        if let text = operation.owner {
            let owner = try lookup.owner(text)
            self.owner = owner
            parentOwner = OwnerLookup.Owner(user: owner.user ?? 0, group: owner.group ?? 0)
        }
        var change: ModeChange?
        if let text = operation.mode {
            guard let parsed = ModeChange(text) else { throw CopyError.badMode(text) }
            change = parsed
        }
        let destination = operation.destination
        let isInside = try operation.destinationIsDirectory || destination == "/" || isDirectory(destination)
        for source in selection {
            for file in source.files {
                var path = Self.join(destination, file.relativePath)
                if case .file(let name) = source.placement, isInside { path = Self.join(destination, name) }
                if case .file = source.placement, file.treePath != nil, file.kind == .regular, try isArchive(file) {
                    archives.append((file, ImagePath.cleaned(destination)))
                    continue
                }
                if source.placement == .contents, file.relativePath.isEmpty, file.kind == .directory {
                    // The contents are copied, not the directory: what they go into is made as any parent is.
                    files.append(
                        PlacedFile(
                            path: path,
                            file: file,
                            user: parentOwner.user ?? 0,
                            group: parentOwner.group ?? 0,
                            mode: 0o755,
                            role: .destination
                        )
                    )
                    continue
                }
                let owned = keepsOwners ? file.status : nil
                let mode =
                    file.kind == .symbolicLink
                    ? 0o777
                    : change?.applied(to: file.permissions, isDirectory: file.kind == .directory) ?? file.permissions
                files.append(
                    PlacedFile(
                        path: path,
                        file: file,
                        user: owner?.user ?? owned?.user ?? 0,
                        group: owner?.group ?? owned?.group ?? 0,
                        mode: mode,
                        role: file.isParent ? .parent : isFile(source.placement) && !isInside ? .destination : .content
                    )
                )
            }
        }
    }

    private func isFile(_ placement: SelectedSource.Placement) -> Bool {
        if case .file = placement { true } else { false }
    }

    private static func join(_ directory: String, _ name: String) -> String {
        name.isEmpty ? ImagePath.cleaned(directory) : ImagePath.cleaned(directory + "/" + name)
    }
}
