internal import ArgumentParser
internal import Engine

/// What becomes of a container's output.
struct LogOptionGroup: ParsableArguments {
    @Option(name: .long, help: "Where output goes: json-file or none.") var logDriver: String?
    @Option(name: .long, help: "max-size=SIZE of a file, or max-file=NUMBER of files.") var logOpt: [String] = []

    func apply(to flags: inout RunFlags) {
        flags.logDriver = logDriver
        flags.logOptions = logOpt
    }
}
