import Testing

@testable import Engine

@Suite("lists of numbers as the kernel writes them")
struct NumberListTests {
    @Test(
        "one list is in another",
        arguments: [
            ("0", "0-1", true), ("0-1", "0-1", true), ("1,0", "0-1", true), ("7", "0-1", false), ("0-2", "0-1", false),
            ("0,4-5", "0-1,4-7", true), ("1-4", "0-1,4-7", false), ("0-99999999999", "0-1", false),
        ]
    )
    func subsets(inner: String, outer: String, isIn: Bool) throws {
        let (inner, outer) = (try #require(NumberList(inner)), try #require(NumberList(outer)))
        #expect(inner.isSubset(of: outer) == isIn)
    }

    @Test("what is no list is none", arguments: ["", "x", "1-", "-1", "2-1", "1,,2", "1-2-3", "1 2"])
    func malformed(text: String) {
        #expect(NumberList(text) == nil)
    }
}
