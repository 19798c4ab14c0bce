internal import CLinux
internal import Glibc
internal import SystemPackage

/// Copies a directory tree with owners, modes, times, links, nodes and extended attributes.
public enum TreeCopy {
    /// Copies what is in `source`, and its own owner and mode, into the empty directory at `destination`.
    public static func copy(_ source: borrowing OwnedFD, into destination: String) throws {
        try copy(source, into: try BeneathPath(opening: destination))
    }

    /// Copies what is in `source`, and its own owner and mode, into an open, empty directory.
    public static func copy(_ source: borrowing OwnedFD, into target: borrowing BeneathPath) throws {
        var directories: [(path: String, status: FileStatus)] = []
        try DirectoryWalker.walk(source) { (entry) throws in
            let status = entry.status
            switch status.kind {
            case .directory:
                try target.makeDirectory(entry.path, mode: 0o700)
                directories.append((entry.path, status))
            case .regular: try copyFile(entry, status, to: target)
            case .symbolicLink: try target.makeSymbolicLink(entry.path, target: entry.linkTarget())
            case .characterDevice, .blockDevice, .fifo, .socket:
                let (major, minor) = status.majorMinor
                try target.makeNode(
                    entry.path,
                    mode: nodeKind(status.kind) | status.permissions,
                    major: major,
                    minor: minor
                )
            case .unknown: return .skip
            }
            try target.setOwner(entry.path, user: status.user, group: status.group)
            if status.kind != .directory {
                // After the owner, whose change clears set-id bits.
                if status.kind != .symbolicLink { try target.setMode(entry.path, status.permissions) }
                for attribute in try entry.attributes() where isKept(attribute.name) {
                    try target.setAttribute(entry.path, attribute.name, attribute.value)
                }
                try target.setTimes(entry.path, accessed: status.modified, modified: status.modified)
            }
            return .descend
        }
        // Directories last and inside out: filling them changed their times, and some may not be writable.
        for (path, status) in directories.reversed() {
            try target.setMode(path, status.permissions)
            try target.setTimes(path, accessed: status.modified, modified: status.modified)
        }
        let own = try FileStatus.of(source)
        let directory = try target.openDirectory(".")
        try check("set the owner of a copy") { fchown(directory.raw, own.user, own.group) }
        try check("set the mode of a copy") { fchmod(directory.raw, mode_t(own.permissions)) }
    }

    private static func copyFile(
        _ entry: borrowing DirectoryWalker.Entry,
        _ status: FileStatus,
        to target: borrowing BeneathPath
    ) throws {
        let input = try entry.open()
        let output = try target.createFile(entry.path, mode: 0o600)
        if try FileCopy.reflink(from: input, to: output) { return }
        if status.size == 0 { return }
        if try FileCopy.copyRange(from: input, at: 0, to: output, at: 0, count: status.size) != nil { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let (from, name) = (input.raw, entry.path)
        while true {
            let count = try check("read", name) { read(from, &buffer, buffer.count) }
            if count == 0 { return }
            try FileIO.writeAll(output, Array(buffer[..<count]), name: name)
        }
    }

    private static func nodeKind(_ kind: FileStatus.Kind) -> UInt32 {
        switch kind {
        case .characterDevice: S_IFCHR
        case .blockDevice: S_IFBLK
        case .socket: S_IFSOCK
        default: S_IFIFO
        }
    }

    /// Overlay's own marks mean something else outside of a layer.
    private static func isKept(_ name: String) -> Bool {
        !name.hasPrefix("trusted.overlay.") && !name.hasPrefix("user.overlay.")
    }
}
