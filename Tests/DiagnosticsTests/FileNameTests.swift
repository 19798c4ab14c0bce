import Diagnostics
import Testing

@Suite("Names of files as text")
struct FileNameTests {
    static let names: [[UInt8]] = [
        Array("model.gguf".utf8), Array("größe-模型-🤖".utf8), [0xE9], Array("caf".utf8) + [0xE9, 0x2E, 0x74],
        [0xFF, 0xFE], [0xC3], [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x41],
        [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x8F, 0xBD, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0x80],
    ]

    @Test("every name comes back as it was", arguments: names)
    func roundTrip(name: [UInt8]) {
        #expect(FileName.bytes(FileName.text(name)) == name)
        #expect(FileName.withCString(FileName.text(name)) { Array(String(cString: $0).utf8) }.count >= name.count)
    }

    @Test("no two names are one text, whatever their bytes")
    func random() {
        var generator = SystemRandomNumberGenerator()
        var texts: [String: [UInt8]] = [:]
        for _ in 0..<20_000 {
            let interesting: [UInt8] = [0x2E, 0x41, 0x7F, 0x80, 0x8F, 0xBE, 0xBF, 0xC2, 0xE9, 0xEF, 0xF4, 0xFF]
            let name = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                interesting[Int.random(in: 0..<interesting.count, using: &generator)]
            }
            let text = FileName.text(name)
            guard FileName.bytes(text) == name else {
                Issue.record("\(name) comes back as \(FileName.bytes(text))")
                return
            }
            if let other = texts.updateValue(name, forKey: text) { #expect(other == name) }
        }
    }

    @Test("text without such bytes is itself, and a terminal shows the others as what they are")
    func shown() {
        #expect(FileName.text(Array("größe".utf8)) == "größe")
        #expect(TerminalText.escaped(FileName.text(Array("caf".utf8) + [0xE9])) == "caf\\xe9")
    }

    @Test("a path is taken apart at its bytes, also before a combining mark")
    func components() {
        #expect(FileName.components("/a//b/").map(String.init) == ["a", "b"])
        #expect(FileName.components("a/\u{301}x").map(String.init) == ["a", "\u{301}x"])
        #expect(FileName.components("").isEmpty)
    }
}
