/// Writes tar headers whose bytes depend on nothing but the entry.
///
/// The form is ustar; what does not fit goes into a PAX header in front: long names, sizes from 8 GiB, large ids,
/// times before 1970 and extended attributes. Times are whole seconds, as containerd and Docker write them, so a layer
/// that was pulled back compares equal. There is no user or group name and no access or change time: all three differ
/// between machines that built the same thing.
public enum TarHeaderEncoder {
    /// The two empty blocks that end a stream.
    public static let endOfArchive = [UInt8](repeating: 0, count: 2 * TarBlock.size)

    /// The header blocks of an entry, everything in front of its content.
    public static func encode(_ entry: TarEntry) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: TarBlock.size)
        var records: [UInt8] = []
        let path = entry.kind == .directory && entry.path.last != slash ? entry.path + [slash] : entry.path

        placeNames(path: path, linkTarget: entry.linkTarget, in: &header, records: &records)
        placeNumbers(of: entry, in: &header, records: &records)
        for attribute in entry.extendedAttributes {
            PaxRecords.append(Array("SCHILY.xattr.".utf8) + attribute.name, attribute.value, to: &records)
        }
        header[TarBlock.type] = entry.kind.typeFlag
        seal(&header)
        return records.isEmpty ? header : extendedHeader(records, for: path) + header
    }

    private static let slash = UInt8(ascii: "/")

    private static func placeNames(
        path: [UInt8],
        linkTarget: [UInt8],
        in header: inout [UInt8],
        records: inout [UInt8]
    ) {
        // PAX names are UTF-8 unless the header says otherwise.
        let needsPath = !place(path: path, in: &header)
        let needsLink = linkTarget.count > TarBlock.linkName.count
        let isText = (!needsPath || isUTF8(path)) && (!needsLink || isUTF8(linkTarget))
        if !isText { PaxRecords.append("hdrcharset", "BINARY", to: &records) }
        if needsPath { PaxRecords.append(Array("path".utf8), path, to: &records) }
        if needsLink { PaxRecords.append(Array("linkpath".utf8), linkTarget, to: &records) }
        copy(linkTarget.prefix(TarBlock.linkName.count), to: TarBlock.linkName.lowerBound, in: &header)
    }

    /// Places the name, split at a slash into prefix and name where it is longer than the name field.
    private static func place(path: [UInt8], in header: inout [UInt8]) -> Bool {
        if path.count <= TarBlock.name.count {
            copy(path[...], to: TarBlock.name.lowerBound, in: &header)
            return true
        }
        let earliest = path.count - TarBlock.name.count - 1
        let latest = min(TarBlock.prefix.count, path.count - 2)
        if earliest <= latest, let split = (earliest...latest).first(where: { path[$0] == slash && $0 > 0 }) {
            copy(path[..<split], to: TarBlock.prefix.lowerBound, in: &header)
            copy(path[(split + 1)...], to: TarBlock.name.lowerBound, in: &header)
            return true
        }
        copy(path.prefix(TarBlock.name.count), to: TarBlock.name.lowerBound, in: &header)
        return false
    }

    private static func placeNumbers(of entry: TarEntry, in header: inout [UInt8], records: inout [UInt8]) {
        func place(_ value: UInt64, _ field: Range<Int>, _ key: String) {
            guard !TarNumber.writeOctal(value, into: &header, field) else { return }
            _ = TarNumber.writeOctal(0, into: &header, field)
            PaxRecords.append(key, String(value), to: &records)
        }
        _ = TarNumber.writeOctal(UInt64(entry.mode & 0o7777), into: &header, TarBlock.mode)
        place(UInt64(entry.userID), TarBlock.userID, "uid")
        place(UInt64(entry.groupID), TarBlock.groupID, "gid")
        place(entry.kind == .file ? entry.size : 0, TarBlock.entrySize, "size")
        if entry.modificationTime >= 0 {
            place(UInt64(entry.modificationTime), TarBlock.modificationTime, "mtime")
        } else {
            _ = TarNumber.writeOctal(0, into: &header, TarBlock.modificationTime)
            PaxRecords.append("mtime", String(entry.modificationTime), to: &records)
        }
        let isDevice = entry.kind == .characterDevice || entry.kind == .blockDevice
        // Linux has 12-bit majors and 20-bit minors, which always fit seven octal digits.
        _ = TarNumber.writeOctal(UInt64(isDevice ? entry.deviceMajor : 0), into: &header, TarBlock.deviceMajor)
        _ = TarNumber.writeOctal(UInt64(isDevice ? entry.deviceMinor : 0), into: &header, TarBlock.deviceMinor)
    }

    private static func extendedHeader(_ records: [UInt8], for path: [UInt8]) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: TarBlock.size)
        let trimmed = path.last == slash ? path.dropLast() : path[...]
        let base = trimmed.lastIndex(of: slash).map { trimmed[($0 + 1)...] } ?? trimmed
        let name = Array("PaxHeaders.0/".utf8) + base
        copy(name.prefix(TarBlock.name.count), to: TarBlock.name.lowerBound, in: &header)
        _ = TarNumber.writeOctal(0o644, into: &header, TarBlock.mode)
        for field in [TarBlock.userID, TarBlock.groupID, TarBlock.modificationTime] {
            _ = TarNumber.writeOctal(0, into: &header, field)
        }
        for field in [TarBlock.deviceMajor, TarBlock.deviceMinor] { _ = TarNumber.writeOctal(0, into: &header, field) }
        _ = TarNumber.writeOctal(UInt64(records.count), into: &header, TarBlock.entrySize)
        header[TarBlock.type] = UInt8(ascii: "x")
        seal(&header)
        return header + records + [UInt8](repeating: 0, count: TarBlock.padding(after: UInt64(records.count)))
    }

    /// Writes magic, version and, last, the checksum over everything else.
    private static func seal(_ header: inout [UInt8]) {
        copy(Array("ustar\0".utf8)[...], to: TarBlock.magic.lowerBound, in: &header)
        copy(Array("00".utf8)[...], to: TarBlock.version.lowerBound, in: &header)
        for index in TarBlock.checksum { header[index] = 0x20 }
        let sum = header.reduce(UInt64(0)) { $0 + UInt64($1) }
        // Six digits, NUL, space: the form that every tar has written since the seventh edition.
        _ = TarNumber.writeOctal(sum, into: &header, TarBlock.checksum.lowerBound..<TarBlock.checksum.upperBound - 1)
    }

    private static func copy(_ bytes: ArraySlice<UInt8>, to offset: Int, in header: inout [UInt8]) {
        header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }
}

extension TarEntry.Kind {
    /// The type flag of the ustar header.
    var typeFlag: UInt8 {
        switch self {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .symbolicLink: UInt8(ascii: "2")
        case .characterDevice: UInt8(ascii: "3")
        case .blockDevice: UInt8(ascii: "4")
        case .directory: UInt8(ascii: "5")
        case .fifo: UInt8(ascii: "6")
        }
    }
}
