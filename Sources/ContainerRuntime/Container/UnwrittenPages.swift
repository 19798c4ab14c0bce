internal import Glibc

/// The pages of a private mapping of a file that were read and never written to: they are the file's, and can be had again.
enum UnwrittenPages {
    /// Bits of an entry of `/proc/self/pagemap` (Linux 4.2, `Documentation/admin-guide/mm/pagemap.rst`): the page is in
    /// memory, and it is a file's, not a copy of this process's own.
    private static let present: UInt64 = 1 << 63
    private static let ofFile: UInt64 = 1 << 61

    /// Gives back such pages of `range`, which begins and ends with a page.
    ///
    /// Nobody else may write to the range meanwhile: the caller is the only thread, and signals wait.
    static func release(_ range: Range<UInt>) {
        let pageSize = Int(getpagesize())
        let count = range.count / pageSize
        let pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
        guard pagemap >= 0, count > 0 else { return }
        defer { close(pagemap) }
        let entries = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
        defer { entries.deallocate() }
        var (everything, before) = (sigset_t(), sigset_t())
        sigfillset(&everything)
        guard pthread_sigmask(SIG_SETMASK, &everything, &before) == 0 else { return }
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        // Rehearsed first: whatever the language sets up in its own data at the first use of these lines has been written
        // before it counts.
        for isRehearsal in [true, false] {
            visit(range.lowerBound, count, pageSize, entries, pagemap, isRehearsal)
        }
    }

    @inline(never)
    private static func visit(
        _ start: UInt,
        _ count: Int,
        _ pageSize: Int,
        _ entries: UnsafeMutablePointer<UInt64>,
        _ pagemap: Int32,
        _ isRehearsal: Bool
    ) {
        let length = count * 8
        guard pread(pagemap, entries, length, off_t(Int(start) / pageSize * 8)) == length else { return }
        for index in 0..<count where entries[index] & present != 0 && entries[index] & ofFile != 0 {
            guard let page = UnsafeMutableRawPointer(bitPattern: Int(start) + index * pageSize) else { continue }
            // A rehearsal makes the call as well, for no bytes.
            _ = madvise(page, isRehearsal ? 0 : pageSize, MADV_DONTNEED)
        }
    }
}
