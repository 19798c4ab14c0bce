internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A path that a container has changed.
public struct FileChange: Equatable, Sendable {
    /// What became of it, with docker's letters.
    public enum Kind: String, Sendable {
        /// It is new.
        case added = "A"
        /// It is not what it was.
        case changed = "C"
        /// It is gone.
        case deleted = "D"
    }

    /// What became of it.
    public var kind: Kind
    /// The path inside the container.
    public var path: String
}

extension ContainerService {
    /// What a container has changed of its image's files, in the order of the paths.
    ///
    /// Volumes and other mounts are not looked into, and the empty files and directories that mounts needed are left out.
    public func changes(of reference: String) throws -> [FileChange] {
        let directory = try find(reference)
        let record = try directory.record()
        let mounted =
            ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", Self.mark]
            + record.mounts.map(\.destination)
        let comparison = TreeComparison(lower: record.lowerDirectories, mounted: Set(mounted))
        return try comparison.changes(in: directory.upperPath).sorted {
            $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
        }
    }
}

/// Compares a container's own files with the layers below, by the rules of overlayfs.
private struct TreeComparison {
    let lower: [String]
    let mounted: Set<String>

    func changes(in upper: String) throws -> [FileChange] {
        var found: [FileChange] = []
        _ = try compare(try OwnedFD.open(upper, O_RDONLY | O_DIRECTORY), "", lower, &found)
        return found
    }

    /// Compares one directory with those that show through it; whether anything but stubs of mounts is in it.
    private func compare(
        _ directory: borrowing OwnedFD,
        _ path: String,
        _ below: [String],
        _ found: inout [FileChange]
    ) throws -> Contents {
        var contents = Contents()
        let isOpaque = try ExtendedAttributes.get("trusted.overlay.opaque", of: directory) != nil
        let names = try DirectoryWalker.names(in: directory)
        if isOpaque {
            // Everything below is hidden; what is not here again is gone.
            for name in try Set(below.flatMap { try Self.names($0, path) }).subtracting(names) {
                found.append(FileChange(kind: .deleted, path: "\(path)/\(name)"))
                contents.hasChanges = true
            }
        }
        for name in names {
            let place = "\(path)/\(name)"
            let status = try FileStatus.of(name: name, in: directory)
            let old = try visible(place, below)
            if status.kind == .characterDevice, status.deviceNumber == 0 {
                if old != nil { found.append(FileChange(kind: .deleted, path: place)) }
                contents.hasChanges = true
                continue
            }
            guard status.kind == .directory else {
                if mounted.contains(place), status.kind == .regular, status.size == 0, old == nil {
                    contents.hasStubs = true
                    continue
                }
                found.append(FileChange(kind: old == nil ? .added : .changed, path: place))
                contents.hasChanges = true
                continue
            }
            let descriptor = directory.raw
            let child = OwnedFD(
                adopting: FileName.withCString(name) {
                    openat(descriptor, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                }
            )
            guard child.raw >= 0 else { continue }  // it went while we looked
            let inside = try compare(child, place, old?.kind == .directory ? below : [], &found)
            if old == nil, !inside.hasChanges, inside.hasStubs || mounted.contains(place) {
                contents.hasStubs = true
            } else if let old, old.kind == .directory, !inside.hasChanges, Self.isUntouched(status, old, inside) {
                contents.hasStubs = contents.hasStubs || inside.hasStubs
            } else {
                found.append(FileChange(kind: old == nil ? .added : .changed, path: place))
                contents.hasChanges = true
            }
        }
        return contents
    }

    private struct Contents {
        var hasChanges = false
        var hasStubs = false
    }

    /// Whether a directory came into the upper layer only because a mount needed something in it.
    private static func isUntouched(_ new: FileStatus, _ old: FileStatus, _ inside: Contents) -> Bool {
        (new.permissions, new.user, new.group) == (old.permissions, old.user, old.group)
            && (inside.hasStubs || new.modified == old.modified)
    }

    /// What the layers show at a path, whose parent is a directory that shows through.
    private func visible(_ path: String, _ below: [String]) throws -> FileStatus? {
        for tree in below {
            let root = try BeneathPath(opening: tree)
            do {
                let status = try root.stat(path, followFinalLink: false)
                return status.kind == .characterDevice && status.deviceNumber == 0 ? nil : status
            } catch {
                guard error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory else { throw error }
            }
            if Self.hidesBelow(root, path) { return nil }
        }
        return nil
    }

    /// Whether a layer has, on the way to a path, a whiteout, a file or a directory that shows nothing from below.
    private static func hidesBelow(_ root: borrowing BeneathPath, _ path: String) -> Bool {
        var prefix = ""
        for component in path.split(separator: "/").dropLast() {
            prefix += "/\(component)"
            guard let file = try? root.open(prefix, O_PATH | O_NOFOLLOW), let status = try? FileStatus.of(file) else {
                return false
            }
            if status.kind != .directory { return true }
            if let directory = try? root.openDirectory(prefix),
                let mark = try? ExtendedAttributes.get("trusted.overlay.opaque", of: directory), !mark.isEmpty
            {
                return true
            }
        }
        return false
    }

    private static func names(_ tree: String, _ path: String) throws -> [String] {
        guard let directory = try? BeneathPath(opening: tree).openDirectory(path) else { return [] }
        return try DirectoryWalker.names(in: directory)
    }
}
