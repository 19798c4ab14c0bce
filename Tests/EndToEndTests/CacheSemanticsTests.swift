internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What makes a step run again, and what does not: each row is built before and after a change.
@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct CacheSemanticsTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var isHit: Bool
        var before: String
        var after: String
        var change = ""
        var options: [[String]] = [[], []]
    }

    /// The step that is looked at.
    static let probe = "RUN echo probe > /probe"

    private static func row(
        _ name: String,
        hit: Bool,
        _ before: String,
        _ after: String? = nil,
        change: String = "",
        options: [[String]] = [[], []]
    ) -> Row {
        Row(
            testDescription: name,
            isHit: hit,
            before: "FROM base\n" + before,
            after: "FROM base\n" + (after ?? before),
            change: change,
            options: options
        )
    }

    static let rows: [Row] = [
        row("nothing", hit: true, probe),
        row("the command by one blank", hit: false, probe, "RUN echo  probe > /probe"),
        row("ENV", hit: false, "ENV A=1\n\(probe)", "ENV A=2\n\(probe)"),
        row("USER", hit: false, "USER 0\n\(probe)", "USER 0:0\n\(probe)"),
        row("WORKDIR", hit: false, "WORKDIR /a\n\(probe)", "WORKDIR /b\n\(probe)"),
        row("SHELL", hit: false, probe, "SHELL [\"/bin/sh\", \"-ec\"]\n\(probe)"),
        row("the network", hit: false, probe, "RUN --network=none echo probe > /probe"),
        row("LABEL, CMD and EXPOSE", hit: true, probe, "LABEL a=b\nCMD [\"x\"]\nEXPOSE 80\n\(probe)"),
        row("the time of a copied file", hit: true, "COPY f /f\n\(probe)", change: "touch -d 2001-01-01 f"),
        row("the content of a copied file", hit: false, "COPY f /f\n\(probe)", change: "echo 2 > f"),
        row(
            "as many bytes at the same time",
            hit: false,
            "COPY f /f\n\(probe)",
            change: "echo x > n; touch -r f n; mv n f"
        ),
        row("the mode of a copied file", hit: false, "COPY f /f\n\(probe)", change: "chmod 600 f"),
        row("the owner of a copied file", hit: true, "COPY f /f\n\(probe)", change: "chown 12:34 f"),
        row("a file that is not copied", hit: true, "COPY f /f\n\(probe)", change: "echo 2 > other"),
        row("a declared ARG", hit: false, "ARG A=1\n\(probe)", "ARG A=2\n\(probe)"),
        row(
            "its value from the command line",
            hit: false,
            "ARG A\n\(probe)",
            options: [["A=1"], ["A=2"]].map(arguments)
        ),
        row("an ARG that comes later", hit: true, "\(probe)\nARG A=1", "\(probe)\nARG A=2"),
        row("an ARG that is not declared", hit: true, probe, options: [[], ["HTTP_PROXY=http://x"]].map(arguments)),
        row("a secret", hit: true, secretProbe, change: "echo 2 > f", options: [secret, secret]),
        row("a file in a bind mount", hit: false, bindProbe, change: "echo 2 > f"),
        row("a file beside it", hit: true, bindProbe, change: "echo 2 > other"),
        row("comments, blanks and case", hit: true, probe, "# comment\n\n  run   echo probe > /probe  \n"),
        Row(
            testDescription: "the name of a stage",
            isHit: true,
            before: "FROM base AS one\n\(probe)",
            after: "FROM base AS two\n\(probe)"
        ),
        row("the base behind the name", hit: false, probe, change: "rebase"),
        row("--no-cache", hit: false, probe, options: [[], ["--no-cache"]]),
        row("--no-cache=false", hit: true, probe, options: [[], ["--no-cache=false", "--rm=true", "--pull=0"]]),
        row("--no-cache-filter of its stage", hit: false, probe, options: [[], ["--no-cache-filter=x,0"]]),
        row("--no-cache-filter of another stage", hit: true, probe, options: [[], ["--no-cache-filter", "1,y"]]),
        Row(
            testDescription: "a source stage that ran again and gave the same bytes",
            isHit: true,
            before: "FROM base AS a\nRUN echo same > /s # 1\nFROM base\nCOPY --from=a /s /s\n\(probe)",
            after: "FROM base AS a\nRUN echo same > /s # 2\nFROM base\nCOPY --from=a /s /s\n\(probe)"
        ),
    ]

    private static let secretProbe = "RUN --mount=type=secret,id=s echo probe > /probe"
    private static let bindProbe = "RUN --mount=type=bind,source=f,target=/f echo probe > /probe"
    private static let secret = ["--secret", "id=s,src=CONTEXT/f"]

    private static func arguments(_ values: [String]) -> [String] { values.flatMap { ["--build-arg", $0] } }

    @Test("a changed input makes a step run again, and nothing else does", arguments: rows)
    func row(_ row: Row) throws {
        try withStore { llmbox, context in
            write("1\n", to: "f", in: context)
            write("1\n", to: "other", in: context)
            // Files that have just been written are not trusted to be told apart by their times.
            usleep(30_000)
            func build(_ text: String, _ options: [String]) throws -> Bool {
                write(text + "\n", to: "Dockerfile", in: context)
                let words = options.map { $0.replacing("CONTEXT", with: context.string) }
                let command = ["build", "--progress", "plain", "--network", "default"] + words + [context.string]
                let built = run([LLMBoxProgram.path] + command, environment: llmbox.environment)
                try #require(built.status == 0, "\(built.errors)")
                let lines = built.errors.split(separator: "\n")
                let probe = try #require(
                    lines.first { $0.contains("] RUN ") && $0.contains("probe") },
                    "\(built.errors)"
                )
                let number = probe.prefix { $0 != " " }
                return lines.contains("\(number) CACHED")
            }
            let wasCached = try build(row.before, row.options[0])
            #expect(!wasCached)
            if row.change == "rebase" {
                #expect(llmbox("build", "-q", "-t", "base", "-f", "-", context.string, input: rebase).status == 0)
            } else if !row.change.isEmpty {
                #expect(run(["sh", "-c", "cd \(context) && \(row.change)"]).status == 0)
            }
            let isCached = try build(row.after, row.options[1])
            #expect(isCached == row.isHit)
        }
    }

    private var rebase: [UInt8] { Array("FROM base\nCOPY other /moved\n".utf8) }

    @Test("a failed step is never taken from the cache, and the steps before it are")
    func failure() throws {
        try withStore { llmbox, context in
            write("FROM base\nRUN echo a > /a\nRUN exit 3\n", to: "Dockerfile", in: context)
            for attempt in 0..<2 {
                let built = llmbox("build", "--network", "none", context.string)
                #expect(built.status == 1)
                #expect(built.errors.contains("exit code: 3"))
                #expect(built.errors.split(separator: "\n").count { $0.hasSuffix(" CACHED") } == 1 + attempt)
            }
        }
    }

    @Test("twenty builds and prunes at the same time: no error, and no image loses a layer")
    func prune() throws {
        try withStore { llmbox, context in
            write(
                "FROM base\nARG N\nCOPY Dockerfile /d$N\nRUN echo $N > /n\nRUN cat /n > /m\n",
                to: "Dockerfile",
                in: context
            )
            let script = """
                run() { local log; log=$("$0" "$@" 2>&1) || echo "failed: $*: $log"; }
                cd "$1"; export -f run
                for i in $(seq 20); do run build --network none --build-arg N=$i -t app$i . & done
                for i in 1 2 3 4; do sleep 0.4; run system prune -f; done
                wait
                """
            let done = run(["bash", "-c", script, LLMBoxProgram.path, context.string], environment: llmbox.environment)
            #expect(done.status == 0 && done.output.isEmpty, "\(done)")
            #expect(llmbox("system", "check").status == 0)
            #expect(llmbox("images", "-q").output.split(separator: "\n").count >= 21)
            #expect(llmbox("run", "--rm", "--network", "none", "app7", "cat", "/m").output == "7\n")
        }
    }
}
