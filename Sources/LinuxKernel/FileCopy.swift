internal import CLinux
internal import Glibc

/// Copies file content inside the kernel where it can.
public enum FileCopy {
    /// `FICLONE`, which Swift does not see.
    private static let fileClone = UInt(0x4004_9409)

    /// Lets `destination`, which should be empty, share the blocks of `source`.
    ///
    /// - Returns: false where the file system cannot, or the two are not on the same one.
    public static func reflink(
        from source: borrowing OwnedFD,
        to destination: borrowing OwnedFD
    ) throws(SyscallError) -> Bool {
        if llb_ioctl(destination.raw, fileClone, Int(source.raw)) == 0 { return true }
        switch errno {
        case EOPNOTSUPP, ENOTTY, EXDEV, EINVAL, ENOSYS: return false
        default: throw SyscallError("share file content")
        }
    }

    /// Gives an empty file its size and the blocks for it.
    ///
    /// - Returns: false where the file system cannot; the file is as it was then.
    /// - Throws: `ENOSPC`, `EDQUOT` and `EFBIG` where so much does not fit.
    public static func reserve(_ size: Int64, of descriptor: Int32, name: String) throws(SyscallError) -> Bool {
        if llb_allocate(descriptor, size) == 0 { return true }
        if [ENOSPC, EDQUOT, EFBIG].contains(errno) { throw SyscallError("reserve space for", name) }
        return false
    }

    /// Copies bytes between two files at the given offsets; neither file position moves.
    ///
    /// - Returns: the bytes copied, fewer than `count` only where the source ends, or nil where the kernel cannot copy
    ///   between these two and nothing was copied.
    public static func copyRange(
        from source: borrowing OwnedFD,
        at sourceOffset: Int64,
        to destination: borrowing OwnedFD,
        at destinationOffset: Int64,
        count: Int64
    ) throws(SyscallError) -> Int64? {
        var (from, to) = (sourceOffset, destinationOffset)
        var done: Int64 = 0
        while done < count {
            let copied = llb_copy_file_range(source.raw, &from, destination.raw, &to, Int(min(count - done, 1 << 30)))
            if copied == 0 { break }
            if copied < 0 {
                if errno == EINTR { continue }
                let unsupported = [EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EPERM].contains(errno)
                if done == 0, unsupported { return nil }
                throw SyscallError("copy file content")
            }
            done += Int64(copied)
        }
        return done
    }
}
