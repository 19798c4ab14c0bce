internal import ArgumentParser
internal import Diagnostics
internal import Engine

/// How files are divided into layers, and the look at it before anything is done.
struct BuildLayerOptions: ParsableArguments {
    @Option(
        help: """
            What gets a layer of its own: auto (files of 64 MiB and more), per-file, single (one layer a step), or files \
            of at least a SIZE such as 256m. true, buildah's word for keeping layers, means auto.
            """
    )
    var layers: String?
    @Flag(help: "Show steps, layers, what is cached and what a push would move; do nothing.")
    var plan = false
    @Option(help: "How --plan is shown: table or json.")
    var format: String?

    /// Whether the plan is to be shown as JSON.
    var showsJSON: Bool { format == "json" }

    func validate() throws {
        guard let format else { return }
        guard plan else { throw ValidationError("--format goes with --plan") }
        guard ["table", "json"].contains(format) else {
            throw ValidationError("--format \(format): it is neither table nor json")
        }
    }

    /// Puts what was given into the request.
    func apply(to request: inout BuildRequest) throws {
        request.layers.limit = LayerPolicy.limit(for: request.names)
        switch layers {
        case nil, "auto", "true": break
        case "per-file": request.layers.threshold = 1
        case "single": request.layers.threshold = .max
        case "false":
            throw BuildOptionError.unsupported(
                "--layers=false",
                instead: "`--squash` makes one layer, `--no-cache` carries out every step"
            )
        case let text?:
            let size = try LayerPolicy.threshold(text)
            guard size > 0 else {
                throw BuildOptionError.invalid(
                    option: "--layers",
                    value: text,
                    allowed: "auto, per-file, single, and sizes such as 256m"
                )
            }
            request.layers.threshold = size
        }
    }
}
