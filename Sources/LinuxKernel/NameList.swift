internal import Diagnostics
internal import Glibc

/// The names of one directory in a single buffer: sorting them compares bytes and makes no strings.
struct NameList {
    private struct Place {
        /// The first eight bytes as a number, which decide nearly every comparison.
        var beginning: UInt64
        var start: Int
        var count: Int
    }

    private var bytes: [UInt8] = []
    private var places: [Place] = []

    /// Adds the name at the start of a buffer, which ends with a zero byte; `.` and `..` are left out.
    mutating func append(terminated buffer: UnsafeRawBufferPointer) {
        guard let base = buffer.baseAddress else { return }
        let count = strnlen(base.assumingMemoryBound(to: CChar.self), buffer.count)
        let name = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        let dot = UInt8(ascii: ".")
        if name.first == dot, count == 1 || (count == 2 && name[1] == dot) { return }
        var beginning: UInt64 = 0
        for index in 0..<8 { beginning = beginning << 8 | (index < count ? UInt64(name[index]) : 0) }
        places.append(Place(beginning: beginning, start: bytes.count, count: count))
        bytes.append(contentsOf: name)
    }

    /// The names in the order of their bytes.
    func sorted() -> [String] {
        bytes.withUnsafeBytes { bytes in
            func name(_ place: Place) -> UnsafeRawBufferPointer {
                UnsafeRawBufferPointer(rebasing: bytes[place.start..<place.start + place.count])
            }
            func precedes(_ left: Place, _ right: Place) -> Bool {
                if left.beginning != right.beginning { return left.beginning < right.beginning }
                let (first, second) = (name(left), name(right))
                // A directory has no empty names.
                guard let a = first.baseAddress, let b = second.baseAddress else { return false }
                let order = memcmp(a, b, min(first.count, second.count))
                return order == 0 ? first.count < second.count : order < 0
            }
            return places.sorted(by: precedes).map { FileName.text(name($0)) }
        }
    }
}
