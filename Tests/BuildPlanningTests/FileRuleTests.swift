internal import BuildPlanning
internal import Testing

@Suite struct FileRuleTests {
    @Test(
        "modes are octal or symbolic",
        arguments: [
            ("755", 0o600, false, 0o755), ("0644", 0o600, false, 0o644), ("4755", 0, false, 0o4755),
            ("u+x,go-r", 0o644, false, 0o700), ("a=rX", 0o600, true, 0o555), ("+x", 0o644, false, 0o755),
            ("g=u", 0o640, false, 0o660), ("u+s", 0o755, false, 0o4755), ("o+t", 0o777, true, 0o1777),
        ] as [(String, UInt32, Bool, UInt32)]
    )
    func modes(text: String, before: UInt32, isDirectory: Bool, after: UInt32) throws {
        let change = try #require(ModeChange(text))
        #expect(change.applied(to: before, isDirectory: isDirectory) == after)
    }

    @Test("nonsense is no mode", arguments: ["", "8", "u", "77777", "u+q", "rwx", "+x,"])
    func badModes(text: String) {
        #expect(ModeChange(text) == nil)
    }

    @Test(
        "links are resolved inside the image",
        arguments: [
            ("/ln/a", "/real/a"), ("/up/x", "/x"), ("/a/b", "/a/b"), ("/rel/c", "/real/c"), ("/loop/x", nil),
        ] as [(String, String?)]
    )
    func links(path: String, real: String?) {
        let links = ["/ln": "/real", "/up": "../../..", "/rel": "real", "/loop": "loop"]
        #expect(LinkResolution.resolve(path) { links[$0] } == real)
    }
}
