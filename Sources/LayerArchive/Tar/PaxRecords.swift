/// The `length key=value` records of a PAX extended header.
enum PaxRecords {
    /// Appends one record; its length counts the digits of the length itself.
    static func append(_ key: [UInt8], _ value: [UInt8], to records: inout [UInt8]) {
        let rest = key.count + value.count + 3
        var length = rest + String(rest).utf8.count
        if String(length).utf8.count != String(rest).utf8.count { length = rest + String(length).utf8.count }
        records += String(length).utf8
        records.append(0x20)
        records += key
        records.append(0x3D)
        records += value
        records.append(0x0A)
    }

    /// Appends one record with text for key and value.
    static func append(_ key: String, _ value: String, to records: inout [UInt8]) {
        append(Array(key.utf8), Array(value.utf8), to: &records)
    }

    /// Splits a header's payload into its records, strictly.
    ///
    /// - Returns: Keys and values in order, or nil when a length is wrong.
    static func parse(_ payload: [UInt8]) -> [(key: [UInt8], value: [UInt8])]? {
        var records: [(key: [UInt8], value: [UInt8])] = []
        var rest = payload[...]
        while !rest.isEmpty {
            // Some writers pad the payload with NULs.
            if rest.allSatisfy({ $0 == 0 }) { break }
            guard let space = rest.prefix(20).firstIndex(of: 0x20),
                let length = TarNumber.parseDecimal(rest[rest.startIndex..<space]).flatMap({ Int(exactly: $0) }),
                length > space - rest.startIndex + 2, length <= rest.count
            else { return nil }
            let end = rest.startIndex + length
            guard rest[end - 1] == 0x0A else { return nil }
            let record = rest[(space + 1)..<(end - 1)]
            guard let equals = record.firstIndex(of: 0x3D), equals > record.startIndex else { return nil }
            records.append((Array(record[..<equals]), Array(record[(equals + 1)...])))
            rest = rest[end...]
        }
        return records
    }
}
