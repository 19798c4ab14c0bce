internal import BuildPlanning
internal import Diagnostics
internal import OCIModel
internal import Testing

@Suite struct BuildPlannerTests {
    @Test("a global argument is seen by FROM and by a bare ARG, and by nothing else")
    func globalArguments() throws {
        let text = """
            ARG IMAGE=base
            ARG V=g
            FROM $IMAGE
            RUN one
            ARG V
            RUN two
            """
        let runs = try runs(text)
        #expect(runs.map { $0.environment.contains("V=g") } == [false, true])
        #expect(runs[1].commandText == "/bin/sh -c two")
    }

    @Test(
        "an argument's value comes from the command line, then from its line, then from before the first FROM",
        arguments: [
            ("ARG V=g\nFROM base\nARG V", [:], "g"), ("ARG V=g\nFROM base\nARG V=s", [:], "s"),
            ("ARG V=g\nFROM base\nARG V=s", ["V": "c"], "c"), ("FROM base\nARG V", [:], nil),
            ("FROM base\nARG V=", [:], ""), ("ARG A=1\nARG V=x$A\nFROM base\nARG V", ["A": "2"], "x2"),
            ("FROM base\nENV V=env\nARG V", ["V": "cli"], "cli"),
            ("FROM base\nARG V=arg\nENV V=env", ["V": "c"], "env"),
        ] as [(String, [String: String], String?)]
    )
    func precedence(text: String, arguments: [String: String], value: String?) throws {
        let run = try #require(try runs(text + "\nRUN x", arguments: arguments).last)
        #expect(run.environment.first { $0.hasPrefix("V=") } == value.map { "V=\($0)" })
    }

    @Test("arguments never reach the image, variables do, in their first place")
    func environment() throws {
        let plan = try PlanFixture.plan("FROM base\nARG S=1\nENV Z=$S A=2\nENV Z=3 BASE=4")
        #expect(plan.targetStage?.config.env == ["PATH=/bin", "BASE=4", "Z=3", "A=2"])
    }

    @Test("all words of one instruction see the state before it")
    func sameInstruction() throws {
        let plan = try PlanFixture.plan("FROM base\nENV a=1\nENV a=2 b=$a")
        #expect(plan.targetStage?.config.env?.suffix(2) == ["a=2", "b=1"])
    }

    @Test("stages the target does not need are not planned")
    func pruning() throws {
        let text = """
            FROM base AS a
            FROM missing AS unused
            RUN false
            FROM scratch AS last
            COPY --from=a /x /y
            FROM last
            """
        let plan = try PlanFixture.plan(text)
        #expect(plan.stages.map(\.index) == [0, 2, 3])
        #expect(plan.stages[1].dependencies == [0])
        #expect(try PlanFixture.plan(text, target: "A").stages.map(\.index) == [0])
        #expect(try PlanFixture.plan(text, target: "0").target == 0)
    }

