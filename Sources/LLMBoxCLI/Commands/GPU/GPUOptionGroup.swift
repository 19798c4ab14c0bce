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
    @Option(name: .long, help: "Whether an image's own libcuda is used with an older driver: auto, on or off.")
    var cudaCompat: String?

    func apply(to flags: inout RunFlags) {
        flags.gpus = gpus
        flags.ignoresGPURequirements = gpuNoRequire
        flags.cudaCompatibility = cudaCompat
    }
}
