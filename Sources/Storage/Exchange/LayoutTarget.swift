internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import SystemPackage

/// Where the files of an image layout go, one after the other.
protocol LayoutTarget: ~Copyable {
    associatedtype Receipt

    /// Begins a file; what was begun before is whole by now.
    mutating func begin(_ name: String, size: UInt64) throws

    /// Takes the next bytes of the file.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws

    /// Ends the layout.
    consuming func finish() throws -> Receipt
}

/// A layout as one tar stream.
struct TarTarget<Sink: ByteSink & ~Copyable>: LayoutTarget, ~Copyable {
    private var sink: Sink
    private var padding = 0

    init(_ sink: consuming Sink) {
        self.sink = sink
    }

    mutating func begin(_ name: String, size: UInt64) throws {
        try pad()
        var entry = TarEntry(name, kind: .file)
        entry.size = size
        try TarHeaderEncoder.encode(entry).withUnsafeBytes { try sink.write($0) }
        padding = Int((512 - size % 512) % 512)
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws { try sink.write(bytes) }

    consuming func finish() throws -> Sink.Receipt {
        try pad()
        try TarHeaderEncoder.endOfArchive.withUnsafeBytes { try sink.write($0) }
        return try sink.finish()
    }

    private mutating func pad() throws {
        try [UInt8](repeating: 0, count: padding).withUnsafeBytes { try sink.write($0) }
        padding = 0
    }
}

/// A layout as files in a directory; each appears under its name when it is whole.
struct DirectoryTarget: LayoutTarget, ~Copyable {
    private let directory: String
    private var current: (name: String, file: StoreFile)?

    init(_ directory: String, hasBlobDirectory: Bool) throws {
        self.directory = directory
        for part in [""] + (hasBlobDirectory ? ["/blobs", "/blobs/sha256"] : []) {
            let path = FilePath(directory + part)
            guard mkdir(path.string, 0o755) == 0 || errno == EEXIST else { throw StoreFiles.failure("create", path) }
        }
    }

    mutating func begin(_ name: String, size: UInt64) throws {
        try end()
        let path = FilePath("\(directory)/\(name).part")
        _ = unlink(path.string)
        current = (name, try StoreFiles.require(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644))
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard let current else { return }
        do throws(SyscallError) {
            try FileIO.writeAll(descriptor: current.file.descriptor, bytes)
        } catch {
            let path = FilePath("\(directory)/\(current.name).part")
            _ = unlink(path.string)
            throw StorageError.system(operation: "write", path: path.string, errno: error.errno)
        }
    }

    consuming func finish() throws { try end() }

    private mutating func end() throws {
        guard let (name, _) = current else { return }
        current = nil
        let path = "\(directory)/\(name)"
        guard rename(path + ".part", path) == 0 else { throw StoreFiles.failure("rename", FilePath(path + ".part")) }
    }
}
