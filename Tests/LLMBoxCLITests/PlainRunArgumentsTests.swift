internal import ArgumentParser
internal import Testing

@testable internal import LLMBoxCLI

@Suite struct PlainRunArgumentsTests {
    @Test(
        "what is read without ArgumentParser is what ArgumentParser reads",
        arguments: [
            ["base"],
            ["--rm", "base", "true"],
            ["-it", "--rm", "--network", "none", "base", "sh", "-c", "echo --rm -x"],
            ["-d", "--name=web", "-p", "127.0.0.1:8000:80", "-p", "9000:90/udp", "base"],
            ["-e", "A=b c", "--env=C=d=e", "-v", "data:/data:ro", "-w", "/srv", "-u", "1000:1000", "base", "-v", "x"],
            ["--memory", "1g", "-m", "2g", "--cpus=1.5", "--read-only", "--init", "-h", "box", "base"],
            ["--entrypoint", "sh", "-ti", "--net", "host", "--hostname=a", "base", "--", "-c"],
        ]
    )
    func agreement(arguments: [String]) throws {
        let plain = try #require(PlainRunArguments(arguments))
        let command = try #require(try RootCommand.parseAsRoot(["run"] + arguments) as? RunCommand)
        #expect("\(plain.flags)" == "\(try command.options.flags())")
        #expect(plain.detach == command.detach)
    }

    @Test(
        "what could be a mistake or is uncommon is left to ArgumentParser",
        arguments: [
            [], ["--rm"], ["--help"], ["--no-such", "base"], ["--name", "--rm", "base"], ["--name=", "base"],
            ["--rm=true", "base"],
            ["-p8000:80", "base"], ["--", "base"], ["-dit", "base"], ["--label", "a=b", "base"], [""],
            ["-e", "", "base"],
        ]
    )
    func leftAlone(arguments: [String]) {
        #expect(PlainRunArguments(arguments) == nil)
    }
}
