import Testing

@testable import LLMBoxCLI

@Suite("Go templates")
struct GoTemplateTests {
    static let image: DisplayValue = .fields([
        "Id": "sha256:0123456789abcdef",
        "RepoTags": .strings(["a:1", "b:2"]),
        "Size": 72_900_000,
        "Empty": "",
        "Missing": nil,
        "On": true,
        "Config": .fields(["Env": .strings(["PATH=/bin", "A=b"]), "Labels": .map(["k": "v", "a": "b"])]),
        "Label": .lookup(["com.x": "y"]),
    ])

    @Test(
        "a template prints what Go prints",
        arguments: [
            ("plain", "plain"),
            ("{{.Id}}", "sha256:0123456789abcdef"),
            ("{{ .Size }}", "72900000"),
            ("{{.RepoTags}}", "[a:1 b:2]"),
            ("{{.Config.Labels}}", "map[a:b k:v]"),
            ("{{json .Config.Labels}}", #"{"a":"b","k":"v"}"#),
            ("{{json .RepoTags}}", #"["a:1","b:2"]"#),
            ("{{.Missing}}", "<no value>"),
            ("{{index .RepoTags 1}}", "b:2"),
            ("{{index .Config.Labels \"k\"}}", "v"),
            ("{{index .Config.Labels \"none\"}}", ""),
            ("{{.Config.Labels.none}}", "<no value>"),
            ("{{(index .RepoTags 0)}}", "a:1"),
            ("{{range .RepoTags}}<{{.}}>{{end}}", "<a:1><b:2>"),
            ("{{range $i, $t := .RepoTags}}{{if $i}}, {{end}}{{$t}}{{end}}", "a:1, b:2"),
            ("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}", "a=b k=v "),
            ("{{range .Missing}}x{{else}}none{{end}}", "none"),
            ("{{if .Empty}}yes{{else}}no{{end}}", "no"),
            ("{{if .Empty}}a{{else if .On}}b{{else}}c{{end}}", "b"),
            ("{{with .Config}}{{len .Env}}{{end}}", "2"),
            ("{{$x := .Size}}{{$x}}", "72900000"),
            ("{{if and .On (eq .Size 72900000)}}ok{{end}}", "ok"),
            ("{{if or .Empty (ne .Id \"x\")}}ok{{end}}", "ok"),
            ("{{if not .Empty}}ok{{end}}", "ok"),
            ("{{eq .Size 1 72900000}}", "true"),
            ("{{lt .Size 5}}", "false"),
            ("{{join .RepoTags \",\"}}", "a:1,b:2"),
            ("{{split .Id \":\"}}", "[sha256 0123456789abcdef]"),
            ("{{index (split .Id \":\") 1}}", "0123456789abcdef"),
            ("{{.Id | upper | printf \"%.8s\"}}", "SHA256:0"),
            ("{{title \"hello big world\"}}", "Hello Big World"),
            ("{{lower \"ABC\"}}", "abc"),
            ("{{truncate .Id 6}}", "sha256"),
            ("[{{pad \"x\" 1 2}}]", "[ x  ]"),
            ("{{slice .Id 7 11}}", "0123"),
            ("{{println .Size .On}}", "72900000 true\n"),
            ("{{printf \"%5d|%-4s|%q|%05d|%x|%%\" 42 \"ab\" \"q\" 7 255}}", "   42|ab  |\"q\"|00007|ff|%"),
            ("{{printf \"%.2f\" 1.005}}", "1.00"),
            ("a {{- .Size -}} b", "a72900000b"),
            ("a{{/* comment */}}b", "ab"),
            ("{{`raw \\n`}}", "raw \\n"),
            ("{{.Label \"com.x\"}}|{{.Label \"none\"}}", "y|"),
        ]
    )
    func renders(source: String, expected: String) throws {
        #expect(try GoTemplate(source).render(Self.image) == expected)
    }

    @Test("an unknown field is an error with Go's words and a suggestion")
    func unknownField() throws {
        let template = try GoTemplate("{{.Confg.Env}}")
        let error = #expect(throws: GoTemplateError.self) { try template.render(Self.image) }
        #expect(error?.why == #"template: :1:2: executing "" at <.Confg.Env>: map has no entry for key "Confg""#)
        #expect(error?.remedy == "did you mean `.Config`?")
    }

    @Test(
        "a template that breaks the grammar is refused",
        arguments: [
            "{{", "{{.A", "{{}}", "{{if .A}}", "{{end}}", "{{else}}", "{{nope .A}}", "{{\"a}}", "{{.A | }}", "{{(.A}}",
            "{{range .A}}{{else}}", "{{define \"x\"}}{{end}}", "{{1x}}", "{{$a, $b, $c := .A}}", "{{/* x", "{{:}}",
            "{{a.}}",
        ]
    )
    func refuses(source: String) {
        #expect(throws: GoTemplateError.self) { try GoTemplate(source) }
    }

    @Test(
        "a call that makes no sense is an error",
        arguments: [
            "{{index .RepoTags 9}}", "{{len .Size}}", "{{.Size.Foo}}", "{{eq .Size \"x\"}}", "{{.Id \"arg\"}}",
            "{{$none}}", "{{range .Id}}{{end}}", "{{slice .Id 5 2}}", "{{join .Id \",\"}}", "{{upper .Size}}",
        ]
    )
    func failsToRender(source: String) throws {
        let template = try GoTemplate(source)
        #expect(throws: GoTemplateError.self) { try template.render(Self.image) }
    }

    @Test("control characters of values are escaped, in text and in JSON")
    func escapes() throws {
        let value = DisplayValue.fields(["Name": "a\u{1B}]0;x\u{07}b\u{9B}"])
        #expect(try GoTemplate("{{.Name}}").render(value) == "a\\x1b]0;x\\x07b\\x9b")
        #expect(try GoTemplate("{{json .}}").render(value) == #"{"Name":"a\u001b]0;x\u0007b\u009b"}"#)
    }

    @Test("nested parentheses do not exhaust the stack of the parser")
    func deepNesting() {
        let depth = 500
        let source = "{{" + String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth) + "}}"
        #expect(throws: Never.self) { try GoTemplate(source) }
    }
}
