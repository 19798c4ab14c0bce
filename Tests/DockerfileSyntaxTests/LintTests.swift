import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct LintTests {
    @Test(
        "each rule warns of what it is for",
        arguments: [
            ("ENV a b", "LegacyKeyValueFormat"), ("LABEL a b", "LegacyKeyValueFormat"),
            ("MAINTAINER x", "MaintainerDeprecated"),
            ("CMD a b", "JSONArgsRecommended"), ("ENTRYPOINT a", "JSONArgsRecommended"),
            ("run a", "ConsistentInstructionCasing"),
            ("FROM a AS Big", "StageNameCasing"), ("FROM a as b", "FromAsCasing"),
            ("FROM a AS scratch", "ReservedStageName"),
            ("FROM --platform=$TARGETPLATFORM a", "RedundantTargetPlatform"), ("EXPOSE 8080:80", "ExposeInvalidFormat"),
            ("EXPOSE 80/TCP", "ExposeProtoCasing"), ("ARG HF_TOKEN", "SecretsUsedInArgOrEnv"),
            ("ENV API_KEY=x", "SecretsUsedInArgOrEnv"), ("CMD [\"a\"]\nCMD [\"b\"]", "MultipleInstructionsDisallowed"),
            ("ONBUILD ENV a b", "LegacyKeyValueFormat"),
        ]
    )
    func warns(text: String, rule: String) {
        #expect(rules(text) == [rule])
    }

    @Test(
        "what is right is not warned of",
        arguments: [
            "ENV a=b", "CMD [\"a\"]", "SHELL [\"/bin/bash\", \"-c\"]\nCMD a", "EXPOSE 80/tcp $P", "ENV PUBLIC_KEY=x",
            "RUN a\nFROM b AS c", "ENV TOKENIZERS_PARALLELISM=false MONKEY=1",
        ]
    )
    func isSilent(text: String) {
        #expect(rules(text) == [])
    }

    @Test(
        "an argument that FROM cannot see is warned of, unless there is something to fall back on",
        arguments: [
            ("ARG BASE\nFROM $BSAE", "did you mean `BASE`?"), ("FROM a:${TAG}", "declare it with `ARG TAG` above"),
            ("FROM a\nARG T\nFROM b:$T", "declare it with `ARG T` above"), ("FROM a:${TAG:-1}", nil),
            ("ARG T=1\nFROM a:$T", nil),
            ("FROM --platform=$BUILDPLATFORM a", nil), ("FROM a${V:+-$TARGETARCH}", nil),
        ] as [(String, String?)]
    )
    func undefinedArgInFrom(text: String, hint: String?) {
        let found = parseText(text).warnings.filter { $0.rule == "UndefinedArgInFrom" }
        #expect(found.map(\.hint) == (hint.map { [$0] } ?? []))
    }

    @Test(
        "an array that is none is told from a command in shell form, also behind SHELL",
        arguments: [
            ("CMD ['sh', '-c', 'ls']", true), ("ENTRYPOINT [ 'a' ]", true), ("CMD [\"a\" \"b\"]", true),
            ("SHELL [\"/bin/bash\", \"-c\"]\nCMD ['a']", true), ("CMD [ -f x ] && y", false), ("CMD a ['b']", false),
        ]
    )
    func brokenArrays(text: String, isBroken: Bool) {
        let found = parseText("FROM a\n" + text).warnings.filter { $0.rule == "JSONArgsRecommended" }
        #expect(found.map { $0.message.contains("no JSON array") } == [isBroken])
        #expect(found.allSatisfy { $0.message.contains("double quotes") == text.contains("'") } || !isBroken)
    }

    @Test("the check directive silences rules or makes them errors")
    func checkDirective() {
        #expect(parseText("# check=skip=MaintainerDeprecated\nFROM a\nMAINTAINER x\nCMD a").warnings.count == 1)
        #expect(parseText("# check=skip=all\nFROM a\nMAINTAINER x\nCMD a").diagnostics.isEmpty)
        let strict = parseText("# check=error=true\nFROM a\nCMD a")
        #expect(strict.errors.map(\.rule) == ["JSONArgsRecommended"])
        #expect(strict.dockerfile == nil)
    }

    @Test("rules have names and say what they are for")
    func descriptions() {
        #expect(Set(LintRule.all.map(\.name)).count == LintRule.all.count)
        for rule in LintRule.all { #expect(rule.summary.hasSuffix(".")) }
    }
}
