internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A file of lines that is being read, possibly while it grows.
struct LineFile {
    private var file: LogDescriptor?
    private var buffer: [UInt8] = []
    private var start = 0
    private var offset: Int64 = 0

    /// Opens a file from its beginning; false when there is none.
    mutating func open(_ path: String) throws -> Bool {
        do {
            file = LogDescriptor(try OwnedFD.open(path, O_RDONLY | O_NOFOLLOW))
        } catch {
            if error.errno == .noSuchFileOrDirectory { return false }
            throw error
        }
        (buffer, start, offset) = ([], 0, 0)
        return true
    }

    /// The next whole line without its newline; nil when there is none yet.
    mutating func nextLine() throws -> ArraySlice<UInt8>? {
        while true {
            if let newline = buffer[start...].firstIndex(of: 10) {
                defer { start = newline + 1 }
                return buffer[start..<newline]
            }
            buffer.removeFirst(start)
            start = 0
            guard let file else { return nil }
            let size = try FileStatus.of(file.owned).size
            if size < offset { (buffer, offset) = ([], 0) }
            let more = try file.read(at: offset)
            if more.isEmpty { return nil }
            offset += Int64(more.count)
            buffer += more
        }
    }

    /// Whether the name now stands for another file, because this one was set aside.
    func wasReplaced(_ path: String) throws -> Bool {
        guard let file else { return access(path, F_OK) == 0 }
        let own = try FileStatus.of(file.owned)
        do {
            let named = try FileStatus.of(path: path, followFinalLink: false)
            return named.inode != own.inode || named.device != own.device
        } catch {
            return false
        }
    }
}

/// A shared owner for the descriptor of a file that is being read.
private final class LogDescriptor {
    let owned: OwnedFD

    init(_ owned: consuming OwnedFD) { self.owned = owned }

    func read(at offset: Int64) throws -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        let descriptor = owned.raw
        let count = try check("read a log") { pread(descriptor, &chunk, chunk.count, off_t(offset)) }
        return Array(chunk[..<count])
    }
}
