internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct BuildTests {
    @Test("a second build gives the same image from the cache")
    func cached() throws {
        try withStore { llmbox, context in
            write("hello\n", to: "greeting", in: context)
            let text = """
                FROM base
                ARG WHO=world
                COPY greeting /srv/
                RUN echo "$WHO" > /srv/who
                WORKDIR /srv
                CMD ["cat", "greeting", "who"]
                """
            write(text, to: "Dockerfile", in: context)
            let first = llmbox("build", "-q", "-t", "app", context.string)
            try #require(first.status == 0, "\(first.errors)")
            #expect(first.line.hasPrefix("sha256:") && first.line.count == 71)
            let second = llmbox("build", "--progress", "plain", "-t", "app", context.string)
            #expect(second.status == 0, "\(second.errors)")
            #expect(second.errors.contains("CACHED"))
            #expect(llmbox("build", "-q", context.string).line == first.line)
            #expect(llmbox("run", "--rm", "--network", "none", "app").output == "hello\nworld\n")
        }
    }

    @Test("five mistakes give five diagnostics with file, line and caret")
    func diagnostics() throws {
        try withStore { llmbox, context in
            let text = """
                FROM base
                COPPY a /b
                ENV ONLYNAME
                HEALTHCHECK --interval=5 CMD true
                COPY --form=x a /b
                EXPOSE
                """
            write(text, to: "Dockerfile", in: context)
            let result = llmbox("build", context.string)
            #expect(result.status == 1)
            #expect(result.output.isEmpty)
            for line in 2...6 {
                #expect(result.errors.contains("Dockerfile:\(line):"), "line \(line): \(result.errors)")
            }
            #expect(result.errors.occurrences(of: ": error: ") == 5, "\(result.errors)")
            #expect(result.errors.contains("^"))
            #expect(result.errors.contains("did you mean `COPY`?"))
        }
    }

    @Test("a failing RUN names the command, its status, and the line")
    func failingRun() throws {
        try withStore { llmbox, context in
            write("FROM base\nRUN echo before; exit 7\n", to: "Dockerfile", in: context)
            let result = llmbox("build", "--progress", "plain", context.string)
            #expect(result.status == 1)
            #expect(result.errors.contains("exit code: 7") || result.errors.contains("exit code 7"), "\(result.errors)")
            #expect(result.errors.contains("before"))
            #expect(result.errors.contains(">>>"))
        }
    }

    @Test(
        "a base that cannot be fetched says what can be done about it",
        arguments: [
            ("127.0.0.1:1/nothing:here", "see that the address is right"),
            // Nothing is asked of the world: the way there leads through a proxy that is not.
            ("debian:none-such", "| llmbox import - debian:none-such"),
        ]
    )
    func missingBase(name: String, hint: String) throws {
        try withStore { llmbox, context in
            write("FROM \(name)\n", to: "Dockerfile", in: context)
            var environment = llmbox.environment
            environment["HTTPS_PROXY"] = "http://127.0.0.1:1"
            environment["https_proxy"] = "http://127.0.0.1:1"
            let result = run([LLMBoxProgram.path, "build", context.string], environment: environment)
            #expect(result.status == 1)
            #expect(result.errors.contains("cannot get the image `\(name)`"), "\(result.errors)")
            #expect(result.errors.contains(hint), "\(result.errors)")
        }
    }

    @Test("a secret is readable in its step and is nowhere in the store")
    func secret() throws {
        try withStore { llmbox, context in
            let value = "s3cr3t-\(UInt64.random(in: 0...UInt64.max))"
            write(value, to: "token", in: context)
            write("token\n", to: ".dockerignore", in: context)
            let text = """
                FROM base
                RUN --mount=type=secret,id=token,target=/etc/deep/token wc -c < /etc/deep/token > /size
                """
            write(text, to: "Dockerfile", in: context)
            let built = llmbox(
                "build",
                "-t",
                "app",
                "--secret",
                "id=token,src=\(context.appending("token"))",
                context.string
            )
            try #require(built.status == 0, "\(built.errors)")
            let size = llmbox(
                "run",
                "--rm",
                "--network",
                "none",
                "app",
                "sh",
                "-c",
                "cat /size; test -e /etc/deep || echo clean"
            )
            #expect(size.output == "\(value.utf8.count)\nclean\n", "\(size)")
            #expect(run(["grep", "-rqF", value, llmbox.root.string]).status == 1)
        }
    }

    @Test("a weight file in a layer of its own survives a change beside it")
    func weightsStay() throws {
        try withStore { llmbox, context in
            mkdir(context.appending("model").string, 0o755)
            let weights = context.appending("model/model.safetensors").string
            #expect(run(["dd", "if=/dev/urandom", "of=\(weights)", "bs=1M", "count=65"]).status == 0)
            write("{}", to: "model/tokenizer.json", in: context)
            write("FROM base\nCOPY model /app/model\n", to: "Dockerfile", in: context)
            let first = llmbox("build", "-t", "app:1", context.string)
            try #require(first.status == 0, "\(first.errors)")
            write("{\"a\": 1}", to: "model/tokenizer.json", in: context)
            let second = llmbox("build", "-t", "app:2", context.string)
            try #require(second.status == 0, "\(second.errors)")
            let format = "{{json .RootFS.Layers}}"
            let before = layers(llmbox("inspect", "-f", format, "app:1").line)
            let after = layers(llmbox("inspect", "-f", format, "app:2").line)
            #expect(before.count == 3 && after.count == 3, "\(before) \(after)")
            #expect(before.intersection(after).count == 2, "the base and the weights are shared: \(before) \(after)")
            let listed = llmbox("run", "--rm", "--network", "none", "app:2", "cat", "/app/model/tokenizer.json")
            #expect(listed.output == "{\"a\": 1}")
        }
    }

    private func layers(_ json: String) -> Set<String> {
        Set(json.split { "[]\", \n".contains($0) }.map(String.init))
    }
}

extension String {
    /// How often `text` occurs.
    fileprivate func occurrences(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
