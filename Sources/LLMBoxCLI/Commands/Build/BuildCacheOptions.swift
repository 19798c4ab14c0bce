internal import ArgumentParser
internal import Engine
internal import OCIModel

/// Build cache besides the store's.
struct BuildCacheOptions: ParsableArguments {
    @Option(
        name: .customLong("cache-from"),
        help: "Look for results of steps there, too: type=local,src=DIRECTORY, type=registry,ref=NAME, or NAME."
    )
    var sources: [String] = []
    @Option(
        name: .customLong("cache-to"),
        help: """
            Keep results of steps there, too: type=local,dest=DIRECTORY, type=registry,ref=NAME or type=inline; with \
            mode=max also those that are not in the image.
            """
    )
    var targets: [String] = []

    /// Sets where build cache is.
    func apply(to request: inout BuildRequest) throws {
        request.cache.sources = try sources.map { try Self.location($0, option: "--cache-from") }
        request.cache.targets = try targets.map { try Self.location($0, option: "--cache-to") }
        if request.buildArguments["BUILDKIT_INLINE_CACHE"] == "1" { request.cache.targets.append(.init(.inline)) }
    }

    static func location(_ text: String, option: String) throws -> CacheRequest.Location {
        let fields = OutputText.fields(text)
        func failure(_ reason: String) -> OutputOptionError { .badCache("\(option) \(text)", reason: reason) }
        if fields.count == 1, !fields[0].contains("=") {
            return CacheRequest.Location(.registry(try ImageReference(fields[0]).withDefaultTag))
        }
        var values: [String: String] = [:]
        for field in fields {
            let (name, value) = BuildOptionText.pair(field)
            values[name] = value ?? "true"
        }
        let known = ["type", "dest", "src", "ref", "mode", "ignore-error", "compression", "oci-mediatypes"]
        let more = ["image-manifest", "force-compression", "compression-level", "tag", "digest"]
        if let name = values.keys.sorted().first(where: { !(known + more).contains($0) }) {
            throw failure("`\(name)` is not known")
        }
        var location: CacheRequest.Location
        switch values["type"] ?? "registry" {
        case "local":
            guard let path = values[option == "--cache-to" ? "dest" : "src"] else {
                throw failure("it has no `\(option == "--cache-to" ? "dest" : "src")=`")
            }
            location = .init(.local(path))
        case "registry":
            guard let name = values["ref"] else { throw failure("it has no `ref=`") }
            location = .init(.registry(try ImageReference(name).withDefaultTag))
        case "inline" where option == "--cache-to": location = .init(.inline)
        case "inline": throw failure("an image with its cache is named as `type=registry,ref=NAME`")
        case "gha", "s3", "azblob":
            throw failure("llmbox keeps cache in directories and registries only")
        default: throw failure("its type is none of local, registry, inline")
        }
        switch values["mode"] ?? "min" {
        case "min": break
        case "max": location.isComplete = true
        default: throw failure("its mode is neither min nor max")
        }
        location.ignoresErrors = values["ignore-error"] == "true"
        return location
    }
}
