import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct StageTests {
    @Test("global arguments, stages, names and platforms")
    func structure() throws {
        let text = """
            ARG BASE=debian:12 B="x y" C
            FROM --platform=$BUILDPLATFORM ${BASE:-a} AS Build
            RUN a
            FROM build
            FROM scratch as final
            COPY --from=BUILD /a /b
            COPY --from=0 /a /b
            COPY --from=nginx:1 /a /b
            """
        let dockerfile = try #require(parseText(text).dockerfile)
        guard case .arg(let args) = dockerfile.globalArgs.first?.kind else { throw NotThatKind() }
        #expect(args.map(\.name.text) == ["BASE", "B", "C"])
        #expect(args.map(\.value?.text) == ["debian:12", "\"x y\"", nil])
        #expect(dockerfile.stages.map(\.name) == ["build", nil, "final"])
        #expect(dockerfile.stages.map(\.from.image.text) == ["${BASE:-a}", "build", "scratch"])
        #expect(dockerfile.stages[0].platform?.text == "$BUILDPLATFORM")
        #expect(dockerfile.stage(named: "BUILD")?.index == 0)
        #expect(dockerfile.stage(named: "final", before: 2) == nil)
    }

    @Test(
        "wrong stages are errors",
        arguments: [
            ("FROM", "`FROM` needs an image, or an image, `AS` and a name"),
            ("FROM a b", "`FROM` needs an image, or an image, `AS` and a name"),
            ("FROM a SA b", "`SA` stands where `AS` is expected"),
            ("FROM a AS 1a", "`1a` is no valid name of a stage"),
            ("FROM a AS a/b", "`a/b` is no valid name of a stage"),
            ("FROM a AS x\nCOPY --from=x /a /b", "stage `x` cannot copy from itself"),
            ("FROM a\nCOPY --from=x /a /b\nFROM b AS x", "stage `x` is used before it is defined"),
            ("FROM a\nRUN --mount=from=x,target=/x y\nFROM b AS x", "stage `x` is used before it is defined"),
            ("FROM a\nCOPY --from=0 /a /b", "stage 0 is not finished where it is used"),
            ("FROM a\nCOPY --from=7 /a /b", "there is no stage 7"),
            ("FROM a\nCOPY --from=$X /a /b", "variables are not expanded in `--from`"),
        ]
    )
    func wrong(text: String, message: String) {
        #expect(parseText(text).errors.map(\.message) == [message])
    }

    @Test("a stage may be called like an image, and the last of equal names wins")
    func names() throws {
        let result = parseText("FROM busybox AS alpine\nFROM alpine\nFROM x AS alpine\nFROM y\nCOPY --from=alpine a b")
        let dockerfile = try #require(result.dockerfile)
        #expect(dockerfile.stage(named: "alpine")?.index == 2)
        #expect(dockerfile.stage(named: "alpine", before: 1)?.index == 0)
        #expect(result.warnings.compactMap(\.rule) == ["DuplicateStageName"])
    }

    @Test("a misspelt FROM is one mistake, not one for every line after it")
    func misspelt() {
        #expect(parseText("FORM a\nRUN b\nUSER c").errors.map(\.message) == ["unknown instruction `FORM`"])
        let text = "FROM a\nFORM b AS x\nRUN b\nFROM c\nCOPY --from=2 a b"
        #expect(parseText(text).errors.map(\.message) == ["unknown instruction `FORM`"])
    }
}
