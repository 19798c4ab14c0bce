internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox debug plan`.
struct DebugPlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show the build graph of a context, with everything expanded.",
        discussion: """
            No registry is asked: images that are not in the store are listed under `needed`, and the graph is what it \
            would be if they were empty. Keys that do not apply are left out.
            """
    )

    @Option(name: [.customShort("f"), .customLong("file")], help: "The Dockerfile (default: DIRECTORY/Dockerfile).")
    var file: String?
    @Option(name: .customLong("build-arg"), help: "Set a build argument; NAME alone takes it from the environment.")
    var buildArguments: [String] = []
    @Option(help: "The stage to build, by name or number.")
    var target: String?
    @Option(help: "Set a label: NAME=VALUE.")
    var label: [String] = []
    @Option(help: "The platform to build for.")
    var platform: String?
    @Argument(help: "The context.")
    var context: String

    func run() throws {
        var request = BuildRequest(contextDirectory: context)
        request.dockerfile = file
        request.buildArguments = BuildOptionText.arguments(buildArguments, environment: GlobalSettings.environment)
        request.target = target
        for text in label {
            let (name, value) = BuildOptionText.pair(text)
            request.labels[name] = value ?? ""
        }
        if let platform {
            guard let asked = Platform(platform) else {
                throw BuildOptionError.invalid(option: "--platform", value: platform, allowed: "OS/ARCHITECTURE")
            }
            request.platform = asked
        }
        try DebugCommand.presenting {
            let builder = try ImageBuilder(.current, environment: GlobalSettings.environment) { _ in }
            let document = try builder.planDocument(request)
            try StandardOutput.write(String(decoding: document, as: UTF8.self) + "\n")
        }
    }
}
