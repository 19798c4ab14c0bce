import Glibc
import LayerArchive
import OCIModel
import SystemPackage
import TestSupport

/// Builds tar streams by hand, well-formed or not.
struct TarBytes {
    var bytes: [UInt8] = []

    mutating func add(_ entry: TarEntry, _ content: [UInt8] = []) {
        var entry = entry
        entry.size = UInt64(content.count)
        bytes += TarHeaderEncoder.encode(entry)
        bytes += content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    mutating func addFile(_ name: String, _ content: String = "") {
        add(TarEntry(name, kind: .file), Array(content.utf8))
    }

    mutating func addLink(_ name: String, to target: String, kind: TarEntry.Kind = .symbolicLink) {
        var entry = TarEntry(name, kind: kind)
        entry.linkTarget = Array(target.utf8)
        add(entry)
    }

    /// A header with raw fields, its checksum computed.
    mutating func addRaw(
        name: String = "f",
        type: Character = "0",
        size: [UInt8] = Array("00000000000".utf8),
        change: (inout [UInt8]) -> Void = { _ in }
    ) {
        var header = TarHeaderEncoder.encode(TarEntry(name, kind: .file))
        header.replaceSubrange(124..<124 + size.count, with: size)
        header[156] = type.asciiValue ?? 0
        change(&header)
        Self.seal(&header)
        bytes += header
    }

    mutating func addPadded(_ content: [UInt8]) {
        bytes += content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    /// A PAX header with the given records in front of the next entry.
    mutating func addPax(_ records: [(String, String)]) {
        var payload: [UInt8] = []
        for (key, value) in records {
            let rest = key.utf8.count + value.utf8.count + 3
            var length = rest + String(rest).utf8.count
            if String(length).utf8.count != String(rest).utf8.count { length = rest + String(length).utf8.count }
            payload += Array("\(length) \(key)=\(value)\n".utf8)
        }
        addExtension(type: "x", payload)
    }

    mutating func addExtension(type: Character, _ payload: [UInt8]) {
        addRaw(name: "ext", type: type, size: Array(octal(payload.count, 11).utf8))
        addPadded(payload)
    }

    func ended() -> [UInt8] { bytes + TarHeaderEncoder.endOfArchive }

    static func seal(_ header: inout [UInt8]) {
        for index in 148..<156 { header[index] = 0x20 }
        let sum = header.prefix(512).reduce(0) { $0 + Int($1) }
        header.replaceSubrange(148..<156, with: Array(octal(sum, 6).utf8) + [0, 0x20])
    }
}

func octal(_ value: Int, _ width: Int) -> String {
    let digits = String(value, radix: 8)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Unpacks a stream into `layer` below the directory and checks that its replay is the same stream.
@discardableResult
func unpack(
    _ bytes: [UInt8],
    in directory: FilePath,
    name: String = "layer",
    limits: TarLimits = TarLimits()
) throws -> UnpackedLayer {
    let layer = directory.appending(name)
    guard mkdir(layer.string, 0o700) == 0 else { throw Errno(rawValue: errno) }
    return try LayerUnpacker(directory: layer, limits: limits).unpack(MemorySource(bytes))
}

func replay(_ directory: FilePath) throws -> [UInt8] {
    try LayerReplayer(directory: directory).replay(into: MemorySink())
}

func readFile(_ path: FilePath) -> [UInt8]? {
    let file = open(path.string, O_RDONLY | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    fstat(file, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress.map { $0 + filled }, $0.count - filled) }
        if count <= 0 { break }
        filled += count
    }
    return Array(bytes.prefix(filled))
}

func text(_ path: FilePath) -> String? { readFile(path).map { String(decoding: $0, as: UTF8.self) } }

func writeFile(_ path: FilePath, _ bytes: [UInt8]) {
    let file = open(path.string, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        if count <= 0 { break }
        rest = rest.dropFirst(count)
    }
    close(file)
}

func status(_ path: FilePath) -> stat? {
    var result = stat()
    return lstat(path.string, &result) == 0 ? result : nil
}

/// Random bytes that are the same in every run.
func pseudorandom(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    // One random block, repeated: debug builds take their time.
    let block = (0..<min(count, 4099)).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 32)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += block.prefix(count - bytes.count) }
    return bytes
}

/// The names of a file's extended attributes.
func attributeNames(_ path: FilePath) -> [String] {
    let listed = run(["python3", "-c", "import os,sys; print('\\n'.join(os.listxattr(sys.argv[1])))", path.string])
    return listed.output.split(separator: "\n").map(String.init)
}
