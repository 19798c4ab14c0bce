internal import Glibc
public import SystemPackage

/// Runs `body` with a fresh temporary directory and removes the directory afterwards, whatever happened.
///
/// - Throws: whatever `body` throws, or an `Errno` when the directory cannot be made.
public func withSandbox<Result>(_ body: (FilePath) throws -> Result) throws -> Result {
    var template = Array("/tmp/llmbox-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { removeTree(path) }
    return try body(FilePath(path))
}

/// Removes `path` and everything below it without following symbolic links, ignoring what is already gone.
public func removeTree(_ path: String) {
    removeTree(bytes: Array(path.utf8CString))
}

/// Names are bytes: one that is not UTF-8 would not survive a `String`.
private func removeTree(bytes path: [CChar]) {
    if unlink(path) == 0 || errno == ENOENT { return }
    _ = chmod(path, 0o700)
    if let directory = opendir(path) {
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
                }
            }
            let dot = CChar(46)
            if name != [dot, 0], name != [dot, dot, 0] { removeTree(bytes: path.dropLast() + [47] + name) }
        }
        closedir(directory)
    }
    _ = rmdir(path)
}
