internal import ArgumentParser
internal import Engine

/// How much of a build happens at once.
struct BuildParallelismOptions: ParsableArguments {
    @Option(help: "How many steps may work at a time; 0 is no limit (default: one a processor, two at least).")
    var jobs: Int?

    /// Puts what was given into the request.
    func apply(to request: inout BuildRequest) throws {
        guard let jobs else { return }
        guard jobs >= 0 else {
            throw BuildOptionError.invalid(option: "--jobs", value: String(jobs), allowed: "0, 1, 2 and so on")
        }
        request.parallelism.jobs = jobs
    }
}
