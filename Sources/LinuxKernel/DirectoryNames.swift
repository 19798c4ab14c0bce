internal import Glibc

/// The names in a directory as the kernel has them: bytes, which need not be text.
enum DirectoryNames {
    /// All names but `.` and `..`, each with the zero that ends it, in no particular order.
    static func all(in directory: Int32) throws(SyscallError) -> [[CChar]] {
        // A new open file, because fdopendir takes the descriptor and its read position for itself.
        let copy = try check("open a directory") { openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let failure = SyscallError("read a directory")
            _ = close(copy)
            throw failure
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SyscallError("read a directory") }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { start in
                    Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
                }
            }
            let dot = CChar(bitPattern: UInt8(ascii: "."))
            if name != [dot, 0], name != [dot, dot, 0] { names.append(name) }
        }
    }

    /// A name for people.
    static func text(_ name: [CChar]) -> String {
        String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
