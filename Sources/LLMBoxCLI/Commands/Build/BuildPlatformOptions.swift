internal import ArgumentParser
internal import Engine
internal import OCIModel

/// For which processors `build` builds.
struct BuildPlatformOptions: ParsableArguments {
    @Option(
        name: .customLong("platform"),
        help: "The platforms to build for, such as linux/amd64,linux/arm64; another processor's programs run in qemu."
    )
    var texts: [String] = []

    /// Sets the platforms of the request.
    func apply(to request: inout BuildRequest) throws {
        let platforms = try platforms(environment: GlobalSettings.environment)
        if let platform = platforms.first { request.platform = platform }
        request.export.platforms = platforms
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
