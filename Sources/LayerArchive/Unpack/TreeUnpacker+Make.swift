internal import Glibc
internal import LinuxKernel
internal import SystemPackage

extension TreeUnpacker {
    /// Makes an entry that is no whiteout, in its parent directory.
    func make<Source>(
        _ member: TarMember,
        from reader: TarReader<Source>,
        in parent: OpenFile,
        name: [UInt8],
        path: [UInt8]
    ) throws {
        let entry = member.entry
        if options.skipsSpecialFiles, [.characterDevice, .blockDevice, .fifo].contains(entry.kind) { return }
        if entry.kind == .hardLink { return try makeHardLink(entry, in: parent, name: name, path: path) }
        var wasWhiteout = false
        if let status = parent.status(of: name) {
            if entry.kind == .directory, status.st_mode & S_IFMT == S_IFDIR {
                return try finishDirectory(entry, path: path, in: parent, name: name)
            }
            wasWhiteout = isWhiteout(status)
            try clear(name, in: parent, path: path, status: status)
        }
        switch entry.kind {
        case .file:
            return try makeFile(member, from: reader, in: parent, name: name, path: path)
        case .directory:
            try check(withCString(name) { mkdirat(parent.descriptor, $0, 0o700) }, "create", path)
            if wasWhiteout { try makeOpaque(name, in: parent, path: path) }
            return try finishDirectory(entry, path: path, in: parent, name: name)
        case .symbolicLink:
            let status = withCString(name) { name in
                withCString(entry.linkTarget) { symlinkat($0, parent.descriptor, name) }
            }
            try check(status, "create the symbolic link", path)
        case .characterDevice, .blockDevice, .fifo:
            guard try makeNode(entry, in: parent, name: name, path: path) else { return }
        case .hardLink: return
        }
        try finish(entry, in: parent, name: name, path: path)
    }

    /// Gives a directory its attributes; its times come last of all, when everything in it is there.
    func finishDirectory(_ entry: TarEntry, path: [UInt8], in parent: OpenFile, name: [UInt8]) throws {
        try setOwnerAndMode(entry, in: parent, name: name, path: path)
        try setAttributes(entry, in: parent, name: name, path: path)
        remember(entry.timespec, of: path)
    }

    private func makeFile<Source>(
        _ member: TarMember,
        from reader: TarReader<Source>,
        in parent: OpenFile,
        name: [UInt8],
        path: [UInt8]
    ) throws {
        try account(member.entry.size)
        // The length of a sparse file says nothing about how much of it is there: it enters the index afterwards.
        if member.storedSize > 0, member.sparseMap == nil { try contentBegins?(path, member) }
        let file: OpenFile
        if let map = member.sparseMap {
            file = try create(name, in: parent, path: path)
            try writeSparse(map, from: reader, to: file, path: path)
            if member.storedSize > 0 { try contentBegins?(path, member) }
        } else if let donation = options.donor?.donation(at: reader.position, upTo: member.storedSize),
            let adopted = donation.adopt(as: name, in: parent)
        {
            file = adopted
            try writeRest(behind: donation.length, from: reader, to: file, path: path)
        } else {
            file = try create(name, in: parent, path: path)
            try writeRest(behind: 0, from: reader, to: file, path: path)
        }
        let owner = owner(of: member.entry)
        try checkOwner(fchown(file.descriptor, owner.userID, owner.groupID), owner, path)
        // After the owner: changing it clears setuid and setgid.
        try check(fchmod(file.descriptor, mode(of: member.entry)), "set the mode of", path)
        try setAttributes(member.entry, in: parent, name: name, path: path)
        var times = [member.entry.timespec, member.entry.timespec]
        try check(futimens(file.descriptor, &times), "set the times of", path)
    }

