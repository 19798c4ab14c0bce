internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Copies a file or a tree from beneath one root to beneath another, by docker's rules for `cp`.
///
/// The source is walked by descriptors and never through a link; what is made at the destination is made by its parent's
/// descriptor, and what is in the way is removed rather than opened.
struct TreeTransfer {
    var options: CopyOptions
    /// Whether the destination is the host: no devices and pipes appear there, and no file gets another's rights.
    var isToHost: Bool
    /// What the ids of the source's container are on the disk, where they are others.
    private let sourceShift: IDShift?
    /// The same of the destination's.
    private let targetShift: IDShift?
    private(set) var outcome = CopyOutcome()
    private var linked: [LinkKey: String] = [:]
    private var directories: [(path: String, status: FileStatus)] = []

    private struct LinkKey: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    init(_ options: CopyOptions, isToHost: Bool, from sourceShift: IDShift? = nil, to targetShift: IDShift? = nil) {
        self.options = options
        self.isToHost = isToHost
        self.sourceShift = sourceShift
        self.targetShift = targetShift
    }

    /// Copies.
    mutating func copy(
        _ from: CopyPath,
        in source: borrowing BeneathPath,
        to: CopyPath,
        in target: borrowing BeneathPath
    ) throws {
        let follows = options.followsLink || from.meansDirectory
        let status: FileStatus
        do {
            status = try source.stat(from.text, followFinalLink: follows)
        } catch {
            throw CopyFailure.cannotRead(from.text, error)
        }
        if from.meansDirectory, status.kind != .directory { throw CopyFailure.notADirectory(from.text) }
        let place = try Self.destination(of: from, status, to: to, in: target)
        guard status.kind == .directory else {
            let holder = try source.openParent(from.text)
            if status.kind == .symbolicLink {
                let text = try FileIO.readLink(holder.name, in: holder.directory)
                try makeLink(text, status, place, in: target)
            } else if status.kind == .regular {
                let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (follows ? 0 : O_NOFOLLOW)
                try makeFile(try source.open(from.text, flags), status, place, in: target)
            } else {
                try makeNode(status, place, in: target)
            }
            return
        }
        let top = try source.openDirectory(from.text)
        if try !isDirectory(place, in: target) { try makeDirectory(status, place, in: target) }
        // Not `walk` with a closure that changes this value twice: one copy of it goes round.
        var work = self
        let boundary = CopyBoundary(of: from, device: try FileStatus.of(top).device)
        try DirectoryWalker.walk(top) { (entry) throws in
            try work.place(entry, at: place + "/" + entry.path, in: target)
            return try boundary.hides(entry) ? .skip : .descend
        }
        self = work
        try finishDirectories(in: target)
    }

