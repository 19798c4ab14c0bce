internal import ArgumentParser
internal import Engine

/// The contexts besides the main one.
struct BuildContextOptions: ParsableArguments {
    @Option(
        name: .customLong("build-context"),
        help: """
            Files or an image under a name for FROM and --from: NAME=DIRECTORY, NAME=docker-image://REFERENCE, \
            NAME=oci-layout://DIRECTORY[:TAG], or NAME= and an address as for the context; may be repeated.
            """
    )
    var named: [String] = []
    @Option(
        name: .customLong("ignorefile"),
        help: "What of the context counts, instead of .dockerignore and of the Dockerfile's own."
    )
    var ignoreFile: String?

    func apply(to request: inout BuildRequest) throws {
        request.ignoreFile = ignoreFile
        for text in named {
            let (name, value) = BuildOptionText.pair(text)
            guard !name.isEmpty, let value, !value.isEmpty, value != "-" else {
                throw BuildOptionError.invalid(
                    option: "--build-context",
                    value: text,
                    allowed: "NAME=DIRECTORY, NAME=docker-image://REFERENCE, NAME=oci-layout://DIRECTORY, NAME=ADDRESS"
                )
            }
            request.namedContexts[name] = value
        }
    }
}
