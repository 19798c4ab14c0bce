import Diagnostics
import Testing

@Suite struct SourceTextTests {
    @Test("lines and columns are counted from one, columns in characters")
    func locations() {
        let source = SourceText(name: "f", text: "ab\né!\n")
        #expect(source.lineCount == 3)
        #expect(source.location(at: 0).description == "1:1")
        #expect(source.location(at: 2).description == "1:3")
        #expect(source.location(at: 3).description == "2:1")
        #expect(source.location(at: 5).description == "2:2")
        #expect(source.location(at: 7).description == "3:1")
    }

    @Test("a range outside the text is cut, not a crash")
    func outside() {
        let source = SourceText(name: "f", text: "ab")
        #expect(source.text(in: SourceRange(1, 99)) == "b")
        #expect(source.text(in: SourceRange(50, 99)) == "")
        #expect(source.location(at: 99).description == "1:3")
    }
}
