internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "building runs containers, which needs root here"))
struct CacheExchangeTests {
    /// Builds in another store that has only the base, and returns how many steps of two were found in the cache.
    private func cachedSteps(_ context: FilePath, store name: String, _ options: [String]) -> (Int, String) {
        let root = context.appending(name).string
        let environment = ["LLMBOX_ROOT": root]
        _ = run(
            [LLMBoxProgram.path, "load", "-q", "-i", context.appending("base.tar").string],
            environment: environment
        )
        let built = run(
            [LLMBoxProgram.path, "build", "--progress", "plain"] + options + [context.appending("in").string],
            environment: environment
        )
        let steps = built.errors.split(separator: "\n").filter { $0.contains("CACHED") }.count
        return (built.status == 0 ? steps : -1, built.errors)
    }

    /// How many steps a plan in another store that has only the base shows as cached; it brings nothing into that store.
    private func plannedSteps(_ context: FilePath, store name: String, _ options: [String]) -> (Int, String) {
        let other = LLMBoxProgram(root: context.appending(name))
        _ = other("load", "-q", "-i", context.appending("base.tar").string)
        let layers = { run(["ls", context.appending(name).appending("layers").string]).output }
        let before = layers()
        let arguments = [LLMBoxProgram.path, "build", "--plan"] + options + [context.appending("in").string]
        let planned = run(arguments, environment: other.environment)
        let steps = planned.output.split(separator: "\n").filter { $0.contains(" cached ") }.count
        return (planned.status == 0 && layers() == before ? steps : -1, "\(planned)")
    }

    private func withCache(_ body: (LLMBoxProgram, FilePath, FilePath) throws -> Void) throws {
        try withStore { llmbox, context in
            try #require(llmbox("save", "-o", context.appending("base.tar").string, "base").status == 0)
            let place = context.appending("in")
            mkdir(place.string, 0o755)
            write("FROM base\nCOPY a /a\nRUN cat /proc/sys/kernel/random/uuid > /made\n", to: "Dockerfile", in: place)
            write("content", to: "a", in: place)
            try body(llmbox, context, place)
        }
    }

    @Test("another machine finds every step in a directory, and a damaged cache is only a warning")
    func directory() throws {
        try withCache { llmbox, context, place in
            let cache = context.appending("cache").string
            let built = llmbox("build", "--cache-to", "type=local,dest=\(cache),mode=max", place.string)
            try #require(built.status == 0, "\(built.errors)")
            let planned = plannedSteps(context, store: "second", ["--cache-from", "type=local,src=\(cache)"])
            #expect(planned.0 == 3, "\(planned.1)")
            let nothing = plannedSteps(context, store: "second", ["--cache-from", "type=local,src=\(cache)-none"])
            #expect(nothing.0 == 1 && nothing.1.contains("there is nothing"), "\(nothing.1)")
            let second = cachedSteps(context, store: "second", ["--cache-from", "type=local,src=\(cache)"])
            // The base counts as found, too.
            #expect(second.0 == 3, "\(second.1)")
            #expect(LLMBoxProgram(root: context.appending("second"))("system", "check").status == 0)

            // One byte in the middle of every large enough blob.
            _ = run([
                "sh", "-c",
                "for f in \(cache)/blobs/sha256/*; do [ $(stat -c %s $f) -gt 1500 ] && printf X | dd of=$f bs=1 seek=600 conv=notrunc; done",
            ])
            let third = cachedSteps(context, store: "third", ["--cache-from", "type=local,src=\(cache)"])
            #expect(third.0 == 1, "\(third.1)")
            #expect(LLMBoxProgram(root: context.appending("third"))("system", "check").status == 0)
            let fourth = cachedSteps(context, store: "fourth", ["--cache-from", "type=local,src=\(cache)-none"])
            #expect(fourth.0 == 1 && fourth.1.contains("there is nothing"), "\(fourth.1)")
        }
    }

    @Test("another machine finds every step at a registry and in a pushed image")
    func registry() throws {
        try withCache { llmbox, context, place in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team"
                let built = llmbox(
                    "build",
                    "-t",
                    "\(name)/app:v1",
                    "--push",
                    "--cache-to",
                    "type=registry,ref=\(name)/cache:v1",
                    "--cache-to",
                    "type=inline",
                    place.string
                )
                try #require(built.status == 0, "\(built.errors)")
                for (store, source) in [("second", "\(name)/cache:v1"), ("third", "type=registry,ref=\(name)/app:v1")] {
                    let planned = plannedSteps(context, store: store, ["-t", "\(name)/app:v1", "--cache-from", source])
                    #expect(planned.0 == 3, "\(source): \(planned.1)")
                    let found = cachedSteps(context, store: store, ["--cache-from", source])
                    #expect(found.0 == 3, "\(source): \(found.1)")
                }
            }
        }
    }

    @Test("places that cannot be used are refused with words")
    func refusals() throws {
        try withCache { llmbox, context, place in
            for option in [
                "--cache-to=type=gha", "--cache-from=type=s3,bucket=x", "--cache-to=type=local",
                "--cache-from=type=inline",
                "--cache-to=type=local,dest=x,mode=most",
            ] {
                #expect(llmbox("build", option, place.string).errors.contains("cannot use `--cache"), "\(option)")
            }
            let broken = "type=local,dest=\(context)/base.tar/x"
            #expect(llmbox("build", "--cache-to", broken, place.string).status == 1)
            #expect(llmbox("build", "--cache-to", "\(broken),ignore-error=true", place.string).status == 0)
        }
    }
}
