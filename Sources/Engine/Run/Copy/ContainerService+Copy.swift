internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import SystemPackage

extension ContainerService {
    /// Copies files between containers, the host and tar streams.
    ///
    /// - Parameters:
    ///   - source: where from.
    ///   - destination: where to.
    ///   - options: how.
    /// - Returns: what was copied; for a stream that was read, the bytes are not counted.
    /// - Throws: ``CopyFailure``, and errors of looking containers up.
    public func copy(
        from source: CopyEndpoint,
        to destination: CopyEndpoint,
        _ options: CopyOptions
    ) throws -> CopyOutcome {
        switch (source, destination) {
        case (.stream, .stream): throw CopyFailure.twoStreams
        case (.host, .host), (.host, .stream), (.stream, .host): throw CopyFailure.noContainer
        case (.container(let name, let path), .stream):
            return try ContainerRoot.with(find(name)) { (root, shift) throws in
                try CopyStream.write(CopyPath(text: path), in: root, options, shift)
            }
        case (.stream, .container(let name, let path)):
            return try ContainerRoot.with(find(name)) { (root, shift) throws in
                try CopyStream.read(into: path, in: root, shift)
                return CopyOutcome()
            }
        case (.container(let name, let path), .host(let target)):
            let target = try absolute(target)
            return try ContainerRoot.with(find(name)) { (root, shift) throws in
                var transfer = TreeTransfer(options, isToHost: true, from: shift)
                let host = try BeneathPath(opening: "/")
                try transfer.copy(CopyPath(text: path), in: root, to: CopyPath(text: target), in: host)
                return transfer.outcome
            }
        case (.host(let path), .container(let name, let target)):
            let path = try absolute(path)
            return try ContainerRoot.with(find(name)) { (root, shift) throws in
                var transfer = TreeTransfer(options, isToHost: false, to: shift)
                let host = try BeneathPath(opening: "/")
                try transfer.copy(CopyPath(text: path), in: host, to: CopyPath(text: target), in: root)
                return transfer.outcome
            }
        case (.container(let from, let path), .container(let to, let target)):
            return try ContainerRoot.with(find(from)) { (root, shift) throws in
                try ContainerRoot.with(find(to)) { (other, otherShift) throws in
                    var transfer = TreeTransfer(options, isToHost: false, from: shift, to: otherShift)
                    try transfer.copy(CopyPath(text: path), in: root, to: CopyPath(text: target), in: other)
                    return transfer.outcome
                }
            }
        }
    }

    /// A path of the host's from its root, with the ending that was written.
    private func absolute(_ path: String) throws -> String {
        if path.hasPrefix("/") { return path }
        guard let directory = getcwd(nil, 0) else { throw SyscallError("find the working directory") }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }
}

/// The tar streams of `cp -`.
private enum CopyStream {
    static func read(into path: String, in root: borrowing BeneathPath, _ shift: IDShift?) throws {
        guard try root.stat(path).kind == .directory else { throw CopyFailure.notADirectory(path) }
        try ArchiveExtractor(root: root.root.raw).extract(
            FileSource(descriptor: STDIN_FILENO, name: "standard input"),
            into: Array(path.utf8),
            mapOwner: shift.map { shift in { shift.outside(user: $0, group: $1) } }
        )
    }

    static func write(
        _ path: CopyPath,
        in root: borrowing BeneathPath,
        _ options: CopyOptions,
        _ shift: IDShift?
    ) throws -> CopyOutcome {
        let follows = options.followsLink || path.meansDirectory
        let status: FileStatus
        do {
            status = try root.stat(path.text, followFinalLink: follows)
        } catch {
            throw CopyFailure.cannotRead(path.text, error)
        }
        guard status.kind == .directory else { return try writeFile(path, status, follows, in: root, shift) }
        let directory = try root.openDirectory(path.text)
        let archive = TreeArchiver(
            into: FileSink(descriptor: STDOUT_FILENO, name: "standard output"),
            mapOwner: shift.map { shift in { shift.inside(user: $0, group: $1) } }
        )
        let boundary = CopyBoundary(of: path, device: try FileStatus.of(directory).device)
        try archive.add(
            FilePath("/proc/self/fd/\(directory.raw)/."),
            below: path.meansContents ? nil : path.name,
            hiding: boundary.hides
        )
        _ = try archive.finish()
        return CopyOutcome()
    }

    private static func writeFile(
        _ path: CopyPath,
        _ status: FileStatus,
        _ follows: Bool,
        in root: borrowing BeneathPath,
        _ shift: IDShift?
    ) throws -> CopyOutcome {
        var entry = TarEntry(path.name, kind: status.kind == .symbolicLink ? .symbolicLink : .file)
        guard status.kind == .regular || status.kind == .symbolicLink else {
            return CopyOutcome(bytes: 0, skipped: [path.text])
        }
        entry.mode = status.permissions
        (entry.userID, entry.groupID) =
            shift?.inside(user: status.user, group: status.group) ?? (status.user, status.group)
        entry.modificationTime = status.modified.seconds
        var content: [UInt8] = []
        if status.kind == .symbolicLink {
            entry.linkTarget = FileName.bytes(try root.readLink(path.text))
        } else {
            entry.size = UInt64(status.size)
        }
        try FileIO.writeAll(descriptor: STDOUT_FILENO, TarHeaderEncoder.encode(entry))
        if status.kind == .regular {
            let file = try root.open(path.text, O_RDONLY | O_NONBLOCK | O_NOCTTY | (follows ? 0 : O_NOFOLLOW))
            var left = Int(status.size)
            content = [UInt8](repeating: 0, count: 1 << 18)
            while left > 0 {
                let count = try check("read", path.text) { Glibc.read(file.raw, &content, min(left, content.count)) }
                guard count > 0 else { throw CopyFailure.cannotRead(path.text, SyscallError("read", errno: .ioError)) }
                try FileIO.writeAll(descriptor: STDOUT_FILENO, Array(content[..<count]))
                left -= count
            }
            try FileIO.writeAll(
                descriptor: STDOUT_FILENO,
                [UInt8](repeating: 0, count: (512 - Int(status.size) % 512) % 512)
            )
        }
        try FileIO.writeAll(descriptor: STDOUT_FILENO, TarHeaderEncoder.endOfArchive)
        return CopyOutcome(bytes: status.size)
    }
}

extension FileIO {
    fileprivate static func writeAll(descriptor: Int32, _ bytes: [UInt8]) throws(SyscallError) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(SyscallError) in
            try writeAll(descriptor: descriptor, UnsafeRawBufferPointer(buffer))
        }
    }
}
