/// What extended headers say about the entry behind them, over what its own header says.
struct PaxAttributes {
    var path: [UInt8]?
    var linkPath: [UInt8]?
    var size: UInt64?
    var userID: UInt64?
    var groupID: UInt64?
    var modificationTime: (seconds: Int64, nanoseconds: UInt32)?
    var extendedAttributes: [ExtendedAttribute] = []
    var sparse = Sparse()

    /// GNU's sparse keys, of all three versions.
    struct Sparse {
        var major: UInt64 = 0
        var minor: UInt64 = 0
        var name: [UInt8]?
        var realSize: UInt64?
        var numbers: [ArraySlice<UInt8>] = []
        var map: [UInt8]?
    }

    /// Why records could not be taken, or nil.
    struct Problem {
        let reason: String?

        func orThrow(_ error: (String) -> ArchiveError) throws {
            if let reason { throw error(reason) }
        }
    }

    private static let attributePrefix = Array("SCHILY.xattr.".utf8)

    /// Takes the records of a header's payload; a later record wins, and an empty value takes a key back.
    ///
    /// A global header cannot name or size an entry: that would give every following entry the same name.
    mutating func merge(_ payload: [UInt8], isGlobal: Bool) -> Problem {
        guard let records = PaxRecords.parse(payload) else {
            return Problem(reason: "the records of an extended header are malformed")
        }
        for (key, value) in records {
            if key.starts(with: Self.attributePrefix) {
                guard !isGlobal else { continue }
                let name = Array(key.dropFirst(Self.attributePrefix.count))
                extendedAttributes.removeAll { $0.name == name }
                extendedAttributes.append(ExtendedAttribute(name: name, value: value))
            } else {
                let key = String(decoding: key, as: UTF8.self)
                let isTaken = isGlobal ? takeShared(key, value) : takeShared(key, value) && takeOwn(key, value)
                guard isTaken else { return Problem(reason: "the value of the extended header `\(key)` is malformed") }
            }
        }
        return Problem(reason: nil)
    }

    private mutating func takeShared(_ key: String, _ value: [UInt8]) -> Bool {
        switch key {
        case "uid": Self.take(&userID, value)
        case "gid": Self.take(&groupID, value)
        case "mtime": takeTime(value)
        default: true
        }
    }

    private mutating func takeOwn(_ key: String, _ value: [UInt8]) -> Bool {
        switch key {
        case "path": path = value.isEmpty ? nil : value
        case "linkpath": linkPath = value.isEmpty ? nil : value
        case "size": return Self.take(&size, value)
        case "GNU.sparse.major": return Self.take(&sparse.major, value)
        case "GNU.sparse.minor": return Self.take(&sparse.minor, value)
        case "GNU.sparse.name": sparse.name = value
        case "GNU.sparse.realsize", "GNU.sparse.size": return Self.take(&sparse.realSize, value)
        case "GNU.sparse.offset", "GNU.sparse.numbytes": sparse.numbers.append(value[...])
        case "GNU.sparse.map": sparse.map = value
        default: break
        }
        return true
    }

    private static func take(_ target: inout UInt64?, _ value: [UInt8]) -> Bool {
        if value.isEmpty {
            target = nil
            return true
        }
        guard let number = TarNumber.parseDecimal(value), number <= UInt64(Int64.max) else { return false }
        target = number
        return true
    }

    private static func take(_ target: inout UInt64, _ value: [UInt8]) -> Bool {
        guard let number = TarNumber.parseDecimal(value) else { return false }
        target = number
        return true
    }

    /// Takes seconds with an optional sign and fraction, such as `-1.25`, which is 0.75 s after second -2.
    private mutating func takeTime(_ value: [UInt8]) -> Bool {
        if value.isEmpty {
            modificationTime = nil
            return true
        }
        let isNegative = value.first == UInt8(ascii: "-")
        let parts = value.dropFirst(isNegative ? 1 : 0)
            .split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = TarNumber.parseDecimal(parts[0]).flatMap({ Int64(exactly: $0) }) else { return false }
        var nanoseconds: UInt32 = 0
        if parts.count == 2 {
            let digits = parts[1].prefix(9)
            guard parts[1].allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
            for index in 0..<9 {
                let position = digits.startIndex + index
                nanoseconds = nanoseconds * 10 + (position < digits.endIndex ? UInt32(digits[position] - 0x30) : 0)
            }
        }
        if !isNegative {
            modificationTime = (whole, nanoseconds)
        } else {
            modificationTime = nanoseconds == 0 ? (-whole, 0) : (-whole - 1, 1_000_000_000 - nanoseconds)
        }
        return true
    }
}
