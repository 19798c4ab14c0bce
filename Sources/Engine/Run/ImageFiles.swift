internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Reads small files of an image without mounting it, where that can be done.
///
/// The layers are looked at one after the other, the topmost first. As soon as a link or anything else unusual is in the
/// way, an overlay of all layers, mounted nowhere, gives the answer instead.
struct ImageFiles {
    /// The layers' trees, topmost first.
    let trees: [String]

    /// The content of a file such as `etc/passwd`; empty when the image has none.
    ///
    /// - Throws: `EFBIG` for a file above `limit`, `EINVAL` for anything but a regular file.
    func read(_ path: String, limit: Int) throws -> [UInt8] {
        for tree in trees {
            let root = try BeneathPath(opening: tree)
            switch try Self.look(path, in: root) {
            case .here: return try root.readSmallFile(path, limit: limit)
            case .hidden: return []
            case .below: continue
            case .unclear: return try readMerged(path, limit: limit)
            }
        }
        return []
    }

    private enum Finding {
        case here
        case hidden
        case below
        case unclear
    }

    private static func look(_ path: String, in root: borrowing BeneathPath) throws -> Finding {
        do {
            let file = try root.open(path, O_PATH | O_NOFOLLOW, followLinks: false)
            switch try FileStatus.of(file).kind {
            case .regular: return .here
            // A whiteout.
            case .characterDevice: return .hidden
            default: return .unclear
            }
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { return .unclear }
        }
        // The file is not here; a parent may hide the layers below all the same.
        var parent = ""
        for component in path.split(separator: "/").dropLast() {
            parent += parent.isEmpty ? component : "/\(component)"
            do {
                let directory = try root.open(parent, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, followLinks: false)
                guard try FileStatus.of(directory).kind == .directory else { return .hidden }
                for name in ["trusted.overlay.opaque", "user.overlay.opaque"]
                where try ExtendedAttributes.get(name, of: directory) == Array("y".utf8) {
                    return .hidden
                }
            } catch {
                return error.errno == .noSuchFileOrDirectory ? .below : .unclear
            }
        }
        return .below
    }

    /// All layers as one tree, which is mounted nowhere; there must be a layer.
    func merged() throws -> BeneathPath { BeneathPath(root: try DetachedMount.readOnlyOverlay(lower: trees)) }

    private func readMerged(_ path: String, limit: Int) throws -> [UInt8] {
        let root = try merged()
        do {
            return try root.readSmallFile(path, limit: limit)
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) { return [] }
            throw error
        }
    }
}
