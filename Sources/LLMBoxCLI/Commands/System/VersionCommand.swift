internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Show the version.")

    @Option(name: .shortAndLong, help: "`json`, or a Go template.")
    var format: String?

    func run() throws {
        // Docker's clients ask for `.Server.Version` too; there is no server, and the program is its own engine.
        let engine = DisplayValue.fields([
            "Version": .string(LLMBoxVersion.number),
            "Os": .string(Platform.host.os),
            "Arch": .string(Platform.host.architecture),
            "Platform": .fields(["Name": "llmbox"]),
            // There is no interface with versions of its own, and no Go: what asks finds nothing instead of failing.
            "APIVersion": "", "ApiVersion": "", "MinAPIVersion": "", "DefaultAPIVersion": "", "GitCommit": "",
            "GoVersion": "", "BuildTime": "", "Context": "default", "Experimental": false, "Components": .array([]),
            "KernelVersion": .string((try? ImageService.kernelRelease()) ?? ""),
        ])
        let value = DisplayValue.fields(["Client": engine, "Server": engine])
        guard let format else {
            return try StandardOutput.write(
                "Version:   \(LLMBoxVersion.number)\nOS/Arch:   \(Platform.host)\n"
            )
        }
        let text = format == "json" ? value.json() : try GoTemplate(format).render(value)
        try StandardOutput.write(text + "\n")
    }
}
