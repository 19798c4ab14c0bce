internal import ArgumentParser
internal import Engine
internal import OCIModel

/// The command `llmbox container inspect`.
struct InspectContainersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Show containers in full.")

    @Option(name: .shortAndLong, help: "A Go template.") var format: String?
    @Argument(help: "The containers.") var containers: [String]

    func run() throws {
        let service = try ContainerAccess.service()
        var found: [DisplayValue] = []
        var failure: (any Error)?
        for container in containers {
            do { found.append(try ContainerDocument.value(container, service)) } catch { failure = error }
        }
        if let format {
            let template = try GoTemplate(format)
            for value in found { print(try template.render(value)) }
        } else {
            print(DisplayValue.array(found).json(indent: 4))
        }
        if let failure { throw failure }
    }
}

/// A container in docker's JSON form.
enum ContainerDocument {
    /// The document of the container that a name or an id means; nil when there is none.
    static func find(_ reference: String) throws -> DisplayValue? {
        let service = try ContainerAccess.service()
        // Spelled out, because a bare `nil` would be JSON's null.
        guard try service.exists(reference) else { return DisplayValue?.none }
        return try value(reference, service)
    }

    /// Looks a container up.
    static func value(_ reference: String, _ service: ContainerService) throws -> DisplayValue {
        let bytes = try CanonicalJSON.encode(service.inspect(reference))
        return try CanonicalJSON.decode(DisplayValue.self, from: bytes)
    }
}
