internal import BuildPlanning
internal import DeviceInterface
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import SystemPackage

/// The empty files and directories that had to be made to mount on, which must not get into the layer.
struct MountStubs {
    /// Absolute paths that the image did not have, innermost last.
    private var paths: [String] = []
    /// Directories of the image in which something had to be made.
    private var parents: Set<String> = []

    /// Looks which of the targets the image lacks; call it before the step runs.
    init(_ targets: [String], view: ImageView) {
        for target in targets {
            var place = ""
            for part in ImagePath.components(target) {
                let parent = place.isEmpty ? "/" : place
                place += "/" + part
                // Paths below /dev, /proc and /sys lie in mounts of their own.
                if ["/dev", "/proc", "/sys"].contains(parent) { break }
                guard (try? view.status(place)) ?? nil == nil else { continue }
                if !paths.contains(place) {
                    paths.append(place)
                    if !paths.contains(parent) { parents.insert(parent) }
                }
            }
        }
    }

    /// Removes what is still as it was made: an empty file, an empty directory.
    func remove(from upper: String, view: ImageView) throws {
        let root = try BeneathPath(opening: upper)
        for path in paths.reversed() {
            guard let status = Self.status(path, root) else { continue }
            if status.kind == .regular, status.size == 0 {
                try root.unlink(path)
            } else if status.kind == .directory {
                try Self.removeIfEmpty(path, root)
            }
        }
        // A directory was copied up only to hold the stub: without it nothing is different, and its old time shows again.
        for parent in parents.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            try Self.removeCopies(parent, root, view)
        }
    }

    /// Removes links that were made for devices, where the step has left them as they were.
    static func removeLinks(_ links: [DeviceEdits.Link], from upper: String) throws {
        let root = try BeneathPath(opening: upper)
        for link in links {
            guard let text = try? root.readLink(link.path), text == link.target else { continue }  // the step's own
            try root.unlink(link.path)
        }
    }

    private static func removeCopies(_ path: String, _ root: borrowing BeneathPath, _ view: ImageView) throws {
        var parts = ImagePath.components(path)
        while !parts.isEmpty {
            let place = "/" + parts.joined(separator: "/")
            guard let now = status(place, root), now.kind == .directory, let before = try view.status(place),
                before.permissions == now.permissions, before.user == now.user, before.group == now.group,
                try ExtendedAttributes.get(WhiteoutForm.ofThisProcess.opaqueAttribute, of: root.open(place, O_PATH))
                    == nil,
                try removeIfEmpty(place, root)
            else { return }
            parts.removeLast()
        }
    }

    /// What is at a path of the upper directory, in which links are never followed.
    private static func status(_ path: String, _ root: borrowing BeneathPath) -> FileStatus? {
        do {
            return try FileStatus.of(root.open(path, O_PATH | O_NOFOLLOW, followLinks: false))
        } catch {
            return nil
        }
    }

    @discardableResult
    private static func removeIfEmpty(_ path: String, _ root: borrowing BeneathPath) throws -> Bool {
        do {
            try root.removeDirectory(path)
            return true
        } catch {
            guard error.errno == .directoryNotEmpty else { throw error }
            return false
        }
    }
}
