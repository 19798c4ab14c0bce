import LayerArchive
import Testing

@Suite("the tar reader is strict and bounded")
struct TarReaderTests {
    /// Reads everything, and tells the entries.
    private func readAll(_ bytes: [UInt8], limits: TarLimits = TarLimits()) throws -> [TarEntry] {
        let reader = TarReader(MemorySource(bytes), limits: limits)
        var entries: [TarEntry] = []
        while let member = try reader.next() { entries.append(member.entry) }
        try reader.readTrailer { _ in }
        return entries
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]

        init(_ description: String, _ build: (inout TarBytes) -> Void) {
            testDescription = description
            var tar = TarBytes()
            build(&tar)
            bytes = tar.ended()
        }
    }

    static let malformed: [Case] = [
        Case("a wrong checksum") { tar in
            tar.addFile("f")
            tar.bytes[0] = 0x41
        },
        Case("a NUL inside a PAX name") { tar in
            tar.addPax([("path", "a\u{0}b")])
            tar.addRaw()
        },
        Case("a negative size") { tar in
            tar.addRaw(size: [0xFF] + [UInt8](repeating: 0xFF, count: 11))
        },
        Case("a size that overflows") { tar in
            tar.addRaw(size: [0x80, 0xFF] + [UInt8](repeating: 0xFF, count: 10))
        },
        Case("a size that is no number") { tar in tar.addRaw(size: Array("12x45678901".utf8)) },
        Case("a size larger than the data") { tar in tar.addRaw(size: Array("77777777777".utf8)) },
        Case("a PAX record with a wrong length") { tar in
            tar.addExtension(type: "x", Array("99 path=x\n".utf8))
            tar.addRaw()
        },
        Case("a PAX record without an equals sign") { tar in
            tar.addExtension(type: "x", Array("8 pathx\n".utf8))
            tar.addRaw()
        },
        Case("a PAX size that is negative") { tar in
            tar.addPax([("size", "-1")])
            tar.addRaw()
        },
        Case("a PAX user id out of range") { tar in
            tar.addPax([("uid", "4294967295")])
            tar.addRaw()
        },
        Case("an entry type nobody knows") { tar in tar.addRaw(type: "M") },
        Case("an empty block between headers") { tar in
            tar.bytes += [UInt8](repeating: 0, count: 512)
            tar.addFile("f")
        },
        Case("a sparse map whose parts overlap") { tar in
            tar.addPax([("GNU.sparse.map", "0,512,100,512"), ("GNU.sparse.size", "2048")])
            tar.addRaw(size: Array(octal(1024, 11).utf8))
            tar.addPadded([UInt8](repeating: 1, count: 1024))
        },
        Case("a sparse map past the end of the file") { tar in
            tar.addPax([("GNU.sparse.map", "4096,512"), ("GNU.sparse.size", "100")])
            tar.addRaw(size: Array(octal(512, 11).utf8))
            tar.addPadded([UInt8](repeating: 1, count: 512))
        },
        Case("a sparse map with huge numbers") { tar in
            tar.addPax([("GNU.sparse.map", "18446744073709551615,2"), ("GNU.sparse.size", "9223372036854775807")])
            tar.addRaw(size: Array(octal(2, 11).utf8))
            tar.addPadded([1, 1])
        },
        Case("a sparse file of 16 EiB") { tar in
            tar.addPax([("GNU.sparse.map", "0,0"), ("GNU.sparse.size", "18446744073709551615")])
            tar.addRaw()
        },
        Case("a sparse map of format 1.0 that never ends") { tar in
            tar.addPax([("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "10")])
            tar.addRaw(size: Array(octal(1024, 11).utf8))
            tar.addPadded([UInt8](repeating: 0x31, count: 1024))
        },
        Case("an entry without a name") { tar in tar.addRaw(name: "") },
    ]

    @Test("is refused", arguments: malformed)
    func refused(_ sample: Case) {
        #expect(throws: ArchiveError.self) { try readAll(sample.bytes) }
    }

    @Test("a name of a mebibyte is refused before it takes memory")
    func longName() {
        var tar = TarBytes()
        tar.addExtension(type: "L", [UInt8](repeating: 0x61, count: 2 << 20))
        tar.addRaw()
        #expect(throws: ArchiveError.limitExceeded(what: "the size of an extended header", limit: 1 << 20)) {
            try readAll(tar.ended())
        }
    }

    @Test("every cut inside the stream is an error, none is a crash")
    func truncated() throws {
        var tar = TarBytes()
        tar.addPax([("path", String(repeating: "p", count: 300))])
        tar.addRaw(size: Array(octal(700, 11).utf8))
        tar.addPadded([UInt8](repeating: 7, count: 700))
        for length in stride(from: 1, to: tar.bytes.count, by: 37) where length % 512 != 0 || length > 512 {
            #expect(throws: ArchiveError.self) { try readAll(Array(tar.bytes.prefix(length))) }
        }
        #expect(try readAll(tar.bytes).count == 1)
    }

    @Test("a last entry that is not filled up is an error, unless a digest vouches for the stream")
    func missingPadding() throws {
        var tar = TarBytes()
        tar.addRaw(size: Array(octal(700, 11).utf8))
        tar.addPadded([UInt8](repeating: 7, count: 700))
        var limits = TarLimits()
        limits.requiresPadding = false
        for length in [512 + 700, 512 + 701, 512 + 1023] {
            let cut = Array(tar.bytes.prefix(length))
            #expect(throws: ArchiveError.self) { try readAll(cut) }
            #expect(try readAll(cut, limits: limits).count == 1)
        }
        // Content is never missed.
        #expect(throws: ArchiveError.self) { try readAll(Array(tar.bytes.prefix(512 + 699)), limits: limits) }
        let reader = TarReader(MemorySource(Array(tar.bytes.prefix(512 + 701))), limits: limits)
        _ = try reader.next()
        try reader.readContent { _ in }
        #expect(try reader.readPadding().count == 1)
        #expect(try reader.next() == nil)
    }

    @Test("random changes never crash the reader", arguments: 0..<10)
    func fuzz(seed: UInt64) {
        var tar = TarBytes()
        tar.addPax([("path", "some/long/name"), ("mtime", "12.5"), ("SCHILY.xattr.user.a", "b")])
        tar.addFile("f", "content")
        tar.addExtension(type: "L", Array("another name\u{0}".utf8))
        tar.addRaw(type: "S") { $0[482] = 1 }
        tar.addPadded([UInt8](repeating: 0, count: 512))
        let original = tar.ended()
        let noise = pseudorandom(300, seed: seed + 1)
        for round in stride(from: 0, to: 300, by: 3) {
            var bytes = original
            let position = (Int(noise[round]) << 8 | Int(noise[round + 1])) % bytes.count
            bytes[position] = noise[round + 2]
            let header = position / 512 * 512
            // A right checksum lets the change through to the parser behind it.
            if round % 2 == 0 {
                var block = Array(bytes[header..<header + 512])
                TarBytes.seal(&block)
                bytes.replaceSubrange(header..<header + 512, with: block)
            }
            _ = try? readAll(bytes)
        }
    }

    @Test("GNU long names and links, base-256 numbers and global headers are understood")
    func dialects() throws {
        var tar = TarBytes()
        tar.addExtension(type: "g", Array("18 comment=abcdef\n".utf8))
        let name = String(repeating: "long/", count: 40) + "name"
        tar.addExtension(type: "L", Array(name.utf8) + [0])
        tar.addExtension(type: "K", Array("target\u{0}".utf8))
        tar.addRaw(type: "2")
        tar.addRaw(name: "ids") { header in
            header.replaceSubrange(108..<116, with: [0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF])
            header.replaceSubrange(136..<148, with: [UInt8](repeating: 0xFF, count: 12))
        }
        let entries = try readAll(tar.ended())
        #expect(entries.count == 2)
        #expect(entries[0].path == Array(name.utf8))
        #expect(entries[0].linkTarget == Array("target".utf8))
        #expect(entries[1].userID == 0x7FFF_FFFF)
        #expect(entries[1].modificationTime == -1)
    }

    @Test(
        "PAX times keep their fraction, also before 1970",
        arguments: [
            ("12.5", 12, 500_000_000), ("-1.25", -2, 750_000_000), ("0.123456789123", 0, 123_456_789), ("-3", -3, 0),
        ]
    )
    func times(text: String, seconds: Int64, nanoseconds: UInt32) throws {
        var tar = TarBytes()
        tar.addPax([("mtime", text)])
        tar.addRaw()
        let entry = try #require(try readAll(tar.ended()).first)
        #expect(entry.modificationTime == seconds)
        #expect(entry.modificationNanoseconds == nanoseconds)
    }

    @Test("a million entries are read, ten million are too many by default; the limit counts")
    func entryLimit() throws {
        var tar = TarBytes()
        for _ in 0..<50 { tar.addFile("f") }
        var limits = TarLimits()
        limits.entries = 49
        #expect(throws: ArchiveError.limitExceeded(what: "the number of entries", limit: 49)) {
            try readAll(tar.ended(), limits: limits)
        }
    }
}
