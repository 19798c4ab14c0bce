internal import CLinux
internal import Diagnostics
internal import Glibc
public import SystemPackage

extension BeneathPath {
    /// Opens a path that may not leave the tree at all: a link or `..` that would lead out is `EXDEV`, not bent inwards.
    ///
    /// For the few files that steer a build, where an answer from another place would be worse than none
    /// (CVE-2026-44517, GHSA-4vrq-3vrq-g6gg, CVE-2022-4122). A leading slash means the tree's root.
    public borrowing func openStrictly(_ path: String, _ flags: Int32) throws(SyscallError) -> OwnedFD {
        let relative = String(path.drop { $0 == "/" })
        let text = relative.isEmpty ? "." : relative
        let descriptor = root.raw
        return OwnedFD(
            adopting: try check("open", path) {
                FileName.withCString(text) {
                    llb_openat2(
                        descriptor,
                        $0,
                        UInt64(UInt32(bitPattern: flags)),
                        0,
                        UInt64(LLB_RESOLVE_BENEATH | LLB_RESOLVE_NO_MAGICLINKS)
                    )
                }
            }
        )
    }

    /// Reads a small regular file that may not lie outside, however many links lead to it.
    public borrowing func readSmallFileStrictly(_ path: String, limit: Int) throws(SyscallError) -> [UInt8] {
        let file = try openStrictly(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard try FileStatus.of(file).kind == .regular else {
            throw SyscallError("read", path, errno: .invalidArgument)
        }
        return try FileIO.readAll(file, limit: limit, name: path)
    }
}

extension Errno {
    /// Whether it is the kernel's answer to a path that would leave the tree (`EXDEV`).
    public var leadsOut: Bool { rawValue == Glibc.EXDEV }
}
