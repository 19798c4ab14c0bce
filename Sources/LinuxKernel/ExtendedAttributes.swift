internal import CLinux
internal import Glibc

/// Extended attributes of an open file, which may be an `O_PATH` descriptor of a symbolic link or a device.
///
/// An `O_PATH` descriptor refuses `fsetxattr`, so the calls go through `/proc/self/fd`, whose entries lead to the very
/// file that is open, whatever its name means by now.
public enum ExtendedAttributes {
    /// One attribute with its value.
    public struct Entry: Equatable, Hashable, Sendable {
        /// The name with its namespace, as in `user.mime_type`.
        public var name: String
        /// The value, as bytes.
        public var value: [UInt8]

        /// Makes an entry.
        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    private static func link(to file: borrowing OwnedFD) -> String { "/proc/self/fd/\(file.raw)" }

    /// Sets one attribute.
    public static func set(_ name: String, _ value: [UInt8], of file: borrowing OwnedFD) throws(SyscallError) {
        let path = link(to: file)
        try check("set attribute", name) { setxattr(path, name, value, value.count, 0) }
    }

    /// Removes one attribute; it is no error when there is none.
    public static func remove(_ name: String, of file: borrowing OwnedFD) throws(SyscallError) {
        if removexattr(link(to: file), name) < 0, errno != ENODATA { throw SyscallError("remove attribute", name) }
    }

    /// Reads one attribute, or nil where the file has none of that name or its file system has none at all.
    public static func get(_ name: String, of file: borrowing OwnedFD) throws(SyscallError) -> [UInt8]? {
        let path = link(to: file)
        while true {
            let size = getxattr(path, name, nil, 0)
            if size < 0 {
                if errno == ENODATA || errno == EOPNOTSUPP { return nil }
                throw SyscallError("read attribute", name)
            }
            var value = [UInt8](repeating: 0, count: size)
            let count = getxattr(path, name, &value, size)
            if count >= 0 { return Array(value.prefix(count)) }
            guard errno == ERANGE else { throw SyscallError("read attribute", name) }
        }
    }

    /// Reads all attributes, sorted by the bytes of their names.
    public static func all(of file: borrowing OwnedFD) throws(SyscallError) -> [Entry] {
        let path = link(to: file)
        var names: [CChar] = []
        while true {
            let size = listxattr(path, nil, 0)
            if size < 0 {
                if errno == EOPNOTSUPP { return [] }
                throw SyscallError("list the attributes of", path)
            }
            if size == 0 { return [] }
            names = [CChar](repeating: 0, count: size)
            let count = listxattr(path, &names, size)
            if count >= 0 {
                names.removeLast(size - count)
                break
            }
            guard errno == ERANGE else { throw SyscallError("list the attributes of", path) }
        }
        var entries: [Entry] = []
        for bytes in names.split(separator: 0) {
            let name = String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if let value = try get(name, of: file) { entries.append(Entry(name: name, value: value)) }
        }
        entries.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return entries
    }
}
