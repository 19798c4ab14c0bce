#if canImport(Glibc)
internal import Glibc
#endif
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

/// Removes `path` and everything below it, ignoring what is already gone.
public func removeTree(_ path: String) {
    _ = nftw(path, { entry, _, _, _ in remove(entry) }, 32, depthFirstPhysicalSameMount)
}

// FTW_PHYS | FTW_MOUNT | FTW_DEPTH of <ftw.h>; the header hides the names from Swift behind _GNU_SOURCE.
private let depthFirstPhysicalSameMount: Int32 = 1 | 2 | 8
