import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct ExpansionTests {
    private static let variables = [
        "V": "value", "E": "", "P": "/usr/local/bin/tool.tar.gz", "STAR": "a*b*c", "DOLLAR": "$V", "T": "two words",
        "P2": "**", "_u": "under",
    ]

    private func expander(
        _ escape: EscapeCharacter = .backslash,
        quotes: WordExpander.Quotes = .removed
    ) -> WordExpander {
        WordExpander(escape: escape, quotes: quotes) { Self.variables[$0] }
    }

    @Test(
        "variables, modifiers, quotes and escapes",
        arguments: [
            ("$V", "value"), ("${V}", "value"), ("a${V}b$V", "avaluebvalue"), ("$_u", "under"), ("$X", ""),
            ("${X}", ""),
            ("${X:-w}", "w"), ("${E:-w}", "w"), ("${V:-w}", "value"), ("${X-w}", "w"), ("${E-w}", ""),
            ("${V-w}", "value"),
            ("${X:+w}", ""), ("${E:+w}", ""), ("${V:+w}", "w"), ("${X+w}", ""), ("${E+w}", "w"), ("${V+w}", "w"),
            ("${V:?e}", "value"), ("${V?e}", "value"), ("${E?e}", ""), ("${X:-}", ""), ("${V:+}", ""),
            ("${X:-${E:-c}}", "c"), ("${X:-$V}", "value"), ("${X:-'a b'}", "a b"), ("${X:-\"$V\"}", "value"),
            ("${X:-a\\}b}", "a}b"), ("${X:-${Y:-${Z:-deep}}}", "deep"), ("${V:+-${V}}", "-value"),
            ("${P#*/}", "usr/local/bin/tool.tar.gz"), ("${P##*/}", "tool.tar.gz"),
            ("${P%.*}", "/usr/local/bin/tool.tar"),
            ("${P%%.*}", "/usr/local/bin/tool"), ("${P#x}", "/usr/local/bin/tool.tar.gz"),
            ("${P%/*}", "/usr/local/bin"),
            ("${V#v?l}", "ue"), ("${V%?}", "valu"), ("${V#}", "value"), ("${V##}", "value"), ("${V%%}", "value"),
            ("${V#*}", "value"), ("${V##*}", ""), ("${X#a}", ""), ("${STAR#a\\*}", "b*c"), ("${STAR#*\\*}", "b*c"),
            ("${STAR##*\\*}", "c"), ("${STAR%\\**}", "a*b"), ("${STAR%%\\**}", "a"), ("${P2%\\*}", "*"),
            ("${V/l/L}", "vaLue"), ("${P//\\//-}", "-usr-local-bin-tool.tar.gz"),
            ("${P/\\/usr/}", "/local/bin/tool.tar.gz"),
            ("${V/[a]/x}", "value"), ("${V/a*/x}", "vx"), ("${V//?/x}", "xxxxx"), ("${V/z/x}", "value"),
            ("${V//a/}", "vlue"), ("${V/$V/x}", "x"), ("${V/a/$E}", "vlue"), ("${X/a/b}", ""), ("${V///}", "value"),
            ("${E/*/x}", "x"), ("${V/.*/x}", "value"),
            ("he$1x", "hex"), ("$@$#$?$$$!$*$-$0", ""), ("${1}", ""), ("$12a", "a"), ("$.", "$."), ("$", "$"),
            ("a$ b", "a$ b"),
            ("$V.x", "value.x"), ("$V-x", "value-x"), ("$V/x", "value/x"), ("$DOLLAR", "$V"), ("${DOLLAR:-x}", "$V"),
            ("'$V'", "$V"), ("'a\\b'", "a\\b"), ("'\"'", "\""), ("\"$V\"", "value"), ("\"'$V'\"", "'value'"),
            ("\"\\\"\\$V\\\\\"", "\"$V\\"), ("\"\\x\"", "\\x"), ("\\x", "x"), ("\\$V", "$V"), ("\\\\", "\\"),
            ("a\\", "a"),
            ("a\\ b", "a b"), ("\\'$V", "'value"), ("'a'\"b\"c", "abc"), ("\"a  b\"", "a  b"), ("a  b", "a  b"),
            ("", ""), ("${V:#val}", "ue"), ("${V:%e}", "valu"), ("${+x}", ""), ("${%x}", ""), ("${/a/b}", ""),
            ("${STAR#${X:-a\\*}}", "*b*c"), ("$Ⅷx", "$Ⅷx"), ("$é٣", ""), ("$٣x", "x"),
            ("$Vé", ""), ("한$V", "한value"), ("${V}${X:-/}${E}", "value/"), ("\"\"", ""), ("${X:-\"}\"}", "}"),
        ]
    )
    func expands(word: String, expected: String) throws {
        #expect(try expander().expand(word) == expected)
    }

    @Test(
        "what cannot be expanded is an error",
        arguments: [
            ("${V:=w}", ExpansionError.unsupportedModifier(":=")), ("${}", .badSubstitution), ("${V", .missing("}")),
            ("${", .missing("}")), ("${.}", .unsupportedModifier(".")), ("${V:YYY}", .unsupportedModifier(":Y")),
            ("${V=w}", .unsupportedModifier("=")), ("${:-x}", .badSubstitution), ("${{V}", .badSubstitution),
            ("${V:-x", .missing("}")), ("${V:", .missing("}")), ("${V/a}", .missing("/")), ("${V//a}", .missing("/")),
            ("'a", .unterminatedQuote("'")), ("\"a", .unterminatedQuote("\"")), ("a\"$V", .unterminatedQuote("\"")),
            ("${X:?gone}", .required(name: "X", message: "must be set: gone")),
            ("${X?}", .required(name: "X", message: "must be set")),
            ("${E:?}", .required(name: "E", message: "must not be empty")),
            ("${X:?no $V}", .required(name: "X", message: "must be set: no value")),
            ("${V#\\x}", .invalidPattern("\\x")), ("${V:-${}}", .badSubstitution),
            ("${V@Q}", .unsupportedModifier("@")),
        ]
    )
    func fails(word: String, error: ExpansionError) {
        #expect(throws: error) { try expander().expand(word) }
    }

    @Test("with the backtick as escape a backslash is an ordinary character")
    func backtick() throws {
        #expect(try expander(.backtick).expand("C:\\dir`$V\\$V") == "C:\\dir$V\\value")
        #expect(try expander(.backtick).expand("\"a`\"b\\\"") == "a\"b\\")
    }

    @Test("in a heredoc's body quotes are ordinary and variables are not")
    func literalQuotes() throws {
        #expect(try expander(quotes: .literal).expand("it's \"$V\" \\$V") == "it's \"value\" $V")
    }

    @Test(
        "words split at blanks that were not quoted, after variables were put in",
        arguments: [
            ("80 $T", ["80", "two", "words"]), ("\"$T\"", ["two words"]), ("'a b' c", ["a b", "c"]), ("a\\ b", ["a b"]),
            ("$E", []), ("  ", []), ("$T$T", ["two", "wordstwo", "words"]), ("x$X y", ["x", "y"]),
        ] as [(String, [String])]
    )
    func splits(word: String, expected: [String]) throws {
        #expect(try expander().expandWords(word) == expected)
    }

    @Test("deep nesting is an error and not a crash")
    func depth() {
        let word = String(repeating: "${X:-", count: 10_000) + String(repeating: "}", count: 10_000)
        #expect(throws: ExpansionError.nestedTooDeeply) { try expander().expand(word) }
    }

    @Test("patterns with many stars take no exponential time")
    func stars() throws {
        let value = String(repeating: "a", count: 2000)
        let expander = WordExpander { _ in value }
        #expect(try expander.expand("${V//*a*a*a*a*a*a*b/x}") == value)
        #expect(try expander.expand("${V%%*a*a*a*a*a*b*}") == value)
    }

    @Test("a failure in a word of the file says where the word stands")
    func located() throws {
        let word = try copy("COPY ${A:?needed} /x").paths[0]
        #expect(word.text == "${A:?needed}")
        do {
            _ = try expander().expand(word)
            Issue.record("it expanded")
        } catch {
            #expect(error.range == word.range)
            #expect(error.message.contains("`A` must be set: needed"))
        }
    }
}
