internal import Glibc
internal import LinuxKernel
internal import Synchronization

/// Reads a file once, shows every byte to a hash, and writes the same bytes to another file.
///
/// Reading and hashing take one thread and writing another, with a ring of blocks between: a copy then takes about as
/// long as the hash alone. Where as many files are copied at a time as there are processors, a second thread only takes
/// turns with the others, and each block is written by who has just hashed it and has it in its cache. Memory stays at
/// the ring's few megabytes whatever the file's size.
final class ContentCopier {
    /// Files up to this size are not worth a thread.
    private static let threadThreshold: UInt64 = 4 << 20
    /// Two megabytes a copy: sixteen copies at once stay below 64 MiB together with everything else.
    private static let ringBlocks = 8
    private static let blockSize = 1 << 18
    /// How many copies of large files are under way in this process.
    private static let underWay = Atomic<Int>(0)
    private static let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    private var buffer: UnsafeMutableRawBufferPointer?

    deinit {
        buffer?.deallocate()
    }

    /// Copies exactly `size` bytes from the start of `source`.
    ///
    /// `destination` is nil to read and hash only; `hash` is called with every byte once, in order, on the calling
    /// thread.
    func copy(
        from source: Int32,
        to destination: Int32?,
        size: UInt64,
        path: String,
        hash: (UnsafeRawBufferPointer) -> Void
    ) throws {
        _ = posix_fadvise(source, 0, 0, POSIX_FADV_SEQUENTIAL)
        var status = stat()
        let hasHoles = fstat(source, &status) == 0 && status.st_size > Int(status.st_blocks) * 512
        let output = destination.map { Output(descriptor: $0, hasHoles: hasHoles, name: path) }
        if let destination, size > 0, cloneFile(source, destination) {
            // Hash the clone, not the source: what somebody writes to the source meanwhile is not in it.
            try copyInline(from: destination, to: nil, size: size, path: path, hash: hash)
        } else if let destination, let output, size > Self.threadThreshold {
            if !hasHoles { try reserve(size, of: destination, path: path) }
            try copyThreaded(from: source, to: output, size: size, path: path, hash: hash)
        } else {
            try copyInline(from: source, to: output, size: size, path: path, hash: hash)
        }
    }

    /// Asks for the space before the first byte: the filesystem then neither reserves it block by block nor grows the
    /// file with every write, which saves a quarter of the kernel's time, and a full disk shows now, not in an hour.
    private func reserve(_ size: UInt64, of destination: Int32, path: String) throws {
        do {
            // Filesystems that cannot do without.
            _ = try FileCopy.reserve(Int64(size), of: destination, name: path)
        } catch {
            throw ArchiveError.system(operation: "reserve space for", path: path, errno: error.errno)
        }
    }

    private func copyInline(
        from source: Int32,
        to output: Output?,
        size: UInt64,
        path: String,
        hash: (UnsafeRawBufferPointer) -> Void
    ) throws {
        let buffer = self.buffer ?? .allocate(byteCount: Self.blockSize, alignment: 4096)
        self.buffer = buffer
        var position: UInt64 = 0
        while let count = try read(source, at: position, size: size, into: buffer, path: path) {
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hash(bytes)
            try output?.write(bytes, at: position)
            position += UInt64(count)
        }
        try output?.finish(size)
    }

    private func copyThreaded(
        from source: Int32,
        to output: Output,
        size: UInt64,
        path: String,
        hash: (UnsafeRawBufferPointer) -> Void
    ) throws {
        Self.underWay.add(1, ordering: .relaxed)
        defer { Self.underWay.subtract(1, ordering: .relaxed) }
        let channel = BlockChannel(count: Self.ringBlocks, blockSize: Self.blockSize)
        let outcome = WriterOutcome()
        let writer = try WorkerThread {
            do {
                while let block = try channel.receive() {
                    try output.write(block.bytes, at: block.position)
                    channel.recycle(block)
                }
            } catch {
                outcome.failure = error
                channel.abandon()
            }
        }
        do {
            var position: UInt64 = 0
            var free = channel.takeFree()
            while var block = free {
                guard let count = try read(source, at: position, size: size, into: block.memory, path: path) else {
                    break
                }
                block.count = count
                block.position = position
                let bytes = block.bytes
                // The writer and the hash only read, so both may have the block at the same time; it is hashed first
                // because it comes back for the next read as soon as it is written.
                hash(bytes)
                if Self.underWay.load(ordering: .relaxed) * 2 <= Self.processors {
                    channel.send(block)
                    free = channel.takeFree()
                } else {
                    // Nobody else sees the block, so nobody has to be told of it: it is read into again.
                    try output.write(bytes, at: position)
                }
                position += UInt64(count)
            }
            channel.finish()
        } catch {
            channel.finish()
            writer.join()
            throw error
        }
        writer.join()
        if let failure = outcome.failure { throw failure }
        try output.finish(size)
    }

    /// Reads the next block; nil when all `size` bytes have been read and the file ends there.
    private func read(
        _ source: Int32,
        at position: UInt64,
        size: UInt64,
        into buffer: UnsafeMutableRawBufferPointer,
        path: String
    ) throws -> Int? {
        let count = retrying { pread(source, buffer.baseAddress, buffer.count, Int(position)) }
        guard count >= 0 else { throw ArchiveError.last("read", path) }
        guard count > 0 else {
            guard position == size else {
                throw ArchiveError.contentChanged(path: path, reason: "it became shorter while it was copied")
            }
            return nil
        }
        guard position + UInt64(count) <= size else {
            throw ArchiveError.contentChanged(path: path, reason: "it became longer while it was copied")
        }
        return count
    }
}

/// Where a copy goes: any thread may write any part of it, each part once.
private struct Output: Sendable {
    let descriptor: Int32
    let hasHoles: Bool
    let name: String

    func write(_ bytes: UnsafeRawBufferPointer, at position: UInt64) throws {
        guard hasHoles else { return try writeFully(bytes, to: descriptor, at: position, name: name) }
        var holes = HoleWriter(descriptor, at: Int(position), name: name)
        try holes.write(bytes)
    }

    /// Gives the file its length, which a hole at its end has not done.
    func finish(_ size: UInt64) throws {
        guard hasHoles, ftruncate(descriptor, Int(size)) != 0 else { return }
        throw ArchiveError.last("set the size of", name)
    }
}

/// Invariant behind `@unchecked Sendable`: the writer thread sets it, the other reads it after joining the writer.
private final class WriterOutcome: @unchecked Sendable {
    var failure: (any Error)?
}
