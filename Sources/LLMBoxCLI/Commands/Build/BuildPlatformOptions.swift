internal import ArgumentParser
internal import Engine
internal import OCIModel

/// For which processors `build` builds.
struct BuildPlatformOptions: ParsableArguments {
    @Option(
        name: .customLong("platform"),
        help: "The platform to build for, such as linux/arm64; another processor's programs run in qemu."
    )
    var texts: [String] = []

    /// Sets the platform of the request.
    func apply(to request: inout BuildRequest) throws {
        let platforms = try platforms(environment: GlobalSettings.environment)
        guard platforms.count <= 1 else {
            throw BuildOptionError.unsupported(
                "--platform \(platforms.map(\.description).joined(separator: ","))",
                instead: "build for one platform at a time"
            )
        }
        if let platform = platforms.first { request.platform = platform }
    }

    /// What was asked for, in order and each once; nothing means this machine's.
    func platforms(environment: (String) -> String?) throws(BuildOptionError) -> [Platform] {
        var result: [Platform] = []
        let given = texts.isEmpty ? [environment("DOCKER_DEFAULT_PLATFORM") ?? ""] : texts
        for text in given.flatMap({ $0.split(separator: ",") }) {
            let word = String(text.filter { $0 != " " })
            if word == "local" {
                if !result.contains(.host) { result.append(.host) }
                continue
            }
            guard let platform = Platform(word), platform.os == "linux" else { throw .badPlatform(word) }
            if !result.contains(platform) { result.append(platform) }
        }
        return result
    }
}