    /// Where the source comes to lie.
    private static func destination(
        of from: CopyPath,
        _ status: FileStatus,
        to: CopyPath,
        in target: borrowing BeneathPath
    ) throws -> String {
        let to = try throughLinks(to, in: target)
        let existing: FileStatus?
        do {
            existing = try target.stat(to.text)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw CopyFailure.cannotWrite(to.text, error) }
            existing = nil
        }
        if let existing {
            guard existing.kind == .directory else {
                if status.kind == .directory { throw CopyFailure.directoryOntoFile(to.text) }
                if to.meansDirectory { throw CopyFailure.notADirectory(to.text) }
                return to.text
            }
            return status.kind == .directory && from.meansContents ? to.text : to.appending(from.name)
        }
        if status.kind != .directory, to.meansDirectory { throw CopyFailure.directoryMissing(to.text) }
        let parent = try? target.stat(to.parent)
        guard parent?.kind == .directory else { throw CopyFailure.directoryMissing(to.parent) }
        return to.text
    }

    /// What a link at the destination leads to, which is written instead of the link, as docker does.
    private static func throughLinks(_ path: CopyPath, in target: borrowing BeneathPath) throws -> CopyPath {
        var path = path
        // As many as the kernel follows.
        for _ in 0..<40 {
            guard !path.meansDirectory, let status = try? target.stat(path.text, followFinalLink: false),
                status.kind == .symbolicLink
            else { return path }
            let link = try target.readLink(path.text)
            path = CopyPath(text: link.hasPrefix("/") ? link : path.parent + "/" + link)
        }
        throw CopyFailure.cannotWrite(
            path.text,
            SyscallError("follow link", path.text, errno: .tooManySymbolicLinkLevels)
        )
    }

    private mutating func place(
        _ entry: borrowing DirectoryWalker.Entry,
        at path: String,
        in target: borrowing BeneathPath
    ) throws {
        let status = entry.status
        switch status.kind {
        case .directory:
            if try !isDirectory(path, in: target) {
                try makeDirectory(status, path, in: target)
            }
        case .symbolicLink: try makeLink(entry.linkTarget(), status, path, in: target)
        case .regular:
            let key = LinkKey(device: status.device, inode: status.inode)
            if status.links > 1, let first = linked[key] {
                try clear(path, in: target)
                try target.makeHardLink(path, to: first)
                return
            }
            try makeFile(try entry.open(), status, path, in: target)
            if status.links > 1 { linked[key] = path }
        default: try makeNode(status, path, in: target)
        }
    }

    private mutating func makeDirectory(
        _ status: FileStatus,
        _ path: String,
        in target: borrowing BeneathPath
    ) throws {
        try target.makeDirectory(path, mode: status.permissions | 0o700)
        try target.setOwner(path, user: owner(status).user, group: owner(status).group)
        directories.append((path, status))
    }

    /// Last and inside out: filling directories changed their times, and some may not be writable.
    private mutating func finishDirectories(in target: borrowing BeneathPath) throws {
        for (path, status) in directories.reversed() {
            try target.setMode(path, permissions(status))
            try target.setTimes(path, accessed: status.modified, modified: status.modified)
        }
        directories = []
    }

    private mutating func makeLink(
        _ text: String,
        _ status: FileStatus,
        _ path: String,
        in target: borrowing BeneathPath
    ) throws {
        try clear(path, in: target)
        try target.makeSymbolicLink(path, target: text)
        try target.setOwner(path, user: owner(status).user, group: owner(status).group)
        try target.setTimes(path, accessed: status.modified, modified: status.modified)
    }

    private mutating func makeFile(
        _ input: borrowing OwnedFD,
        _ status: FileStatus,
        _ path: String,
        in target: borrowing BeneathPath
    ) throws {
        try clear(path, in: target)
        let output = try target.createFile(path, mode: 0o600)
        var inside: Int64 = 0
        if status.allocated > 0, status.allocated < status.size {
            // Only such a file has holes: those of `/proc` and `/sys` have no blocks, and no size that counts.
            try FileCopy.content(from: input, to: output, size: status.size, name: path)
            inside = status.size
        } else {
            inside = try FileCopy.copyRange(from: input, at: 0, to: output, at: 0, count: status.size) ?? 0
        }
        outcome.bytes += inside
        // What the kernel did not copy, and files of `/proc` and `/sys`, which have no size, are read to their end.
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        let (from, to) = (input.raw, output.raw)
        lseek(from, off_t(inside), SEEK_SET)
        lseek(to, off_t(inside), SEEK_SET)
        while true {
            let count = try check("read", path) { read(from, &buffer, buffer.count) }
            if count == 0 { break }
            try FileIO.writeAll(output, Array(buffer[..<count]), name: path)
            outcome.bytes += Int64(count)
        }
        // By the file itself: its name may mean another one by now.
        let own = owner(status)
        try check("set the owner of", path) { fchown(to, own.user, own.group) }
        try check("set the mode of", path) { fchmod(to, mode_t(permissions(status))) }
        if options.keepsOwners || !isToHost {
            for attribute in try ExtendedAttributes.all(of: input) where !attribute.name.contains(".overlay.") {
                try ExtendedAttributes.set(attribute.name, attribute.value, of: output)
            }
        }
        let time = timespec(tv_sec: Int(status.modified.seconds), tv_nsec: Int(status.modified.nanoseconds))
        try check("set the times of", path) { futimens(to, [time, time]) }
    }

    private mutating func makeNode(_ status: FileStatus, _ path: String, in target: borrowing BeneathPath) throws {
        guard !isToHost, status.kind != .socket, status.kind != .unknown else {
            outcome.skipped.append(path)
            return
        }
        try clear(path, in: target)
        let kind: UInt32 =
            switch status.kind {
            case .characterDevice: S_IFCHR
            case .blockDevice: S_IFBLK
            default: S_IFIFO
            }
        let (major, minor) = status.majorMinor
        try target.makeNode(path, mode: kind | status.permissions, major: major, minor: minor)
        try target.setOwner(path, user: owner(status).user, group: owner(status).group)
    }

    /// Whether a directory is there to be filled; anything else in its place is an error.
    private func isDirectory(_ path: String, in target: borrowing BeneathPath) throws -> Bool {
        do {
            guard try target.stat(path).kind == .directory else { throw CopyFailure.directoryOntoFile(path) }
            return true
        } catch let error as SyscallError where error.errno == .noSuchFileOrDirectory {
            return false
        }
    }

    /// Removes what is in the way of something that is no directory.
    private func clear(_ path: String, in target: borrowing BeneathPath) throws {
        do {
            if try target.stat(path, followFinalLink: false).kind == .directory {
                throw CopyFailure.fileOntoDirectory(path)
            }
            try target.unlink(path)
        } catch let error as SyscallError {
            if error.errno == .noSuchFileOrDirectory { return }
            throw CopyFailure.cannotWrite(path, error)
        }
    }

    private func owner(_ status: FileStatus) -> (user: UInt32, group: UInt32) {
        if isToHost, !options.keepsOwners { return (geteuid(), getegid()) }
        let own = sourceShift?.inside(user: status.user, group: status.group) ?? (status.user, status.group)
        let (user, group) = options.keepsOwners ? own : (0, 0)
        return targetShift?.outside(user: user, group: group) ?? (user, group)
    }

    /// A program that runs as its owner must not come to run as somebody else, on the host least of all.
    private func permissions(_ status: FileStatus) -> UInt32 {
        options.keepsOwners || !isToHost ? status.permissions : status.permissions & 0o1777
    }
}
