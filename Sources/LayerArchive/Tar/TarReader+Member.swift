extension TarReader {
    /// Puts an entry together from its header and what the extended headers said.
    func member(_ header: [UInt8], _ attributes: PaxAttributes) throws -> TarMember {
        var entry = TarEntry(path: try name(header, attributes), kind: try kind(header))
        // Seventh-edition writers mark a directory by a slash behind the name of a "file".
        if entry.kind == .file, attributes.path == nil, entry.path.last == UInt8(ascii: "/") { entry.kind = .directory }
        entry.linkTarget = attributes.linkPath ?? text(header[TarBlock.linkName])
        entry.mode = UInt32(truncatingIfNeeded: try number(header, TarBlock.mode, "mode")) & 0o7777
        entry.userID = try identifier(attributes.userID, header, TarBlock.userID, "user id")
        entry.groupID = try identifier(attributes.groupID, header, TarBlock.groupID, "group id")
        if let time = attributes.modificationTime {
            entry.modificationTime = time.seconds
            entry.modificationNanoseconds = time.nanoseconds
        } else {
            entry.modificationTime = try number(header, TarBlock.modificationTime, "modification time")
        }
        entry.extendedAttributes = attributes.extendedAttributes
        if entry.kind == .characterDevice || entry.kind == .blockDevice {
            entry.deviceMajor = try deviceNumber(header, TarBlock.deviceMajor, limit: 0xFFF)
            entry.deviceMinor = try deviceNumber(header, TarBlock.deviceMinor, limit: 0xFFFFF)
        }
        try checkNames(of: entry)

        guard entry.kind == .file else {
            // Links, directories and devices have no content, whatever their size field says (as in Go's reader).
            return TarMember(entry: entry, headerBytes: pending, storedSize: 0)
        }
        let stored = try attributes.size ?? UInt64(checkedSize(try number(header, TarBlock.entrySize, "size")))
        return try sized(entry, header, attributes, storedSize: stored)
    }

    private func sized(
        _ entry: TarEntry,
        _ header: [UInt8],
        _ attributes: PaxAttributes,
        storedSize: UInt64
    ) throws -> TarMember {
        var entry = entry
        var stored = storedSize
        let map: SparseMap?
        if header[TarBlock.type] == UInt8(ascii: "S") {
            map = try oldSparseMap(header, storedSize: stored)
        } else if attributes.sparse.major == 1, attributes.sparse.minor == 0 {
            let segments = try embeddedSegments(storedSize: &stored)
            map = SparseMap(segments, realSize: try realSize(attributes), storedSize: stored)
            if map == nil { throw malformed("the sparse map is malformed") }
        } else if attributes.sparse.map != nil || !attributes.sparse.numbers.isEmpty {
            let segments =
                attributes.sparse.map.map { SparseMap.commaSegments($0) } ?? SparseMap.pair(attributes.sparse.numbers)
            guard let segments,
                let checked = SparseMap(segments, realSize: try realSize(attributes), storedSize: stored)
            else { throw malformed("the sparse map is malformed") }
            map = checked
        } else {
            map = nil
        }
        entry.size = map?.realSize ?? stored
        return TarMember(entry: entry, headerBytes: pending, storedSize: stored, sparseMap: map)
    }

    private func name(_ header: [UInt8], _ attributes: PaxAttributes) throws -> [UInt8] {
        if let name = attributes.sparse.name { return name }
        if let path = attributes.path { return path }
        let name = text(header[TarBlock.name])
        // GNU's magic is `ustar` and two spaces; it keeps other things where ustar has the prefix.
        guard header[TarBlock.magic].elementsEqual("ustar\0".utf8) else { return name }
        let prefix = text(header[TarBlock.prefix])
        return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    }

    private func kind(_ header: [UInt8]) throws -> TarEntry.Kind {
        switch header[TarBlock.type] {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"), UInt8(ascii: "S"): return .file
        case UInt8(ascii: "1"): return .hardLink
        case UInt8(ascii: "2"): return .symbolicLink
        case UInt8(ascii: "3"): return .characterDevice
        case UInt8(ascii: "4"): return .blockDevice
        case UInt8(ascii: "5"): return .directory
        case UInt8(ascii: "6"): return .fifo
        case let other: throw malformed("entries of type \(other) are not supported")
        }
    }

    private func checkNames(of entry: TarEntry) throws {
        for name in [entry.path, entry.linkTarget] {
            guard !name.contains(0) else { throw malformed("a name contains a NUL byte") }
            guard name.count <= limits.nameBytes else {
                throw ArchiveError.limitExceeded(what: "the length of a name", limit: UInt64(limits.nameBytes))
            }
        }
        guard !entry.path.isEmpty else { throw malformed("an entry has no name") }
    }

    /// The text of a header field, up to its first NUL.
    private func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }

    private func number(_ header: [UInt8], _ field: Range<Int>, _ name: String) throws -> Int64 {
        guard let number = TarNumber.parse(header[field]) else { throw malformed("the \(name) is malformed") }
        return number
    }

    private func checkedSize(_ size: Int64) throws -> Int64 {
        guard size >= 0 else { throw malformed("the size is negative") }
        return size
    }

    private func identifier(
        _ override: UInt64?,
        _ header: [UInt8],
        _ field: Range<Int>,
        _ name: String
    ) throws -> UInt32 {
        let value = try override ?? UInt64(bitPattern: number(header, field, name))
        // The last number means "no change" to chown, which would leave the file with the unpacking user.
        guard value < UInt64(UInt32.max) else { throw malformed("the \(name) is out of range") }
        return UInt32(value)
    }

    private func deviceNumber(_ header: [UInt8], _ field: Range<Int>, limit: Int64) throws -> UInt32 {
        let value = try number(header, field, "device number")
        guard (0...limit).contains(value) else { throw malformed("the device number is out of range") }
        return UInt32(value)
    }

    private func realSize(_ attributes: PaxAttributes) throws -> UInt64 {
        guard let size = attributes.sparse.realSize else { throw malformed("a sparse file has no real size") }
        return size
    }

    /// Reads GNU's old map from the header and the extension blocks behind it.
    private func oldSparseMap(_ header: [UInt8], storedSize: UInt64) throws -> SparseMap {
        guard var segments = SparseMap.oldFormatSegments(header[TarBlock.sparseMap]) else {
            throw malformed("the sparse map is malformed")
        }
        var isExtended = header[TarBlock.sparseIsExtended] != 0
        while isExtended {
            guard let block = try takeBlock(), let more = SparseMap.oldFormatSegments(block[..<504]) else {
                throw malformed("the sparse map is malformed")
            }
            segments += more
            isExtended = block[504] != 0
        }
        let real = UInt64(try checkedSize(try number(header, TarBlock.sparseRealSize, "real size")))
        guard let map = SparseMap(segments, realSize: real, storedSize: storedSize) else {
            throw malformed("the sparse map is malformed")
        }
        return map
    }

    /// Reads the map that GNU's PAX format 1.0 puts in front of the content, and takes its blocks off the stored size.
    private func embeddedSegments(storedSize: inout UInt64) throws -> [SparseMap.Segment] {
        var lines: [ArraySlice<UInt8>] = []
        var text: [UInt8] = []
        var needed: Int?
        while needed.map({ lines.count < $0 }) ?? true {
            guard storedSize >= UInt64(TarBlock.size), let block = try takeBlock() else {
                throw malformed("the sparse map is malformed")
            }
            storedSize -= UInt64(TarBlock.size)
            text += block
            while let end = text.firstIndex(of: 0x0A), needed.map({ lines.count < $0 }) ?? true {
                lines.append(text[..<end])
                text = Array(text[(end + 1)...])
                if needed == nil {
                    guard let count = TarNumber.parseDecimal(lines[0]), count <= UInt64(limits.headerBytes / 4) else {
                        throw malformed("the sparse map is malformed")
                    }
                    needed = 1 + 2 * Int(count)
                }
            }
            guard text.count <= TarBlock.size else { throw malformed("the sparse map is malformed") }
        }
        guard let segments = SparseMap.pair(Array(lines.dropFirst())) else {
            throw malformed("the sparse map is malformed")
        }
        return segments
    }
}
