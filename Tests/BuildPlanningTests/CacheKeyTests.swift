internal import BuildPlanning
internal import OCIModel
internal import Testing

@Suite struct CacheKeyTests {
    @Test(
        "what does not change a RUN does not change its key",
        arguments: [
            ("RUN x", "# comment\nRUN x"), ("RUN x", "LABEL a=b\nRUN x"), ("RUN x", "CMD y\nRUN x"),
            ("RUN x", "EXPOSE 80\nRUN x"), ("RUN x", "run x"),
            ("RUN --mount=type=secret,id=a x", "RUN  --mount=type=secret,id=a x"),
        ]
    )
    func same(left: String, right: String) throws {
        #expect(try key(left) == key(right))
    }

    @Test(
        "what changes a RUN changes its key",
        arguments: [
            ("RUN x", "RUN y"), ("RUN x", "ENV A=1\nRUN x"), ("RUN x", "ARG A=1\nRUN x"), ("RUN x", "USER 1\nRUN x"),
            ("RUN x", "WORKDIR /y\nRUN x"), ("RUN x", "SHELL [\"s\"]\nRUN x"), ("RUN x", "RUN --network=none x"),
            ("RUN x", "RUN --mount=type=cache,target=/c x"), ("RUN a b", "RUN [\"a\",\"b\"]"), ("RUN x", "RUN x  y"),
        ]
    )
    func different(left: String, right: String) throws {
        #expect(try key(left) != key(right))
    }

    @Test("proxies and undeclared arguments are not part of a key")
    func arguments() throws {
        #expect(try key("RUN x", ["HTTP_PROXY": "p", "OTHER": "o"]) == key("RUN x"))
        #expect(try key("ARG A\nRUN x", ["A": "1"]) != key("ARG A\nRUN x", ["A": "2"]))
    }

    @Test("fields cannot run into each other")
    func boundaries() {
        var left = KeyHasher(kind: "k")
        left.field("a", ["bc", "d"])
        var right = KeyHasher(kind: "k")
        right.field("a", ["b", "cd"])
        #expect(left.finish() != right.finish())
        var missing = KeyHasher(kind: "k")
        missing.field("a", String?.none)
        var empty = KeyHasher(kind: "k")
        empty.field("a", "")
        #expect(missing.finish() != empty.finish())
    }

    @Test("every field of a long list counts", arguments: [0, 1, 4_999, 9_999])
    func longKeys(changed: Int) {
        func key(_ changed: Int?) -> BlobDigest {
            var hasher = KeyHasher(kind: "k")
            for index in 0..<10_000 { hasher.field("name", index == changed ? "other" : "value \(index)") }
            return hasher.finish()
        }
        #expect(key(nil) == key(nil))
        #expect(key(changed) != key(nil))
    }

    private func key(_ lines: String, _ arguments: [String: String] = [:]) throws -> BlobDigest {
        let plan = try PlanFixture.plan("FROM base\n\(lines)", arguments: arguments)
        let step = try #require(plan.targetStage?.steps.last)
        guard case .run(let run) = step.operation else { throw CancellationError() }
        return CacheKeys.key(for: run, parent: [], mounted: [])
    }
}
