internal import Glibc
internal import LinuxKernel

/// The pages of the program, and of the libraries that it opened, that this process has in memory.
enum CodePages {
    /// Gives back those that were needed so far: what is needed again comes from the page cache.
    ///
    /// Starting a container touches many megabytes of code and constants, waiting for its end almost nothing, and a
    /// monitor waits for days. What is mapped from a file, cannot be written to and never was (the loader writes
    /// addresses into some of it before it is closed) is given back, so that nothing can be lost; of the program's own
    /// data those pages that were only read, which is nearly all of them.
    static func release() {
        // Where this cannot be read, the pages stay, nothing else.
        guard let text = try? FileIO.readText(path: "/proc/self/smaps") else { return }
        // Another thread could write to a page between the look at it and its end.
        if (try? FileIO.readText(path: "/proc/self/status"))?.contains("\nThreads:\t1\n") == true,
            let data = programData(text)
        {
            UnwrittenPages.release(data)
        }
        let ranges = clean(text)
        // The program itself, which comes first, goes last: what these lines still need is then fetched once.
        for range in ranges.reversed() {
            guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
            _ = madvise(start, range.count, MADV_DONTNEED)
        }
    }

    /// The mappings of files, by the text of `smaps`, that cannot be written to and hold nothing of their own.
    static func clean(_ text: String) -> [Range<UInt>] {
        var ranges: [Range<UInt>] = []
        var candidate: Range<UInt>?
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            // A mapping begins with its address, in small letters; what is to be known of it follows by names.
            guard let first = line.first, first < UInt8(ascii: "A") || first > UInt8(ascii: "Z") else {
                if let range = candidate, line.starts(with: "Anonymous:".utf8) {
                    if line.split(separator: UInt8(ascii: " ")).dropFirst().first?.elementsEqual("0".utf8) == true {
                        ranges.append(range)
                    }
                    candidate = nil
                }
                continue
            }
            candidate = mapping(String(Substring(line)), "r--p", "r-xp")
        }
        return ranges
    }

    /// The writable data of the program itself, whose mappings come first.
    static func programData(_ text: String) -> Range<UInt>? {
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = String(Substring(line)).split(separator: " ", maxSplits: 2)
            if fields.count == 3, fields[1] == "rw-p" { return mapping(String(Substring(line)), "rw-p") }
        }
        return nil
    }

    /// `5595db033000-5595db035000 r--p 00000000 fe:00 254163   /usr/bin/head`, where it is of a file and not written to.
    private static func mapping(_ line: String, _ rights: Substring...) -> Range<UInt>? {
        let fields = line.split(separator: " ")
        guard fields.count >= 6, rights.contains(fields[1]), fields[5].hasPrefix("/") else { return nil }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
    }
}
