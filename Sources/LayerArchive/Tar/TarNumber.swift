/// The numeric fields of tar headers.
enum TarNumber {
    /// Reads an octal field, padded with spaces or NULs, or GNU's base-256 form, marked by its first bit.
    ///
    /// - Returns: The number, or nil when the field holds anything else or does not fit 63 bits.
    static func parse(_ field: ArraySlice<UInt8>) -> Int64? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 { return parseBase256(field) }
        var rest = field.drop { $0 == 0x20 }
        while let last = rest.last, last == 0x20 || last == 0 { rest.removeLast() }
        return parseOctal(rest)
    }

    /// Reads plain octal digits; no digits at all are zero, as in headers of devices and links.
    static func parseOctal(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: UInt64 = 0
        for digit in digits {
            guard (0x30...0x37).contains(digit), value <= UInt64(Int64.max) >> 3 else { return nil }
            value = value << 3 | UInt64(digit - 0x30)
        }
        return Int64(value)
    }

    /// Reads plain decimal digits, at least one.
    static func parseDecimal(_ digits: some Collection<UInt8>) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit - 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// Writes octal digits with leading zeros and a NUL behind, or tells that the value does not fit.
    static func writeOctal(_ value: UInt64, into header: inout [UInt8], _ field: Range<Int>) -> Bool {
        let digits = field.count - 1
        guard digits * 3 >= 64 || value >> UInt64(digits * 3) == 0 else { return false }
        var rest = value
        for index in (field.lowerBound..<field.lowerBound + digits).reversed() {
            header[index] = 0x30 + UInt8(rest & 7)
            rest >>= 3
        }
        header[field.upperBound - 1] = 0
        return true
    }

    private static func parseBase256(_ field: ArraySlice<UInt8>) -> Int64? {
        guard let first = field.first else { return nil }
        // Bit 6 of the first byte is the sign of a two's complement number.
        let isNegative = first & 0x40 != 0
        var value: Int64 = isNegative ? -1 : 0
        for (index, byte) in field.enumerated() {
            let digit = index == 0 ? (isNegative ? byte | 0x80 : byte & 0x7F) : byte
            let (product, overflow) = value.multipliedReportingOverflow(by: 256)
            if index == 0 {
                value = isNegative ? Int64(Int8(bitPattern: digit)) : Int64(digit)
                continue
            }
            guard !overflow else { return nil }
            value = product | Int64(digit)
        }
        return value
    }
}
