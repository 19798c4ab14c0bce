internal import ArgumentParser
internal import Engine
internal import OCIModel

/// The command `llmbox container inspect`.
struct InspectContainersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Show containers in full.")

    @Option(name: .shortAndLong, help: "A Go template.") var format: String?
    @Flag(name: .shortAndLong, help: "Count what they have written.") var size = false
    @Argument(help: "The containers.") var containers: [String]

    func run() throws {
        let service = try ContainerAccess.service()
        try InspectOutput(format: format).print(containers) { try ContainerDocument.value($0, service, size: size) }
    }
}

/// A container in docker's JSON form.
enum ContainerDocument {
    /// The document of the container that a name or an id means; nil when there is none.
    static func find(_ reference: String, size: Bool = false) throws -> DisplayValue? {
        let service = try ContainerAccess.service()
        // Spelled out, because a bare `nil` would be JSON's null.
        guard try service.exists(reference) else { return DisplayValue?.none }
        return try value(reference, service, size: size)
    }

    /// Looks a container up, and counts what it has written where that is wanted.
    static func value(
        _ reference: String,
        _ service: ContainerService,
        size: Bool = false
    ) throws -> DisplayValue {
        var inspection = try service.inspect(reference)
        if size { inspection.count(try service.size(of: reference)) }
        let bytes = try CanonicalJSON.encode(inspection)
        return try CanonicalJSON.decode(DisplayValue.self, from: bytes)
    }
}