    @Test("an unknown target is named with its likeliest meaning")
    func unknownTarget() throws {
        let request = try PlanFixture.request("FROM scratch AS runtime", target: "runtme")
        #expect(throws: PlanningError.unknownTarget("runtme", suggestion: "runtime")) {
            try BuildPlanner(request).plan()
        }
    }

    @Test("images that are not resolved yet are asked for, all at once where they can be known")
    func requirements() throws {
        let request = try PlanFixture.request(
            "FROM base AS a\nFROM scratch\nCOPY --from=tools /t /t\nCOPY --from=a /x /x"
        )
        guard case .needs(let missing) = try BuildPlanner(request).plan() else {
            Issue.record("nothing is missing")
            return
        }
        #expect(missing.map(\.name) == ["tools", "base"])
    }

    @Test("a stage on another stage inherits its variables, arguments and configuration")
    func inheritance() throws {
        let text = "FROM base AS a\nARG X=1\nUSER 5\nWORKDIR sub\nFROM a\nRUN y"
        let run = try #require(try runs(text).last)
        #expect(run.environment.contains("X=1"))
        #expect(run.user == "5")
        #expect(run.workingDirectory == "/srv/sub")
    }

    @Test("an entry point clears an inherited command and keeps one of the same stage, in either order")
    func entrypoint() throws {
        #expect(try PlanFixture.plan("FROM base\nENTRYPOINT [\"e\"]").targetStage?.config.cmd == nil)
        #expect(try PlanFixture.plan("FROM base\nCMD [\"c\"]\nENTRYPOINT [\"e\"]").targetStage?.config.cmd == ["c"])
        #expect(try PlanFixture.plan("FROM base\nENTRYPOINT [\"e\"]\nCMD [\"c\"]").targetStage?.config.cmd == ["c"])
    }

    @Test("FROM scratch has a search path and a working directory")
    func scratch() throws {
        let config = try #require(try PlanFixture.plan("FROM scratch\nCMD a b").targetStage?.config)
        #expect(config.env == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
        #expect(config.workingDir == "/")
        #expect(config.cmd == ["/bin/sh", "-c", "a b"])
    }

    @Test("triggers of the base run first and are gone from the child")
    func triggers() throws {
        let parent = PlanFixture.image("parent") { $0.onBuild = ["RUN echo hi", "ENV T=1"] }
        let plan = try PlanFixture.plan("FROM parent\nRUN own", images: [parent])
        let stage = try #require(plan.targetStage)
        #expect(stage.steps.map(\.title) == ["ONBUILD RUN echo hi", "ONBUILD ENV T=1", "RUN own"])
        #expect(stage.config.onBuild == nil)
        #expect(stage.config.env?.last == "T=1")
    }

    @Test("an image without a search path gets one")
    func searchPath() throws {
        let parent = PlanFixture.image("parent") { $0.env = ["A=1"] }
        let config = try PlanFixture.plan("FROM parent", images: [parent]).targetStage?.config
        #expect(config?.env == ["A=1", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
    }

    @Test("proxy settings reach RUN and neither the image nor the history")
    func proxies() throws {
        let plan = try PlanFixture.plan("FROM base\nRUN x", arguments: ["HTTP_PROXY": "p"])
        guard case .run(let run)? = plan.targetStage?.steps.first?.operation else {
            Issue.record("\(plan)")
            return
        }
        #expect(run.proxyEnvironment == ["HTTP_PROXY=p"])
        #expect(!run.environment.contains("HTTP_PROXY=p"))
        #expect(plan.targetStage?.steps.first?.history == "RUN /bin/sh -c x # buildkit")
    }

    @Test(
        "copies go to absolute places",
        arguments: [
            ("COPY a b/", "/srv/b/"), ("COPY a b", "/srv/b"), ("COPY a .", "/srv/"), ("COPY a /", "/"),
            ("COPY a ../x", "/x"), ("COPY a $EMPTY", "/srv/"), ("COPY a /x/./y/", "/x/y/"),
        ]
    )
    func destinations(line: String, path: String) throws {
        let plan = try PlanFixture.plan("FROM base\n\(line)")
        guard case .copy(let copy)? = plan.targetStage?.steps.first?.operation else {
            Issue.record("\(plan)")
            return
        }
        #expect(copy.destination == path)
    }

    @Test("mistakes are reported together, each at its place")
    func diagnostics() throws {
        let request = try PlanFixture.request("FROM base\nEXPOSE nope\nSTOPSIGNAL $X\nENV A=${B:?unset}\nCOPY a b c")
        let known = [ImageRequirement(name: "base", platform: request.platform): PlanFixture.base]
        let error = #expect(throws: PlanningError.self) { try BuildPlanner(request, images: known).plan() }
        guard case .invalid(let diagnostics)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(diagnostics.count == 4)
        #expect(diagnostics.allSatisfy { $0.range != nil })
    }

    @Test("an image that is not there is asked for with its place, and the stage that may have been meant")
    func mentions() throws {
        let request = try PlanFixture.request("FROM scratch AS build\nFROM scratch\nCOPY --from=biuld /a /a\n")
        guard case .needs(let missing) = try BuildPlanner(request).plan() else {
            Issue.record("nothing is missing")
            return
        }
        let mention = try #require(missing.first?.mention)
        #expect(missing.map(\.name) == ["biuld"] && mention.nearestStage == "build")
        let before = "FROM scratch AS build\nFROM scratch\n".utf8.count
        #expect(mention.range.lowerBound >= before)
    }

    @Test(
        "a name that no image can have is a mistake at its place",
        arguments: ["FROM debian:$VERR", "FROM scratch\nCOPY --from=Team/App /a /a", "FROM a@sha256:12"]
    )
    func impossibleNames(text: String) throws {
        let request = try PlanFixture.request("ARG VER=1\n" + text)
        let error = #expect(throws: PlanningError.self) { try BuildPlanner(request).plan() }
        guard case .invalid(let diagnostics)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(diagnostics.count == 1 && diagnostics[0].range != nil)
        #expect(diagnostics[0].message.contains("is no name of an image"), "\(diagnostics[0].message)")
    }

    private func runs(_ text: String, arguments: [String: String] = [:]) throws -> [RunOperation] {
        let stage = try #require(try PlanFixture.plan(text, arguments: arguments).targetStage)
        return stage.steps.compactMap { if case .run(let run) = $0.operation { run } else { nil } }
    }
}
