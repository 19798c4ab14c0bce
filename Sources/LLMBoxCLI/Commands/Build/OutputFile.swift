internal import SystemPackage

/// Writes a small file that the user named.
enum OutputFile {
    /// Replaces the file's content.
    static func write(_ path: String, _ bytes: [UInt8]) throws {
        let file = try FileDescriptor.open(
            FilePath(path),
            .writeOnly,
            options: [.create, .truncate],
            permissions: FilePermissions(rawValue: 0o644)
        )
        try file.closeAfter { _ = try file.writeAll(bytes) }
    }
}
