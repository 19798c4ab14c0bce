import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct CheckTests {
    /// The rules that speak when everything is known: a context with one large file, an old driver, and one image.
    private func rules(
        _ text: String,
        ignore: String? = "x",
        edit: (inout LintFacts) -> Void = { _ in }
    ) throws -> [String] {
        var facts = LintFacts { !$0.isEmpty && !$0.hasSuffix(":") && !$0.hasPrefix("-") }
        facts.imageVariables = ["base": ["PATH", "HOME"]]
        facts.driverVersion = "535.161.07"
        let rules = try ignore.map { try IgnoreRules(parsing: Array($0.utf8)) }
        facts.context = LintFacts.Context(ignore: rules, largeFiles: [.init(path: "data/big", size: 1 << 30)])
        edit(&facts)
        let result = check(SourceText(name: "Dockerfile", text: text), facts: facts)
        return result.diagnostics.map { $0.rule ?? $0.message }
    }

    @Test(
        "rules that need to know more than the file speak when they should",
        arguments: [
            ("FROM base\nENV A=$B", ["UndefinedVar"]), ("FROM base\nENV A=$HOME:$PATH", []),
            ("FROM base\nARG B\nENV A=$B", []), ("FROM base\nENV B=1\nCOPY $B ${C} /", ["UndefinedVar"]),
            ("FROM base\nENV A=${B:-1} C=${D:+2}", []), ("FROM base\nRUN echo $A", []),
            ("FROM scratch\nLABEL a=$TARGETARCH", ["UndefinedVar"]),
            ("FROM base AS a\nENV B=1\nFROM a\nLABEL c=$B", []), ("FROM unknown\nLABEL c=$ANYTHING", []),
            ("FROM unknown\nARG VERSION\nLABEL c=$VERSOIN", ["UndefinedVar"]),
            ("ARG T\nFROM base:$T", ["InvalidDefaultArgInFrom"]), ("ARG T=1\nFROM base:$T", []),
            ("ARG B=base\nFROM ${B}\nENV A=$HOME", []),
            ("FROM base\nWORKDIR a", ["WorkdirRelativePath"]), ("FROM base\nWORKDIR /a\nWORKDIR b", []),
            ("FROM base AS a\nWORKDIR /a\nFROM a\nWORKDIR b", []), ("FROM base\nARG D\nWORKDIR $D", []),
            ("FROM --platform=linux/arm64 base", ["FromPlatformFlagConstDisallowed"]),
            ("FROM --platform=linux/arm64 base AS build-arm64", []), ("FROM --platform=$BUILDPLATFORM base", []),
            ("FROM nvidia/cuda:13.0.1-base", ["CudaNewerThanDriver"]), ("FROM nvidia/cuda:12.9.0-runtime", []),
            ("ARG V=13.0.0\nFROM nvcr.io/nvidia/cuda:${V}-devel", ["CudaNewerThanDriver"]),
            ("FROM pytorch/pytorch:2.9-cuda13.0-runtime", ["CudaNewerThanDriver"]),
            ("FROM x/y:0.5-cu130-py3", ["CudaNewerThanDriver"]), ("FROM x/y:0.5-cu121", []),
            ("FROM base\nRUN pip install x", ["PipCacheInLayer"]),
            ("FROM base\nRUN python3 -m pip  install \\\n x", ["PipCacheInLayer"]),
            ("FROM base\nRUN pip install --no-cache-dir x", []),
            ("FROM base\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x", []),
            ("FROM base\nRUN --mount=type=cache,target=/root/.cache pip install x", []),
            ("FROM base\nRUN pip install x && rm -rf /root/.cache", []),
            ("FROM base\nRUN uv pip install x", ["PipCacheInLayer"]),
            ("FROM base AS b\nRUN pip install x\nFROM base\nCOPY --from=b /x /", []),
            ("FROM base\nRUN <<E\npip install x\nE\n", ["PipCacheInLayer"]),
            ("FROM base\nCOPY . /app\nCOPY model.gguf /m/", ["WeightsAfterCode"]),
            ("FROM base\nCOPY model.gguf /m/\nCOPY . /app", []),
            ("FROM base\nCOPY a.py /\nCOPY data /d/", ["WeightsAfterCode"]),
            ("FROM base\nCOPY ./weights /w\nRUN chown -R 1:1 /w", ["WeightsOwnerChanged"]),
            ("FROM base\nCOPY m.safetensors /w/\nRUN x && chmod -R 755 /w && y", ["WeightsOwnerChanged"]),
            ("FROM base\nCOPY m.safetensors /w/\nRUN chown -R 1:1 /home", []),
            ("FROM base\nCOPY data /w\nRUN chown 1 /w/big", ["WeightsOwnerChanged"]),
            ("FROM base\nLABEL a=hf_abcdefghijklmnopqrstuvwxyz0123456789", ["SecretValue"]),
            ("FROM base\nRUN x sk-learn-is-not-a-key-but-a-rather-long-name", []),
        ] as [(String, [String])]
    )
    func speaks(text: String, expected: [String]) throws {
        #expect(try rules(text) == expected)
    }

    @Test("experimental rules speak when they are turned on")
    func experimental() throws {
        let text = "FROM base\nCOPY x /\n# other\nARG A\n\n# A is described\nARG A\n# far\n\nARG B\n"
        #expect(try rules(text) == [])
        let all = ["CopyIgnoredFile", "InvalidDefinitionDescription"]
        #expect(try rules("# check=experimental=all\n" + text) == all)
        #expect(try rules("# check=experimental=CopyIgnoredFile\n" + text) == [all[0]])
        #expect(try rules("# check=skip=CopyIgnoredFile;experimental=all\n" + text) == [all[1]])
    }

    @Test("large files without an ignore file are pointed out when everything is copied")
    func missingIgnoreFile() throws {
        #expect(try rules("FROM base\nCOPY . /", ignore: nil) == ["MissingDockerignore"])
        #expect(try rules("FROM base\nCOPY a.py /", ignore: nil) == [])
        #expect(try rules("FROM base\nCOPY . /", ignore: nil) { $0.context?.largeFiles = [] } == [])
    }

    @Test("without a driver nothing is said about CUDA")
    func noDriver() throws {
        #expect(try rules("FROM nvidia/cuda:99.0") { $0.driverVersion = nil } == [])
    }

    @Test("names that belong to no rule are pointed out, with the nearest that does")
    func unknownNames() {
        let found = parseText("# check=skip=StageNameCasng,MaintainerDeprecated\nFROM a").warnings
        #expect(found.map(\.message) == ["there is no rule `StageNameCasng` to skip or turn on"])
        #expect(found.map(\.hint) == ["did you mean `StageNameCasing`?"])
    }

    @Test("a build argument takes the directive's place")
    func buildArgument() throws {
        let text = "# check=skip=all\nFROM base\nMAINTAINER x"
        #expect(try rules(text) == [])
        let found = try rules(text) { $0.buildArguments["BUILDKIT_DOCKERFILE_CHECK"] = "error=true" }
        #expect(found == ["MaintainerDeprecated"])
    }

    @Test("a plain parse keeps to the rules that other builders have")
    func plainParse() {
        let text = "FROM a\nCOPY . /\nCOPY m.gguf /\nRUN pip install x"
        #expect(parseText(text).diagnostics.isEmpty)
    }

    @Test("every rule has an address or is our own, and the documentation tells of each")
    func documentation() throws {
        let rules = LintRule.all
        #expect(
            rules.first { $0.name == "JSONArgsRecommended" }?.address?.hasSuffix("/rule/json-args-recommended/") == true
        )
        #expect(rules.count { $0.isOwn } == 6)
        let article = try #require(GoldenFiles.readText("../../../Sources/LLMBoxCLI/Documentation.docc/Checks.md"))
        for rule in rules { #expect(article.contains("### \(rule.name)\n"), "\(rule.name)") }
    }
}
