internal import ArgumentParser
internal import OCIModel

/// `--platform`.
struct PlatformOption: ParsableArguments {
    @Option(name: .customLong("platform"), help: "The platform, such as linux/arm64.")
    var text: String?

    /// The platform that was asked for, else `DOCKER_DEFAULT_PLATFORM`, else this machine's.
    func platform() throws -> Platform {
        guard let text = text ?? GlobalSettings.environment("DOCKER_DEFAULT_PLATFORM"), !text.isEmpty else {
            return .host
        }
        return try Self.parse(text)
    }

    /// Reads a platform.
    static func parse(_ text: String) throws -> Platform {
        guard let platform = Platform(text) else {
            throw ValidationError("`\(text)` is no platform; write `linux/amd64` or `linux/arm64/v8`")
        }
        return platform
    }
}
