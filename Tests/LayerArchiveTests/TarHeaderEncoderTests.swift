import Glibc
import LayerArchive
import OCIModel
import SystemPackage
import TestSupport
import Testing

@Suite("tar headers are deterministic")
struct TarHeaderEncoderTests {
    static let cases: [(name: String, entry: TarEntry)] = {
        var file = TarEntry("etc/hostname", kind: .file)
        file.size = 12
        file.modificationTime = 1_700_000_000
        var owned = TarEntry("home/user/", kind: .directory)
        owned.mode = 0o2755
        owned.userID = 1000
        owned.groupID = 2_097_152
        var link = TarEntry("bin", kind: .symbolicLink)
        link.linkTarget = Array("usr/bin".utf8)
        link.mode = 0o777
        var split = TarEntry(String(repeating: "d", count: 120) + "/" + String(repeating: "f", count: 90), kind: .file)
        split.modificationTime = -1
        var big = TarEntry("model.safetensors", kind: .file)
        big.size = 9 << 30
        var capable = TarEntry("usr/bin/ping", kind: .file)
        capable.extendedAttributes = [
            ExtendedAttribute(name: Array("security.capability".utf8), value: [1, 0, 0, 2, 0, 32, 0, 0])
        ]
        var device = TarEntry("dev/nvme0", kind: .blockDevice)
        device.deviceMajor = 259
        device.deviceMinor = 70_000
        return [
            ("file", file), ("directory", owned), ("symlink", link), ("prefix", split), ("big", big),
            ("long", TarEntry(String(repeating: "n", count: 200), kind: .file)),
            ("latin1", TarEntry(path: Array(repeating: 0xE9, count: 150), kind: .file)),
            ("capability", capable), ("device", device), ("fifo", TarEntry("run/pipe", kind: .fifo)),
        ]
    }()

    @Test("the bytes are the ones on file")
    func golden() throws {
        let lines = Self.cases.map { name, entry in "\(name): \(readable(TarHeaderEncoder.encode(entry)))" }
        let path = FilePath("\(#filePath)").removingLastComponent().appending("Goldens/headers.txt")
        let actual = lines.joined(separator: "\n") + "\n"
        if getenv("LLMBOX_UPDATE_GOLDENS") != nil { writeFile(path, Array(actual.utf8)) }
        #expect(text(path) == actual)
    }

    @Test("a plain header is laid out as POSIX says")
    func layout() {
        let header = TarHeaderEncoder.encode(Self.cases[0].entry)
        #expect(header.count == 512)
        #expect(String(decoding: header[0..<12], as: UTF8.self) == "etc/hostname")
        #expect(String(decoding: header[100..<107], as: UTF8.self) == "0000644")
        #expect(String(decoding: header[124..<135], as: UTF8.self) == "00000000014")
        #expect(String(decoding: header[257..<265], as: UTF8.self) == "ustar\u{0}00")
        #expect(header[265..<329].allSatisfy { $0 == 0 }, "no user and group names")
    }

    @Test("what is written is read back", arguments: cases.map(\.name))
    func roundTrip(name: String) throws {
        var entry = try #require(Self.cases.first { $0.name == name }).entry
        if entry.size > 1 << 20 { entry.size = 0 }
        var bytes = TarHeaderEncoder.encode(entry)
        bytes += [UInt8](repeating: 0, count: entry.size > 0 ? 512 : 0)
        let reader = TarReader(MemorySource(bytes + TarHeaderEncoder.endOfArchive))
        let member = try #require(try reader.next())
        if entry.kind == .directory, entry.path.last != UInt8(ascii: "/") { entry.path.append(UInt8(ascii: "/")) }
        #expect(member.entry == entry)
        #expect(try reader.next() == nil)
    }

    @Test("a size over 8 GiB survives")
    func bigSize() throws {
        let entry = try #require(Self.cases.first { $0.name == "big" }).entry
        let reader = TarReader(MemorySource(TarHeaderEncoder.encode(entry)))
        #expect(try reader.next()?.entry.size == 9 << 30)
    }

    @Test("content is padded to whole blocks, whatever its size", arguments: [0, 1, 511, 512, 513, 1023, 1024, 70_000])
    func padding(size: Int) throws {
        var tar = TarBytes()
        tar.add(TarEntry("a", kind: .file), pseudorandom(size))
        tar.addFile("b", "end")
        #expect(tar.bytes.count % 512 == 0)
        let reader = TarReader(MemorySource(tar.ended()))
        let first = try #require(try reader.next())
        #expect(first.entry.size == UInt64(size))
        var content: [UInt8] = []
        try reader.readContent { content += $0 }
        #expect(content == pseudorandom(size))
        #expect(try reader.readPadding().count == (512 - size % 512) % 512)
        #expect(try reader.next()?.entry.path == Array("b".utf8))
    }

    /// The bytes as text, with runs of one byte shortened, so that a difference can be read.
    private func readable(_ bytes: [UInt8]) -> String {
        var text = ""
        var rest = bytes[...]
        while let byte = rest.first {
            let count = rest.prefix { $0 == byte }.count
            let isPlain = (0x21...0x7E).contains(byte)
            text += isPlain ? String(decoding: [byte], as: UTF8.self) : "<\(String(byte, radix: 16))>"
            if count > 3 { text += "*\(count) " }
            rest = rest.dropFirst(count > 3 ? count : 1)
        }
        return text
    }
}
