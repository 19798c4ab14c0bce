import DockerfileSyntax
import Testing

@Suite struct IgnoreTests {
    private func rules(_ text: String) throws -> IgnoreRules {
        try IgnoreRules(parsing: Array(text.utf8))
    }

    @Test(
        "which paths a pattern excludes",
        arguments: [
            ("*", "a", true), ("*", "a/b", true), ("a", "a", true), ("a", "a/b/c", true), ("a", "b/a", false),
            ("a", "ab", false), ("/a", "a", true), ("a/", "a/b", true), ("./a/../b", "b", true), ("  a  ", "a", true),
            ("node_modules", "x/node_modules", false), ("**/node_modules", "x/y/node_modules/z", true),
            ("**/node_modules", "node_modules", true), ("*.pyc", "a.pyc", true), ("*.pyc", "d/a.pyc", false),
            ("**/*.pyc", "d/e/a.pyc", true), ("**/*.pyc", "a.pyc", true), ("**", "a/b", true), ("a/**", "a", false),
            ("a/**", "a/b/c", true), ("a/**/c", "a/c", true), ("a/**/c", "a/b/b/c", true), ("a/**/c", "a/bc", false),
            ("a**/*.txt", "a/b/f.txt", true), ("**/", "a", true), ("**/**", "a/b", true), ("**x", "a/bx", true),
            ("**/x", "a/bx", false), ("?", "a", true), ("?", "é", true), ("a?b", "a/b", false), ("a*b", "a/b", false),
            ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false), ("[^a-c]x", "dx", true), ("[!a]x", "ax", true),
            ("a\\*b", "a*b", true), ("a\\*b", "axb", false), ("[\\]]", "]", true), ("a.b", "axb", false),
            ("a+(b)|{c}$", "a+(b)|{c}$", true), (".*", ".git/config", true), (".*", "a.git", false),
            ("a*b*c/d", "aXbYcZ/d", false), ("a*b*c/d", "aXbYc/d", true), ("# x", "# x", false), ("", "a", false),
            ("[x\\-]", "-", true), ("[\\-x]", "a", false), ("[a-ζ]*", "α", true), ("a[^a]b", "a☺b", true),
            ("*x", "xxx", true),
            ("[z-a]", "m", false), ("[z-a]", "z", false), (".", "a", false), ("/", "a", false), ("../a", "a", false),
            ("a", ".", false), ("\\#a", "#a", true),
        ]
    )
    func excludes(pattern: String, path: String, expected: Bool) throws {
        #expect(try rules(pattern).isExcluded(path) == expected)
    }

    @Test(
        "the last pattern that matches wins",
        arguments: [
            ("*\n!d/x", "d/x", false), ("*\n!d/x", "d/y", true), ("*\n!d/x", "d", true), ("*\n!d", "d/y", false),
            ("!a\n*", "a", true), ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
            ("*.md\n!README*.md", "README-x.md", false), ("**\n!a/b\na/b/c", "a/b/c", true),
            ("d\n! d/x ", "d/x", false),
            ("d\n!/d/x", "d/x", false), ("\u{FEFF}# note\r\n\r\nd\r\n", "d", true), ("**\n!**/*.txt", "a/b.txt", false),
        ]
    )
    func order(text: String, path: String, expected: Bool) throws {
        #expect(try rules(text).isExcluded(path) == expected)
    }

    @Test(
        "an excluded directory is walked only when something below could come back",
        arguments: [
            ("*\n!d/x", "d", true), ("*\n!d/x", "e", false), ("*\n!d/e/f", "d/e", true), ("*\n!d/e/f", "d/g", false),
            ("*\n!**/x", "a/b", true), ("*\n!d*/x", "data", true), ("*\n!d", "d/e/f", true), ("*", "d", false),
            ("*\n!a/**/c", "a/b", true), ("*\n!a/**/c", "b", false), ("*\n!x.txt", "d", false),
        ]
    )
    func pruning(text: String, directory: String, expected: Bool) throws {
        #expect(try rules(text).mayContainReincluded(directory: directory) == expected)
    }

    @Test(
        "bad patterns are errors with their line",
        arguments: ["[", "a[", "[^", "[^bc", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "a\\", "!["]
    )
    func malformed(pattern: String) {
        #expect(throws: GlobError.malformed(pattern: pattern, line: 3)) { try rules("# x\n\n\(pattern)\n") }
    }

    @Test("a lone exclamation mark is an error")
    func bareNegation() {
        #expect(throws: GlobError.bareNegation(line: 1)) { try rules("!") }
        #expect(throws: GlobError.bareNegation(line: 2)) { try rules("a\n ! ") }
    }

    @Test(
        "wildcards of COPY stop at slashes",
        arguments: [
            ("*", "a.b", true), ("*", "a/b", false), ("a/*", "a/b", true), ("d*", "d1", true), (".*", ".x", true),
            ("*", ".x", true), ("c[[]d", "c[d", true), ("a?", "ab", true), ("[a-z]*", "model", true),
            ("*.gguf", "m.GGUF", false),
            ("a\\?", "a?", true), ("**", "a/b", false), ("*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ]
    )
    func glob(pattern: String, path: String, expected: Bool) throws {
        #expect(try PathGlob(pattern).matches(path) == expected)
    }

    @Test("a pattern with an open bracket is no glob")
    func badGlob() {
        #expect(throws: GlobError.self) { try PathGlob("c[d") }
        #expect(PathGlob.hasWildcards("c[d"))
        #expect(!PathGlob.hasWildcards("c\\[d"))
    }

    @Test("a glob can be walked component by component")
    func components() throws {
        let glob = try PathGlob("a/*/[x/y]z\\*")
        #expect(try glob.components.map(\.pattern) == ["a", "*", "[x/y]z\\*"])
        #expect(try PathGlob("a\\*b").literalPath == "a*b")
        #expect(try PathGlob("a*").literalPath == nil)
    }
}
