internal import ContainerRuntime
internal import LaunchPlanning

/// Understands `--log-driver` and `--log-opt`.
enum LogOptions {
    /// What they say; without them, everything is kept in one file.
    static func settings(_ flags: RunFlags) throws -> LogSettings {
        var settings = LogSettings()
        switch flags.logDriver ?? "json-file" {
        case "json-file", "local": break
        case "none": settings.keepsOutput = false
        case let other:
            throw ArgumentError.unsupported(option: "`--log-driver \(other)`", why: "there are `json-file` and `none`")
        }
        for text in flags.logOptions {
            let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (pair[0], pair.count > 1 ? pair[1] : "") {
            case ("labels", _), ("env", _): break  // understood where the image is known
            case ("max-size", "-1"): settings.maximumSize = nil
            case ("max-size", let size):
                let bytes = try ByteSize.parse(size, option: "--log-opt max-size")
                guard bytes > 0 else {
                    throw ArgumentError.invalid(option: "--log-opt", value: text, why: "a size is more than nothing")
                }
                settings.maximumSize = bytes
            case ("max-file", let count):
                guard let number = Int(count), (1...10_000).contains(number) else {
                    throw ArgumentError.invalid(option: "--log-opt", value: text, why: "it is a number from 1 on")
                }
                settings.maximumFiles = number
            default:
                throw ArgumentError.unsupported(
                    option: "`--log-opt \(pair[0])`",
                    why: "there are `max-size`, `max-file`, `labels` and `env`"
                )
            }
        }
        if settings.maximumFiles > 1, settings.maximumSize == nil {
            throw ArgumentError.invalid(option: "--log-opt", value: "max-file", why: "it needs `max-size`")
        }
        return settings
    }

    /// The labels and variables that `--log-opt labels=…` and `env=…` name, as the container has them.
    static func details(_ flags: RunFlags, labels: [String: String], environment: [String]) -> [String: String]? {
        var details: [String: String] = [:]
        for text in flags.logOptions {
            let pair = text.split(separator: "=", maxSplits: 1).map(String.init)
            for name in (pair.count > 1 ? pair[1] : "").split(separator: ",").map(String.init) {
                if pair[0] == "labels" { details[name] = labels[name] }
                if pair[0] == "env" { details[name] = EnvironmentList.value(of: name, in: environment) }
            }
        }
        return details.isEmpty ? nil : details
    }
}
