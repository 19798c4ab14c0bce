import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct MetadataTests {
    @Test(
        "pairs keep quotes and variables, in the new form and the old",
        arguments: [
            ("ENV a=1 b=\"x y\" c='z' d=$X", ["a=1", "b=\"x y\"", "c='z'", "d=$X"]),
            ("ENV k rest of = the line ", ["k=rest of = the line"]), ("ENV a=", ["a="]),
            ("ENV a=b\\ c d=e", ["a=b\\ c", "d=e"]),
            ("ENV a=b=c", ["a=b=c"]), ("ENV $K=v", ["$K=v"]), ("LABEL a=\"b\" \"c d\"=e", ["a=\"b\"", "\"c d\"=e"]),
            ("LABEL k rest", ["k=rest"]), ("ENV a=${X:-b}", ["a=${X:-b}"]),
        ]
    )
    func keyValues(text: String, expected: [String]) throws {
        #expect(try pairs(text) == expected)
    }

    @Test(
        "an argument's default may be missing, empty or quoted",
        arguments: [
            ("ARG A", ["A:nil"]), ("ARG A=", ["A:"]), ("ARG A=1 B C=\"x y\"", ["A:1", "B:nil", "C:\"x y\""]),
        ]
    )
    func arguments(text: String, expected: [String]) throws {
        guard case .arg(let all) = try instruction(text).kind else { throw NotThatKind() }
        #expect(all.map { "\($0.name.text):\($0.value?.text ?? "nil")" } == expected)
    }

    @Test(
        "commands are JSON when they are valid JSON and shell text otherwise",
        arguments: [
            ("[\"a\", \"$X\"]", .exec(["a", "$X"])), ("[]", .exec([])), (" [ \"a\" ]  ", .exec(["a"])),
            ("['a']", .shell("['a']")), ("[\"a\"] x", .shell("[\"a\"] x")), ("[\"a\"", .shell("[\"a\"")),
            ("[\"a\",]", .shell("[\"a\",]")), ("[\"\\u0041\\n\\\"\\ud83d\\ude00\"]", .exec(["A\n\"😀"])),
            ("[\"\\x\"]", .shell("[\"\\x\"]")), ("[\"\\ud83d\"]", .exec(["\u{FFFD}"])),
            ("[\"\\u+041\"]", .shell("[\"\\u+041\"]")),
            ("a && b", .shell("a && b")),
        ] as [(String, CommandForm)]
    )
    func commands(text: String, expected: CommandForm) throws {
        guard case .cmd(let cmd) = try instruction("CMD \(text)").kind else { throw NotThatKind() }
        #expect(cmd == expected)
        guard case .entrypoint(let entrypoint) = try instruction("ENTRYPOINT \(text)").kind else { throw NotThatKind() }
        #expect(entrypoint == expected)
        // A health check without a command is an error; the others clear what the base image says.
        if expected == .exec([]) { return }
        guard case .healthcheck(.command(let check)) = try instruction("HEALTHCHECK CMD \(text)").kind else {
            throw NotThatKind()
        }
        #expect(check.form == expected)
    }

    @Test(
        "a valid array may hold only strings",
        arguments: [
            "CMD [1]", "RUN [\"a\", null]", "ENTRYPOINT [[\"a\"]]", "SHELL [{}]", "COPY [\"a\", true]",
            "VOLUME [1.5e3]",
        ]
    )
    func otherElements(text: String) {
        #expect(errors(text).count == 1)
        #expect(errors(text)[0].hasSuffix("is no string; the array may hold only strings"))
    }

    @Test("single words and lists of words")
    func words() throws {
        #expect(try instruction("WORKDIR /a b").kind.text == "/a b")
        #expect(try instruction("USER 12:34").kind.text == "12:34")
        #expect(try instruction("MAINTAINER A <b@c>").kind.text == "A <b@c>")
        #expect(try instruction("EXPOSE 80 443/TCP $P").kind.text == "80|443/TCP|$P")
        #expect(try instruction("VOLUME /a /b").kind.text == "/a|/b")
        #expect(try instruction("VOLUME [\"/a b\"]").kind.text == "/a b")
        #expect(try instruction("VOLUME /a [x]").kind.text == "/a|[x]")
        #expect(try instruction("VOLUME [x]").kind.text == "[x]")
        #expect(try instruction("SHELL [\"/bin/bash\", \"-c\"]").kind.text == "/bin/bash|-c")
    }

    @Test(
        "signals by name, number and real-time offset",
        arguments: [
            ("SIGTERM", 15), ("term", 15), ("9", 9), ("RTMIN+3", 37), ("SIGRTMAX-1", 63), ("RTMIN", 34), ("SYS", 31),
            ("SIGFOO", nil), ("0", nil), ("65", nil), ("RTMIN+31", nil), ("", nil), ("-1", nil),
        ] as [(String, Int32?)]
    )
    func signals(name: String, number: Int32?) {
        #expect(SignalName.number(of: name) == number)
        if !name.isEmpty { #expect(errors("STOPSIGNAL \(name)").isEmpty == (number != nil)) }
    }

    @Test("a signal that holds a variable is checked later")
    func variableSignal() throws {
        #expect(try instruction("STOPSIGNAL $SIG").kind.text == "$SIG")
    }

    @Test("a health check's options")
    func healthcheck() throws {
        let text =
            "HEALTHCHECK --interval=30s --timeout=1m30s --start-period=0s --start-interval=1.5s --retries=3 cmd a b"
        guard case .healthcheck(.command(let check)) = try instruction(text).kind else { throw NotThatKind() }
        #expect(check.form == .shell("a b"))
        #expect(check.intervalNanoseconds == 30_000_000_000)
        #expect(check.timeoutNanoseconds == 90_000_000_000)
        #expect(check.startPeriodNanoseconds == 0)
        #expect(check.startIntervalNanoseconds == 1_500_000_000)
        #expect(check.retries == 3)
        #expect(try instruction("HEALTHCHECK none").kind == .healthcheck(.none))
    }

    @Test(
        "wrong arguments are errors",
        arguments: [
            ("ENV", "`ENV` needs at least one argument"), ("ENV A", "`A` has no value"),
            ("ENV a=1 b", "`b` has no `=`"),
            ("ENV =1", "the name in front of `=` is empty"), ("LABEL a", "`a` has no value"),
            ("ARG", "`ARG` needs at least one name"),
            ("ARG =x", "the name in front of `=` is empty"), ("RUN", "`RUN` needs a command"),
            ("RUN []", "`RUN` needs a command"),
            ("COPY a", "`COPY` needs at least one source and a destination"),
            ("COPY", "`COPY` needs at least one source and a destination"),
            ("ADD [\"a\"]", "`ADD` needs at least one source and a destination"),
            ("COPY https://x/y /z", "the source of `COPY` cannot be a URL"), ("WORKDIR", "`WORKDIR` needs an argument"),
            ("USER ", "`USER` needs an argument"), ("EXPOSE", "`EXPOSE` needs at least one argument"),
            ("VOLUME", "`VOLUME` needs at least one argument"), ("VOLUME []", "`VOLUME` needs at least one argument"),
            ("VOLUME [\" \"]", "a path of `VOLUME` is empty"),
            ("SHELL /bin/sh", "`SHELL` needs a JSON array of at least one string"),
            ("SHELL []", "`SHELL` needs a JSON array of at least one string"),
            ("STOPSIGNAL SIGTREM", "unknown signal `SIGTREM`"),
            ("HEALTHCHECK", "`HEALTHCHECK` needs `CMD` or `NONE`"),
            ("HEALTHCHECK CMD", "`HEALTHCHECK CMD` needs a command"),
            ("HEALTHCHECK NONE x", "`HEALTHCHECK NONE` takes no arguments"),
            ("HEALTHCHECK curl x", "unknown type `curl` of `HEALTHCHECK`"),
            ("HEALTHCHECK --interval=5 CMD x", "`5` of flag `--interval` is no duration"),
            ("HEALTHCHECK --timeout=1us CMD x", "`1us` of flag `--timeout` is shorter than 1ms"),
            ("HEALTHCHECK --timeout=-5s CMD x", "`-5s` of flag `--timeout` is shorter than 1ms"),
            ("HEALTHCHECK --retries=-1 CMD x", "`-1` of flag `--retries` is no number of times"),
            ("ONBUILD", "`ONBUILD` needs an instruction"),
            ("ONBUILD FROM a", "`FROM` cannot be a trigger of `ONBUILD`"),
            ("ONBUILD MAINTAINER a", "`MAINTAINER` cannot be a trigger of `ONBUILD`"),
            ("ONBUILD ONBUILD RUN a", "`ONBUILD` cannot be a trigger of `ONBUILD`"),
            ("ONBUILD RNU a", "unknown instruction `RNU`"),
            ("FOO", "unknown instruction `FOO`"),
        ]
    )
    func wrong(text: String, message: String) {
        #expect(errors(text) == [message])
    }

    @Test("triggers of an image are parsed one by one")
    func triggers() throws {
        #expect(try parseTrigger("COPY . /app").kind.name == .copy)
        #expect(throws: Diagnostic.self) { try parseTrigger("FROM x") }
        #expect(throws: Diagnostic.self) { try parseTrigger("RUN a\nRUN b") }
        #expect(throws: Diagnostic.self) { try parseTrigger("") }
        #expect(throws: Diagnostic.self) { try parseTrigger("RUN <<E\nx") }
        guard case .onbuild(let onbuild) = try instruction("onbuild  run a \\\n b").kind else { throw NotThatKind() }
        #expect(onbuild.triggerText == "run a  b")
    }
}

extension InstructionKind {
    /// The words of the simple instructions.
    fileprivate var text: String? {
        switch self {
        case .workdir(let word), .user(let word), .maintainer(let word), .stopSignal(let word): word.text
        case .expose(let words), .volume(let words): words.map(\.text).joined(separator: "|")
        case .shell(let words): words.joined(separator: "|")
        default: nil
        }
    }
}
