internal import CArchive
internal import Glibc
internal import SystemPackage

/// Reads and writes extended attributes by path, without following a final link.
enum ExtendedAttributes {
    /// All attributes in the order of their names; none where the filesystem has no attributes.
    static func read(_ path: [UInt8]) throws -> [ExtendedAttribute] {
        let names = try grow { buffer, size in withCString(path) { llistxattr($0, buffer, size) } }
        guard let names else { return [] }
        return try names.split(separator: 0).map(Array.init).sorted { $0.lexicographicallyPrecedes($1) }
            .compactMap { name in
                try value(of: name, at: path).map { ExtendedAttribute(name: name, value: $0) }
            }
    }

    /// One attribute's value; nil when it does not exist.
    static func value(of name: [UInt8], at path: [UInt8]) throws -> [UInt8]? {
        try grow { buffer, size in
            withCString(path) { path in withCString(name) { lgetxattr(path, $0, buffer, size) } }
        }
    }

    /// Sets one attribute.
    ///
    /// - Returns: 0, or the error number.
    static func set(_ attribute: ExtendedAttribute, at path: [UInt8]) -> Int32 {
        let status = withCString(path) { path in
            withCString(attribute.name) { lsetxattr(path, $0, attribute.value, attribute.value.count, 0) }
        }
        return status == 0 ? 0 : errno
    }

    /// Calls with a larger buffer until the answer fits.
    private static func grow(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Int) throws -> [UInt8]? {
        var size = 256
        while true {
            var buffer = [CChar](repeating: 0, count: size)
            let count = buffer.withUnsafeMutableBufferPointer { call($0.baseAddress, size) }
            if count >= 0 { return buffer[..<count].map { UInt8(bitPattern: $0) } }
            switch errno {
            case ERANGE: size *= 4
            case ENODATA, EOPNOTSUPP: return nil
            default: throw ArchiveError.last("read the extended attributes of", "file")
            }
        }
    }
}
