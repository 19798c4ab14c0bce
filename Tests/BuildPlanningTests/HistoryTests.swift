internal import BuildPlanning
internal import OCIModel
internal import Testing

@Suite struct HistoryTests {
    @Test(
        "history texts are BuildKit's",
        arguments: [
            ("ARG A=1\nARG B\nRUN make", "RUN |2 A=1 B= /bin/sh -c make # buildkit"),
            ("ARG A=1 B", "ARG A=1 B"), ("RUN <<X\n#!/bin/x\nX", "RUN /bin/sh -c /dev/pipes/X # buildkit"),
            ("COPY <<x a /c/\n1\nx", "COPY a <<x /c/ # buildkit"), ("RUN [\"a\",\"b\"]", "RUN a b # buildkit"),
            ("COPY a /a", "COPY a /a # buildkit"),
            ("COPY --chown=1:2 --chmod=755 a b /c/", "COPY --chown=1:2 --chmod=755 a b /c/ # buildkit"),
            ("ENV A=1 B=\"x y\"", "ENV A=1 B=x y"), ("CMD [\"python3\",\"i.py\"]", "CMD [\"python3\" \"i.py\"]"),
            ("EXPOSE 8000 9090/udp", "EXPOSE [8000/tcp 9090/udp]"), ("WORKDIR app", "WORKDIR /srv/app"),
            ("LABEL a=b", "LABEL a=b"), ("VOLUME /data", "VOLUME [/data]"), ("USER app", "USER app"),
            ("SHELL [\"bash\",\"-c\"]", "SHELL [bash -c]"), ("STOPSIGNAL SIGINT", "STOPSIGNAL SIGINT"),
            (
                "HEALTHCHECK --interval=90s --timeout=1500ms --retries=3 CMD curl x",
                "HEALTHCHECK &{[\"CMD-SHELL\" \"curl x\"] \"1m30s\" \"1.5s\" \"0s\" \"0s\" '\\x03'}"
            ),
        ]
    )
    func texts(line: String, history: String) throws {
        let plan = try PlanFixture.plan("FROM base\n\(line)")
        #expect(plan.targetStage?.steps.last?.history == history)
    }

    @Test("entries that are not empty pair up with layers, and empty ones take the time before them")
    func entries() throws {
        let plan = try PlanFixture.plan("FROM base\nENV A=1\nCOPY w /w/\nCMD x")
        let layer = AssembledLayer(diffID: BlobDigest(hashing: [1]), size: 1)
        let outcomes = [StepOutcome(), StepOutcome(layers: [layer, layer], created: "T"), StepOutcome()]
        let steps = try #require(plan.targetStage?.steps)
        let entries = ImageAssembly.history(of: steps, outcomes: outcomes, after: "B")
        #expect(entries.map(\.created) == ["B", "T", "T", "T"])
        #expect(entries.map { $0.emptyLayer ?? false } == [true, false, false, true])
    }
}
