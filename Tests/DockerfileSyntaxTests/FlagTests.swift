import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct FlagTests {
    @Test("flags stand before the arguments and stop at the first other word or at --")
    func places() throws {
        #expect(try copy("COPY --link --chown=1:2 a --b /c").paths.map(\.text) == ["a", "--b"])
        #expect(try copy("COPY --link -- --a /c").paths.map(\.text) == ["--a"])
        #expect(try copy("COPY --link=false a b").link == false)
        #expect(try copy("COPY --link=TRUE a b").link)
        #expect(try instruction("HEALTHCHECK --interval=x --y NONE").kind == .healthcheck(.none))
        #expect(try copy("COPY --chown=\"$U:$G\" a b").chown?.text == "$U:$G")
        #expect(try copy("COPY --chmod=u\\ x a b").chmod?.text == "u x")
        #expect(try copy("COPY --exclude=*.md --exclude=d a b").excludes.map(\.text) == ["*.md", "d"])
        #expect(try copy("ADD --keep-git-dir --unpack=false --checksum=sha256:0 a b").unpack == false)
    }

    @Test(
        "wrong flags are errors",
        arguments: [
            ("COPY --form=x a b", "unknown flag `--form` of `COPY`"),
            ("COPY --link=maybe a b", "flag `--link` takes `true` or `false`, not `maybe`"),
            ("COPY --chown a b", "flag `--chown` needs a value"),
            ("COPY --chown=1 --chown=2 a b", "flag `--chown` is given twice"),
            ("CMD --help", "unknown flag `--help` of `CMD`"),
            ("ADD --from=x a b", "unknown flag `--from` of `ADD`"),
            ("RUN --network=nome x", "unknown value `nome` of flag `--network`"),
            ("RUN --security=off x", "unknown value `off` of flag `--security`"),
            ("RUN --device= --device=,x y", "unknown device option ``"),
        ]
    )
    func wrong(text: String, message: String) {
        #expect(errors(text) == [message])
    }

    @Test("the value's range is the value")
    func range() throws {
        let text = "FROM base\nCOPY --chown=1:2 a b"
        let source = SourceText(name: "f", text: text)
        guard case .copy(let copy) = parse(source).dockerfile?.stages[0].instructions[0].kind else {
            throw NotThatKind()
        }
        #expect(copy.chown.map { source.text(in: $0.range) } == "1:2")
        #expect(source.text(in: copy.destination.range) == "b")
    }

    @Test("RUN keeps network, security and devices")
    func runFlags() throws {
        let run = try run("RUN --network=none --security=insecure --device=nvidia.com/gpu=all,required x")
        #expect(run.network == RunInstruction.Network.none)
        #expect(run.security == .insecure)
        #expect(run.devices.map(\.name.text) == ["nvidia.com/gpu=all"])
        #expect(run.devices.map(\.isRequired) == [true])
    }
}
