internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import GPUPlanning

/// The command `llmbox doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what will keep GPUs from working, on this machine or in an image.",
        discussion: """
            Nothing is started and nothing is changed. The exit status is 1 when something cannot work, and 0 when it \
            works or will probably work.
            """
    )

    @Option(name: .long, parsing: .unconditional, help: "The GPUs that a container would ask for.") var gpus: String?
    @Option(name: .long, help: "text or json.") var format: String = "text"
    @Argument(help: "An image of the store.") var image: String?

    func run() throws {
        let service = GPUService(environment: GlobalSettings.environment)
        let report = try service.examine(image: image, gpus: gpus, context: .current)
        switch format {
        case "json": try StandardOutput.write(Self.json(report).json(indent: 4) + "\n")
        case "text": try StandardOutput.write(Self.text(report))
        default: throw ValidationError("`--format` is text or json")
        }
        if report.findings.contains(where: { $0.weight == .certain }) { throw ExitCode(ExitStatus.failure) }
    }

    private static func text(_ report: GPUReport) -> String {
        let inventory = report.inventory
        var lines: [String] = []
        if let version = inventory.driverVersion {
            let kind = inventory.isOpenDriver ? ", open kernel module" : ""
            let cuda = inventory.cudaVersion.map { ", CUDA up to \($0)" } ?? ""
            lines.append("driver: NVIDIA \(version)\(cuda)\(kind)")
        }
        for gpu in inventory.gpus {
            let names = [gpu.uuid, gpu.address?.description].compactMap { $0 }.joined(separator: ", ")
            lines.append("GPU \(gpu.index): \(gpu.model)\(names.isEmpty ? "" : " (\(names))")")
        }
        if let directory = inventory.libraryDirectory {
            lines.append("libraries: \(inventory.libraries.count) in \(directory)")
        }
        if !inventory.controlNodes.isEmpty {
            lines.append("nodes: \(inventory.controlNodes.map(\.path).joined(separator: ", "))")
        }
        for adapter in inventory.fabric { lines.append("RDMA: \(adapter.name) \(adapter.linkLayer)") }
        if !lines.isEmpty { lines.append("") }
        for finding in report.findings {
            lines.append("\(label(finding.weight)): \(finding.description)")
            if let remedy = finding.remedy { lines.append("    hint: \(remedy)") }
        }
        if !report.findings.contains(where: { $0.weight > .note }) { lines.append("nothing is wrong") }
        return lines.map { TerminalText.escaped($0) + "\n" }.joined()
    }

    private static func label(_ weight: GPUFinding.Weight) -> String {
        switch weight {
        case .certain: "error"
        case .likely: "warning"
        case .note, .fine: "note"
        }
    }

    private static func json(_ report: GPUReport) -> DisplayValue {
        .fields([
            "Driver": report.inventory.driverVersion.map { .string($0.description) } ?? .null,
            "CUDA": report.inventory.cudaVersion.map { .string($0.description) } ?? .null,
            "GPUs": .array(GPURow.values(report.inventory)),
            "LibraryDirectory": report.inventory.libraryDirectory.map { .string($0) } ?? .null,
            "Findings": .array(
                report.findings.map {
                    .fields([
                        "Severity": .string(label($0.weight)), "What": .string($0.what),
                        "Why": $0.why.map { .string($0) } ?? .null, "Remedy": $0.remedy.map { .string($0) } ?? .null,
                    ])
                }
            ),
        ])
    }
}
