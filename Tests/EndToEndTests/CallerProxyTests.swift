internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite("Proxies of the user's configuration", .enabled(if: isRoot, "running containers needs root"))
struct CallerProxyTests {
    @Test("containers and builds get them, the command line wins, and neither image nor cache key has them")
    func proxies() throws {
        try withStore { llmbox, context in
            try #require(llmbox.importBusybox().status == 0)
            let home = context.removingLastComponent().appending("home")
            mkdir(home.string, 0o700)
            func configure(_ proxy: String) {
                write(
                    #"{"proxies": {"default": {"httpProxy": "\#(proxy)", "noProxy": "inside"}}}"#,
                    to: "config.json",
                    in: home
                )
            }
            configure("http://first:1")
            var user = llmbox
            user.environment["DOCKER_CONFIG"] = home.string
            let shown = user("run", "--rm", "--network", "none", "-e", "NO_PROXY=mine", "base", "env").output
            for line in ["HTTP_PROXY=http://first:1", "http_proxy=http://first:1", "NO_PROXY=mine", "no_proxy=inside"] {
                #expect(shown.split(separator: "\n").contains(line[...]), "\(line) is not in \(shown)")
            }
            write("FROM base\nRUN echo \"saw $HTTP_PROXY $no_proxy\" > /saw\nENV A=1\n", to: "Dockerfile", in: context)
            func build(_ more: String...) -> CommandResult {
                run(
                    [LLMBoxProgram.path, "build", "--network", "none", "--progress", "plain", "-t", "app"] + more
                        + [context.string],
                    environment: user.environment
                )
            }
            try #require(build().status == 0)
            func saw() -> String { llmbox("run", "--rm", "--network", "none", "app", "cat", "/saw").line }
            #expect(saw() == "saw http://first:1 inside")
            let described = llmbox("inspect", "app").output + llmbox("history", "--no-trunc", "app").output
            #expect(!described.contains("first"))
            configure("http://second:2")
            let again = build()
            #expect(again.errors.contains("CACHED") && saw() == "saw http://first:1 inside", "\(again)")
            #expect(build("--no-cache", "--build-arg", "HTTP_PROXY=http://third:3").status == 0)
            #expect(saw() == "saw http://third:3 inside")
        }
    }
}
