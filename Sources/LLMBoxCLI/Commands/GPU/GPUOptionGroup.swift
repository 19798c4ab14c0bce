internal import ArgumentParser
internal import Engine

/// The GPUs of a container.
struct GPUOptionGroup: ParsableArguments {
    @Option(
        name: .long,
        parsing: .unconditionalSingleValue,
        help: "GPUs: all, a number, or '\"device=0,GPU-…\"'; see `llmbox gpu list`."
    )
    var gpus: [String] = []
    @Flag(name: .long, help: "Start even where the image asks for another driver.") var gpuNoRequire = false

    func apply(to flags: inout RunFlags) {
        flags.gpus = gpus
        flags.ignoresGPURequirements = gpuNoRequire
    }
}
