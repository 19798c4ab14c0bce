internal import ArgumentParser
internal import Testing

@testable import LLMBoxCLI

/// Flags with a value, as docker takes them.
@Suite struct FlagValueTests {
    @Test("flags may have a value, and options that have one keep it")
    func values() throws {
        let words = ["build", "--pull=true", "--no-cache=false", "-q=1", "--provenance=false", "--rm=true", "."]
        let command = try #require(FlagValues.parse(words) as? BuildCommand)
        #expect(command.pull && command.quiet && !command.ignoresCache)
        #expect(command.results.attestations.provenance == "false")
        let long = try #require(FlagValues.parse(["builder", "build", "--push=false", "."]) as? BuildCommand)
        #expect(!long.results.push)
    }

    @Test(
        "what is no flag is not dropped",
        arguments: [
            ["build", "--nonsense=false", "."], ["build", "--pull=maybe", "."], ["build", "--target", "."],
            ["build", ".", "--", "--pull=true"],
        ]
    )
    func wrong(words: [String]) {
        #expect(FlagValues.parse(words) == nil)
    }
}
