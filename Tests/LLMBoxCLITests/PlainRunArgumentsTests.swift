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
            ["--rm", "--gpus", "all", "base", "nvidia-smi"], ["--gpus=\"device=0,2\"", "-d", "base"],
            ["--device", "nvidia.com/gpu=all", "--device=/dev/fuse", "base"],
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
        "exec is read as ArgumentParser reads it, and what it could object to is left to it",
        arguments: [
            (["box", "true"], true), (["-it", "box", "sh", "-c", "x -d"], true), (["-i", "-t", "box", "sh"], true),
            (["-d", "-e", "A=b", "--env", "C", "-u", "1:1", "-w", "/srv", "box", "sleep", "1"], true),
            (["--user", "me", "--workdir", "/", "box", "ls", "-l"], true),
            (["box"], false), ([], false), (["-d", "-t", "box", "sh"], true), (["--", "box", "sh"], false),
            (["-dit", "box", "sh"], false), (["-u", "-x", "box", "sh"], false), (["--env=A=b", "box", "sh"], false),
            (["--privileged", "box", "sh"], false), (["-uroot", "box", "sh"], false), (["-e"], false),
        ]
    )
    func exec(arguments: [String], isPlain: Bool) throws {
        let plain = PlainExecArguments(arguments)
        #expect((plain != nil) == isPlain)
        guard let plain else { return }
        let command = try #require(try RootCommand.parseAsRoot(["exec"] + arguments) as? ExecCommand)
        #expect("\(plain.flags)" == "\(command.flags)")
        #expect(plain.container == command.container)
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
