internal import SystemPackage
internal import TestSupport

/// The files of an image of which only the top layer matters.
struct BuiltTree {
    /// What the build said.
    let build: CommandResult
    /// The directory of the top layer; empty when the build failed.
    let path: String

    /// Builds `dockerfile` in `context` and opens what its last step made; `options` come before the context.
    init(
        _ llmbox: LLMBoxProgram,
        _ dockerfile: String,
        in context: String,
        _ options: [String] = [],
        input: [UInt8] = []
    ) {
        let tag = "built:t\(UInt32.random(in: 0...UInt32.max))"
        let file = llmbox.root.appending("../Dockerfile-\(UInt32.random(in: 0...UInt32.max))").string
        write(dockerfile, to: file, in: "/")
        let arguments = ["build", "--progress", "plain", "-t", tag, "-f", file] + options + [context]
        self.init(llmbox, arguments, tag: tag, input: input)
    }

    /// Runs a whole command line that builds the image `tag`.
    init(_ llmbox: LLMBoxProgram, _ arguments: [String], tag: String, input: [UInt8] = []) {
        build = run([LLMBoxProgram.path] + arguments, environment: llmbox.environment, input: input, limit: 60)
        let digests = llmbox("inspect", "-f", "{{json .RootFS.Layers}}", tag).line.split { "[]\", \n".contains($0) }
        let top = digests.last.map { String($0.dropFirst("sha256:".count)) }
        path = build.status == 0 ? top.map { llmbox.root.appending("layers/\($0)/tree").string } ?? "" : ""
    }

    /// Every path with its mode and owner, and of a link its target, sorted.
    var listing: [String] {
        guard !path.isEmpty else { return ["the build failed: \(build.errors)"] }
        let found = run(["find", path, "-mindepth", "1", "-printf", "%P %m %U:%G %l\\n"])
        return found.output.split(separator: "\n").map { String($0.trimmingSuffix(" ")) }.sorted()
    }

    /// The text of a file.
    func text(_ name: String) -> String { read(path + "/" + name) }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: Character) -> Substring {
        var text = self
        while text.last == suffix { text.removeLast() }
        return text
    }
}
