internal import ArgumentParser
internal import Diagnostics
internal import Engine

/// `llmbox inspect`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show everything that is known about containers, images, volumes and networks, as JSON."
    )

    /// A kind of thing that can be inspected.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case container
        case image
        case volume
        case network
    }

    @Option(name: .shortAndLong, help: "A Go template instead of JSON.")
    var format: String?
    @Option(help: "Look only for this kind of thing.")
    var type: Kind?
    @Flag(name: .shortAndLong, help: "Count what containers have written.")
    var size = false
    @Argument(help: "Names or IDs.")
    var names: [String]

    func run() throws {
        try InspectOutput(format: format).print(names) { name in
            for kind in type.map({ [$0] }) ?? Kind.allCases {
                if let document = try Self.document(of: name, kind, size: size) { return document }
            }
            throw InspectError.notFound(name, kind: type?.rawValue)
        }
    }

    /// The document of the thing of one kind that a name or an ID means; nil when there is none.
    static func document(of name: String, _ kind: Kind, size: Bool) throws -> DisplayValue? {
        switch kind {
        case .container: return try ContainerDocument.find(name, size: size)
        case .image:
            do {
                return ImageDocument.value(try ImageService(.current).inspect(name))
            } catch  where ImageService.isMissing(error) {
                return nil
            }
        case .volume:
            let service = try ContainerAccess.service()
            guard try service.listVolumes().contains(where: { $0.name == name }) else { return DisplayValue?.none }
            return VolumeRow.value(try service.inspectVolume(name))
        case .network:
            let service = try ContainerAccess.service()
            guard try service.hasNetwork(name) else { return DisplayValue?.none }
            return try NetworkDocument.value(service.inspectNetwork(name))
        }
    }
}

/// Why something cannot be inspected.
enum InspectError: Explainable {
    /// Nothing has that name or ID.
    case notFound(String, kind: String?)

    var what: String {
        switch self {
        case .notFound(let name, _): "cannot inspect `\(name)`"
        }
    }

    var why: String? {
        switch self {
        case .notFound(_, let kind): "no such \(kind ?? "object")"
        }
    }
}

/// Prints documents as one JSON array, or each through a template.
struct InspectOutput {
    /// The value of `--format`.
    var format: String?

    /// Prints the documents of `names`; what is missing is reported behind what was found, and fails the command.
    func print(_ names: [String], document: (String) throws -> DisplayValue) throws {
        let template = try format.flatMap { $0 == "json" ? nil : try GoTemplate($0) }
        var found: [DisplayValue] = []
        var errors: [any Error] = []
        for name in names {
            do { found.append(try document(name)) } catch { errors.append(error) }
        }
        if let template {
            for value in found { try StandardOutput.write(template.render(value) + "\n") }
        } else {
            // `--format json` is one line; without a format it is for people.
            try StandardOutput.write(DisplayValue.array(found).json(indent: format == nil ? 4 : nil) + "\n")
        }
        for error in errors { ErrorPresenter.present(error) }
        if !errors.isEmpty { throw ExitCode(ExitStatus.failure) }
    }
}
