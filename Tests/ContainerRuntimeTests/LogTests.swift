import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import ContainerRuntime

@Suite struct LogTests {
    private func texts(_ reader: LogReader, _ options: LogReader.Options = .init()) throws -> [String] {
        var result: [String] = []
        try reader.read(options) {
            result.append(String(decoding: $0.bytes, as: UTF8.self))
            return true
        }
        return result
    }

    @Test("an entry is written as Docker's json-file writes it")
    func line() {
        let entry = LogEntry(
            bytes: Array("say \"hi\"\t\u{1}\\é\n".utf8),
            stream: .error,
            time: Timestamp(seconds: 0, nanoseconds: 120)
        )
        let text = #"{"log":"say \"hi\"\t\u0001\\é\n","stream":"stderr","time":"1970-01-01T00:00:00.00000012Z"}"#
        #expect(String(decoding: entry.line, as: UTF8.self) == text + "\n")
        #expect(LogEntry(line: entry.line) == entry)
    }

    @Test(
        "what has to be escaped is, wherever in the line it stands, and each byte that is no UTF-8 is replaced",
        arguments: [
            ("\"", #"\""#), (#"\"#, #"\\"#), ("\n", #"\n"#), ("\r", #"\r"#), ("\t", #"\t"#), ("\0", #"\u0000"#),
            ("\u{1B}", #"\u001b"#), ("\u{7F}", "\u{7F}"), ("\u{2028}", #"\u2028"#), ("\u{2029}", #"\u2029"#),
            ("\u{2027}", "\u{2027}"), ("\u{202A}", "\u{202A}"), ("é€😀", "é€😀"), ("!#[]~", "!#[]~"),
        ]
    )
    func escapes(written: String, logged: String) {
        for before in 0..<18 {
            for after in 0..<9 {
                let (head, tail) = (String(repeating: "a", count: before), String(repeating: "z", count: after))
                let entry = LogEntry(
                    bytes: Array((head + written + tail).utf8),
                    stream: .output,
                    time: Timestamp(seconds: 0)
                )
                let text = #"{"log":"\#(head + logged + tail)","stream":"stdout","time":"1970-01-01T00:00:00Z"}"# + "\n"
                #expect(String(decoding: entry.line, as: UTF8.self) == text)
                #expect(LogEntry(line: entry.line) == entry)
            }
        }
    }

    @Test(
        "bytes that are no UTF-8 are replaced one by one, and what follows them is kept",
        arguments: [
            ([0xFF], 1), ([0xC3], 1), ([0xC0, 0x80], 2), ([0xE2, 0x82], 2), ([0xE0, 0x9F, 0xBF], 3),
            ([0xED, 0xA0, 0x80], 3), ([0xF0, 0x9F, 0x98], 3), ([0xF4, 0x90, 0x80, 0x80], 4), ([0xF5, 0x80], 2),
            ([0xC3, 0xC3], 2), ([0xE2, 0x80], 2),
        ] as [([UInt8], Int)]
    )
    func invalid(bytes: [UInt8], replaced: Int) throws {
        for tail in ["", "x", "é\n"] {
            let line = LogEntry(bytes: bytes + Array(tail.utf8), stream: .output, time: Timestamp(seconds: 0)).line
            let read = try #require(LogEntry(line: line))
            #expect(read.bytes == Array((String(repeating: "\u{FFFD}", count: replaced) + tail).utf8))
        }
    }

    @Test("entries that others wrote are understood, and damaged ones are not")
    func foreign() {
        let line = #"{"time":"2026-11-21T00:00:00Z", "stream":"stdout", "log":"\u003ca\u003e \ud83d\ude00\n"}"#
        #expect(LogEntry(line: Array(line.utf8))?.bytes == Array("<a> 😀\n".utf8))
        #expect(LogEntry(line: Array(line.utf8.dropLast(3))) == nil)
        #expect(LogEntry(line: []) == nil)
    }

    @Test("lines are joined over reads, streams are kept apart, and the rest is written at the end")
    func joining() throws {
        try withSandbox { sandbox in
            let path = "\(sandbox)/log"
            var writer = try LogWriter(path: path, settings: LogSettings())
            try writer.write(Array("one\ntw".utf8), to: .output)
            try writer.write(Array("error\n".utf8), to: .error)
            try writer.write(Array("o\nrest".utf8), to: .output)
            #expect(try texts(LogReader(path: path)) == ["one\n", "error\n", "two\n"])
            try writer.finish()
            #expect(try texts(LogReader(path: path)).last == "rest")
            var options = LogReader.Options()
            options.tail = 2
            #expect(try texts(LogReader(path: path), options) == ["two\n", "rest"])
            options.tail = 0
            #expect(try texts(LogReader(path: path), options) == [])
        }
    }

    @Test("a very long line becomes several entries")
    func longLine() throws {
        try withSandbox { sandbox in
            let path = "\(sandbox)/log"
            var writer = try LogWriter(path: path, settings: LogSettings())
            try writer.write([UInt8](repeating: 120, count: 40_000) + [10], to: .output)
            #expect(try texts(LogReader(path: path)).map(\.utf8.count) == [16384, 16384, 7233])
        }
    }

    @Test("full files are set aside, the oldest fall out, and the rest is read in order", arguments: [1, 3])
    func rotation(files: Int) throws {
        try withSandbox { sandbox in
            let path = "\(sandbox)/log"
            var writer = try LogWriter(path: path, settings: LogSettings(maximumSize: 1000, maximumFiles: files))
            for number in 0..<100 { try writer.write(Array("line \(number)\n".utf8), to: .output) }
            let lines = try texts(LogReader(path: path))
            #expect(lines.last == "line 99\n")
            #expect(lines == (100 - lines.count..<100).map { "line \($0)\n" })
            #expect(files == 1 ? lines.count < 13 : (24...39).contains(lines.count))
            #expect(access("\(path).\(files)", F_OK) != 0)
        }
    }

    @Test("since and until choose by time")
    func times() throws {
        try withSandbox { sandbox in
            let path = "\(sandbox)/log"
            let file = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
            for second in 0..<10 {
                let entry = LogEntry(
                    bytes: Array("\(second)".utf8),
                    stream: .output,
                    time: Timestamp(seconds: Int64(second))
                )
                try file.writeAll(entry.line)
            }
            try file.close()
            var options = LogReader.Options()
            options.since = Timestamp(seconds: 3)
            options.until = Timestamp(seconds: 5)
            #expect(try texts(LogReader(path: path), options) == ["3", "4", "5"])
        }
    }

    @Test("following sees what is written later, through a rotation, until the container is over")
    func follow() throws {
        try withSandbox { sandbox in
            let path = "\(sandbox)/log"
            var writer = try LogWriter(path: path, settings: LogSettings(maximumSize: 300, maximumFiles: 2))
            try writer.write(Array("0\n".utf8), to: .output)
            var options = LogReader.Options()
            options.follow = true
            var seen: [String] = []
            var written = 1
            try LogReader(path: path).read(options) {
                // Each time the reader has caught up, one more line comes; after the twentieth the container is over.
                if written == 20 { return true }
                try? writer.write(Array("\(written)\n".utf8), to: .output)
                written += 1
                return false
            } _: { entry in
                seen.append(String(decoding: entry.bytes, as: UTF8.self))
                return true
            }
            #expect(seen == (0..<20).map { "\($0)\n" })
        }
    }
}
