import Glibc
import OCIModel
import SystemPackage
import TestSupport
import Testing

@testable import LayerArchive

@Suite("layers on their way out")
struct CompressionTests {
    /// A layer of a few megabytes: text, zeros, noise, small files.
    private func makeLayer(in sandbox: FilePath) throws -> LayerReplayer {
        var tar = TarBytes()
        var random: UInt64 = 88_172_645_463_325_252
        let noise = (0..<700_000).map { _ -> UInt8 in
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return UInt8(truncatingIfNeeded: random)
        }
        tar.add(TarEntry("noise", kind: .file), noise)
        tar.addFile("text", String(repeating: "weights travel once\n", count: 200_000))
        tar.add(TarEntry("zeros", kind: .file), [UInt8](repeating: 0, count: 1_500_000))
        for number in 0..<300 { tar.addFile("f\(number)", "file \(number)\n") }
        tar.bytes += TarHeaderEncoder.endOfArchive
        _ = try unpack(tar.bytes, in: sandbox)
        return try LayerReplayer(directory: sandbox.appending("layer"))
    }

    @Test("the stream goes on from any place")
    func offsets() throws {
        try withSandbox { sandbox in
            let layer = try makeLayer(in: sandbox)
            let whole = try layer.replay(into: MemorySink())
            #expect(UInt64(whole.count) == layer.tarSize)
            let size = layer.tarSize
            let offsets: [UInt64] = [0, 1, 511, 512, 513, 700_000, 701_023, size / 2, size - 1, size]
            for offset in offsets {
                var rest: [UInt8] = []
                try layer.forEachPiece(from: offset) { rest += $0 }
                #expect(rest == Array(whole[Int(offset)...]), "from \(offset)")
            }
        }
    }

    @Test(
        "what is compressed here is undone by us and by the format's own tool, and is the same with any number of threads",
        arguments: [(CompressionFormat.gzip, "gzip"), (.zstd, "zstd")]
    )
    func formats(format: CompressionFormat, tool: String) throws {
        try withSandbox { sandbox in
            let layer = try makeLayer(in: sandbox)
            let whole = try layer.replay(into: MemorySink())
            var outcomes: Set<CompressionReceipt> = []
            for width in 1...3 {
                let path = sandbox.appending("\(tool)\(width)")
                let file = open(path.string, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
                defer { close(file) }
                let sink = FileSink(descriptor: file, name: "test")
                outcomes.insert(try layer.compress(format, level: 5, width: width, into: sink))
                let bytes = try #require(readFile(path))
                #expect(CompressionFormat(detecting: bytes) == format)
                #expect(bytes.count < whole.count / 3)
                let undone = run(["sh", "-c", "\(tool) -dc <\(path.string) | sha256sum"])
                #expect(undone.output.hasPrefix(layer.diffID.hex), "\(undone.errors)")
                removeTree(sandbox.appending("again").string)
                mkdir(sandbox.appending("again").string, 0o755)
                let back = try LayerUnpacker(directory: sandbox.appending("again")).unpack(MemorySource(bytes))
                #expect(back.layer.diffID == layer.diffID)
                #expect(back.compressedDigest == outcomes.first?.compressedDigest)
            }
            #expect(outcomes.count == 1, "\(outcomes)")
            #expect(outcomes.first?.digest == layer.diffID)
        }
    }

    @Test("a failing sink ends the threads, and a layer that has changed has no receipt")
    func failures() throws {
        try withSandbox { sandbox in
            struct Full: Error {}
            let layer = try makeLayer(in: sandbox)
            #expect(throws: Full.self) {
                try layer.compress(.gzip, level: 1, width: 2, into: ClosureSink { _ in throw Full() })
            }
            _ = run(["sh", "-c", "printf X | dd of=$0 bs=1 seek=5 conv=notrunc", "\(sandbox)/layer/tree/text"])
            #expect(throws: ArchiveError.self) { try layer.compress(.gzip, level: 1, width: 2, into: NullSink()) }
        }
    }

    @Test("ISA-L and libarchive undo gzip alike, in members of every kind, and both refuse what is broken")
    func inflaters() throws {
        try withSandbox { sandbox in
            let layer = try makeLayer(in: sandbox)
            writeFile(sandbox.appending("plain"), try layer.replay(into: MemorySink()))
            let script = """
                cd $0; head -c 70000 plain | gzip -n1; tail -c +70001 plain | head -c 3 | gzip -n9; printf '' | gzip -n; \
                gzip -nc <plain; printf 'not a member'
                """
            _ = run(["sh", "-c", "(\(script)) >$0/packed", sandbox.string])
            let packed = try #require(readFile(sandbox.appending("packed")))
            let plain = try #require(readFile(sandbox.appending("plain")))
            func undone(_ bytes: [UInt8], usesInflater: Bool) throws -> [UInt8] {
                let source = try Decompressor(
                    MemorySource(bytes),
                    format: .gzip,
                    filter: #require(CompressionFormat.gzip.filter),
                    usesInflater: usesInflater
                )
                #expect(source.isInflater == usesInflater, "libisal2 is one of the packages of Tests/run")
                var (all, block) = ([UInt8](), [UInt8](repeating: 0, count: 65_521))
                while case let count = try block.withUnsafeMutableBytes({ try source.read(into: $0) }), count > 0 {
                    all += block[..<count]
                }
                return all
            }
            for usesInflater in [true, false] {
                let isRight = try undone(packed, usesInflater: usesInflater) == plain[..<70_003] + plain
                #expect(isRight)
                // The last member ends in the middle.
                let short = Array(packed.dropLast(2000))
                #expect(throws: ArchiveError.self) { _ = try undone(short, usesInflater: usesInflater) }
            }
            // libarchive leaves the checksum to whoever knows the digest of the whole.
            var damaged = packed
            damaged[damaged.count - 19] ^= 1
            let error = #expect(throws: ArchiveError.self) { _ = try undone(damaged, usesInflater: true) }
            #expect(error?.why?.contains("checksum") == true, "\(error?.why ?? "nothing")")
        }
    }

    @Test("samples tell noise from text")
    func samples() throws {
        try withSandbox { sandbox in
            let sample = try makeLayer(in: sandbox).sampleCompressibility()
            #expect(sample.isWorthwhile, "\(sample)")
        }
    }
}