    private func create(_ name: [UInt8], in parent: OpenFile, path: [UInt8]) throws -> OpenFile {
        guard let file = parent.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600) else {
            throw ArchiveError.last("create", displayName(path))
        }
        return file
    }

    /// Reads a file's content, of which the first `known` bytes are in the file already.
    private func writeRest<Source>(
        behind known: UInt64,
        from reader: TarReader<Source>,
        to file: OpenFile,
        path: [UInt8]
    ) throws {
        var writer = HoleWriter(file.descriptor, at: Int(known), name: displayName(path))
        var skipped = known
        try reader.readContent { bytes in
            let skip = Int(min(skipped, UInt64(bytes.count)))
            skipped -= UInt64(skip)
            try options.room?.note(bytes.count - skip)
            try writer.write(UnsafeRawBufferPointer(rebasing: bytes[skip...]))
        }
        try writer.finish()
    }

    private func writeSparse<Source>(
        _ map: SparseMap,
        from reader: TarReader<Source>,
        to file: OpenFile,
        path: [UInt8]
    ) throws {
        try check(ftruncate(file.descriptor, Int(map.realSize)), "set the size of", path)
        var segments = map.segments[...]
        try reader.readContent { bytes in
            try options.room?.note(bytes.count)
            var rest = bytes
            while let segment = segments.first, let base = rest.baseAddress, rest.count > 0 {
                let count = Int(min(segment.length, UInt64(rest.count)))
                let written = retrying { pwrite(file.descriptor, base, count, Int(segment.offset)) }
                guard written >= 0 else { throw ArchiveError.last("write", displayName(path)) }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                segments.removeFirst()
                if UInt64(written) < segment.length {
                    let left = SparseMap.Segment(
                        offset: segment.offset + UInt64(written),
                        length: segment.length - UInt64(written)
                    )
                    segments = [left] + segments
                }
            }
        }
    }

    private func makeHardLink(_ entry: TarEntry, in parent: OpenFile, name: [UInt8], path: [UInt8]) throws {
        func refused(_ reason: String) -> ArchiveError {
            .refusedEntry(name: displayName(entry.path), reason: reason)
        }
        guard let target = TreePath.components(entry.linkTarget), let targetName = target.last else {
            throw refused("its link target `\(displayName(entry.linkTarget))` climbs or is empty")
        }
        // The final component is never followed: a link to a symbolic link links the link itself.
        let targetParent = try resolve(Array(target.dropLast()), creating: false)
        guard let status = targetParent.directory.status(of: targetName) else {
            throw refused("its link target `\(displayName(entry.linkTarget))` is not in the archive")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw refused("its link target is a directory") }
        if let existing = parent.status(of: name) {
            if existing.st_ino == status.st_ino, existing.st_dev == status.st_dev { return }
            try clear(name, in: parent, path: path, status: existing)
        }
        let linked = withCString(targetName) { from in
            withCString(name) { linkat(targetParent.directory.descriptor, from, parent.descriptor, $0, 0) }
        }
        // Clearing a directory may have taken the target away with it.
        try check(linked, "create the hard link", path)
    }

    /// Makes a device or pipe; it is never opened.
    ///
    /// - Returns: Whether it exists now: without privileges devices are left out, as nobody could use them anyway.
    private func makeNode(_ entry: TarEntry, in parent: OpenFile, name: [UInt8], path: [UInt8]) throws -> Bool {
        let type: mode_t =
            switch entry.kind {
            case .characterDevice: S_IFCHR
            case .blockDevice: S_IFBLK
            default: S_IFIFO
            }
        let device = DeviceNumber.make(major: entry.deviceMajor, minor: entry.deviceMinor)
        let status = withCString(name) { mknodat(parent.descriptor, $0, type | 0o600, device) }
        if status != 0, errno == EPERM, entry.kind != .fifo, geteuid() != 0 || UserNamespace.isOwn { return false }
        try check(status, "create the node", path)
        return true
    }

    /// Sets everything on a link, device or pipe without following or opening it.
    private func finish(_ entry: TarEntry, in parent: OpenFile, name: [UInt8], path: [UInt8]) throws {
        try setOwnerAndMode(entry, in: parent, name: name, path: path)
        try setAttributes(entry, in: parent, name: name, path: path)
        var times = [entry.timespec, entry.timespec]
        let status = withCString(name) { utimensat(parent.descriptor, $0, &times, AT_SYMLINK_NOFOLLOW) }
        try check(status, "set the times of", path)
    }

    private func setOwnerAndMode(_ entry: TarEntry, in parent: OpenFile, name: [UInt8], path: [UInt8]) throws {
        let owner = owner(of: entry)
        let status = withCString(name) {
            fchownat(parent.descriptor, $0, owner.userID, owner.groupID, AT_SYMLINK_NOFOLLOW)
        }
        try checkOwner(status, owner, path)
        guard entry.kind != .symbolicLink else { return }
        // Nobody else writes to this tree, and the name was made or seen to be a directory just before.
        try check(withCString(name) { fchmodat(parent.descriptor, $0, mode(of: entry), 0) }, "set the mode of", path)
    }

    private func setAttributes(_ entry: TarEntry, in parent: OpenFile, name: [UInt8], path: [UInt8]) throws {
        for attribute in entry.extendedAttributes where !attribute.belongsToOverlay {
            guard !attribute.name.contains(0), attribute.name.count <= 255, attribute.value.count <= 65536 else {
                throw ArchiveError.refusedEntry(
                    name: displayName(entry.path),
                    reason: "an extended attribute is malformed"
                )
            }
            let status = ExtendedAttributes.set(attribute, at: parent.procPath(of: name))
            // Labels of security modules and attributes of other namespaces mean nothing here; containerd and Docker
            // leave them out as well where the filesystem or the privileges do not allow them.
            guard status == 0 || status == EOPNOTSUPP || status == EPERM else {
                throw ArchiveError.system(
                    operation: "set the extended attribute `\(displayName(attribute.name))` of",
                    path: displayName(path),
                    errno: Errno(rawValue: status)
                )
            }
        }
    }

    private func owner(of entry: TarEntry) -> (userID: UInt32, groupID: UInt32) {
        let owner = options.owner ?? (entry.userID, entry.groupID)
        // The stream that is replayed later has the archive's own headers, whoever has the files here.
        return UserNamespace.hasOneUser ? (0, 0) : owner
    }

    /// Without its user's rights: a program that ran as somebody must not run as root because only root is there.
    private func mode(of entry: TarEntry) -> UInt32 {
        let changesOwner = UserNamespace.hasOneUser && (entry.userID != 0 || entry.groupID != 0)
        return changesOwner ? entry.mode & 0o1777 : entry.mode
    }

    private func checkOwner(_ status: Int32, _ owner: (userID: UInt32, groupID: UInt32), _ path: [UInt8]) throws {
        if status != 0, errno == EINVAL, !UserNamespace.maps(user: owner.userID, group: owner.groupID) {
            throw ArchiveError.ownerNotMapped(path: displayName(path), user: owner.userID, group: owner.groupID)
        }
        try check(status, "set the owner of", path)
    }

    private func check(_ status: Int32, _ operation: String, _ path: [UInt8]) throws {
        guard status == 0 else { throw ArchiveError.last(operation, displayName(path)) }
    }
}

extension TarEntry {
    /// The modification time as the kernel takes it.
    var timespec: timespec {
        Glibc.timespec(tv_sec: Int(modificationTime), tv_nsec: Int(modificationNanoseconds))
    }
}
