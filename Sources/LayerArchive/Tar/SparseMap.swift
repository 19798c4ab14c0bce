/// Which parts of a file a tar stream stores; everything else is a hole.
struct SparseMap: Equatable {
    /// A stored part of a file.
    struct Segment: Equatable {
        var offset: UInt64
        var length: UInt64
    }

    var segments: [Segment]
    var realSize: UInt64

    /// Checks a map as a stream gave it: ascending, apart, inside the file and as long as what is stored.
    init?(_ segments: [Segment], realSize: UInt64, storedSize: UInt64) {
        guard realSize <= UInt64(Int64.max) else { return nil }
        var end: UInt64 = 0
        var stored: UInt64 = 0
        for segment in segments {
            let (next, overflow) = segment.offset.addingReportingOverflow(segment.length)
            guard !overflow, segment.offset >= end, next <= realSize else { return nil }
            end = next
            stored += segment.length
        }
        guard stored == storedSize else { return nil }
        self.segments = segments.filter { $0.length > 0 }
        self.realSize = realSize
    }

    /// The offset and length pairs of GNU's old header or one of its extension blocks.
    ///
    /// - Returns: nil when a number is malformed; an empty first field ends the map.
    static func oldFormatSegments(_ bytes: ArraySlice<UInt8>) -> [Segment]? {
        var segments: [Segment] = []
        var rest = bytes
        while rest.count >= 24 {
            let offset = rest.prefix(12)
            let length = rest.dropFirst(12).prefix(12)
            if offset.first == 0 { break }
            guard let offset = TarNumber.parse(offset).flatMap({ UInt64(exactly: $0) }),
                let length = TarNumber.parse(length).flatMap({ UInt64(exactly: $0) })
            else { return nil }
            segments.append(Segment(offset: offset, length: length))
            rest = rest.dropFirst(24)
        }
        return segments
    }

    /// The comma-separated map of GNU's PAX formats 0.0 and 0.1.
    static func commaSegments(_ text: [UInt8]) -> [Segment]? {
        if text.isEmpty { return [] }
        return pair(text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false))
    }

    /// Turns decimal offsets and lengths, taking turns, into segments.
    static func pair(_ numbers: [ArraySlice<UInt8>]) -> [Segment]? {
        guard numbers.count % 2 == 0 else { return nil }
        var segments: [Segment] = []
        segments.reserveCapacity(numbers.count / 2)
        for index in stride(from: 0, to: numbers.count, by: 2) {
            guard let offset = TarNumber.parseDecimal(numbers[index]),
                let length = TarNumber.parseDecimal(numbers[index + 1])
            else { return nil }
            segments.append(Segment(offset: offset, length: length))
        }
        return segments
    }
}
