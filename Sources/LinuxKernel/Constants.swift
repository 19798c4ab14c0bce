// GNU names that the Swift view of libc hides; the values are the kernel's and the same on x86-64 and arm64.

/// Opens a place in the tree rather than its content: no permission on the file itself is needed, no device is touched.
public let O_PATH: Int32 = 0o10_000_000

/// Where the next content of a file with holes begins, and where the next hole; for `lseek`.
let SEEK_DATA: Int32 = 3
let SEEK_HOLE: Int32 = 4

/// With an empty path, `*at` calls work on the descriptor itself.
let AT_EMPTY_PATH: Int32 = 0x1000

let CLONE_FS: Int32 = 0x200
let CLONE_NEWNS: Int32 = 0x2_0000
