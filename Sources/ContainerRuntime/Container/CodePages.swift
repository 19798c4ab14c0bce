internal import Glibc
internal import LinuxKernel

/// The pages of code that this process has in memory.
enum CodePages {
    /// Gives back those that were needed so far: what is needed again comes from the page cache.
    ///
    /// Starting a container touches 11 MiB of code, waiting for its end almost nothing, and a monitor waits for days. The
    /// mappings of code are private, of files, and never written, so that nothing can be lost with them.
    static func release() {
        // Where this cannot be read, the pages stay, nothing else.
        guard let maps = try? FileIO.readText(path: "/proc/self/maps") else { return }
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { continue }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard ends.count == 2, ends[0] < ends[1], let start = UnsafeMutableRawPointer(bitPattern: ends[0]) else {
                continue
            }
            _ = madvise(start, Int(ends[1] - ends[0]), MADV_DONTNEED)
        }
    }
}
