internal import ArgumentParser
internal import DeviceInterface
internal import Diagnostics
internal import Engine
internal import GPUPlanning
internal import Glibc

/// The command `llmbox gpu cdi`.
struct GPUSpecificationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cdi",
        abstract: "Write, list and check specifications of the container device interface.",
        subcommands: [Generate.self, List.self, Validate.self]
    )

    private static var service: GPUService { GPUService(environment: GlobalSettings.environment) }

    /// The command `llmbox gpu cdi generate`.
    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "generate",
            abstract: "Write a specification of this machine's GPUs for other engines."
        )

        @Option(name: .long, help: "The file; standard output without it.") var output: String?
        @Option(name: .long, help: "nvidia, amd or intel; what there is without it.") var vendor: String?

        func run() throws {
            let whose = try vendor.map { (name) throws -> GPUVendor in
                guard let vendor = GPUVendor(rawValue: name) else {
                    throw ValidationError("`\(name)` is no vendor: there are nvidia, amd and intel")
                }
                return vendor
            }
            let service = GPUSpecificationCommand.service
            let bytes = try service.text(of: service.specification(of: whose))
            guard let output else { return try StandardOutput.write(String(decoding: bytes, as: UTF8.self)) }
            try OutputFile.write(output, bytes)
        }
    }

    /// The command `llmbox gpu cdi list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the devices of the specifications in /etc/cdi and /var/run/cdi.",
            aliases: ["ls"]
        )

        func run() throws {
            let registry = try GPUSpecificationCommand.service.specifications()
            for name in registry.names { print(name) }
            for entry in registry.entries {
                if case .failure(let error) = entry.content {
                    ErrorPresenter.write("\(ErrorPresenter.printable("\(entry.path): \(error)"))\n")
                }
            }
            for (name, files) in registry.conflicts.sorted(by: { $0.key < $1.key }) {
                ErrorPresenter.write("\(ErrorPresenter.printable("\(SpecificationError.conflict(name, files))"))\n")
            }
        }
    }

    /// The command `llmbox gpu cdi validate`.
    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "validate",
            abstract: "Check specifications, and that what they name is there."
        )

        @Argument(help: "The files.") var files: [String]

        func run() throws {
            var failed = false
            for file in files {
                do {
                    try GPUSpecificationCommand.service.validate(file)
                    print(file)
                } catch {
                    ErrorPresenter.write("\(ErrorPresenter.printable(file)): ")
                    ErrorPresenter.present(error)
                    failed = true
                }
            }
            if failed { throw ExitCode(ExitStatus.failure) }
        }
    }
}
