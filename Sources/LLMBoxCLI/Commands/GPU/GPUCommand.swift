internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import GPUPlanning

/// The command `llmbox gpu`.
struct GPUCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gpu",
        abstract: "Look at the GPUs of this machine.",
        subcommands: [List.self]
    )

    /// The command `llmbox gpu list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the GPUs that containers can be given.",
            aliases: ["ls"]
        )

        @Flag(name: .shortAndLong, help: "Show the names for `--gpus '\"device=NAME\"'` only.") var quiet = false
        @Option(name: .long, help: "table, json, or a Go template.") var format: String?

        func run() throws {
            let inventory = try GPUService(environment: GlobalSettings.environment).inventory()
            if quiet {
                for gpu in inventory.gpus { print(gpu.uuid ?? String(gpu.index)) }
                return
            }
            let list = try ListFormat(
                format,
                defaultColumns: ["Index", "Name", "ID", "BusID", "Driver", "CUDA", "Status"],
                headers: ["BusID": "BUS ID"]
            )
            print(try list.render(GPURow.values(inventory)), terminator: "")
            if inventory.gpus.isEmpty, list.isTable {
                ErrorPresenter.write("no GPU: \(GPUAbsence(inventory).description)\n")
            }
        }
    }
}

/// A GPU, or an instance of one, as a row of `gpu list`.
enum GPURow {
    static func values(_ inventory: GPUInventory) -> [DisplayValue] {
        inventory.gpus.flatMap { gpu in
            [row(gpu, inventory)] + gpu.instances.map { row($0, of: gpu, inventory) }
        }
    }

    private static func row(_ gpu: GPUDevice, _ inventory: GPUInventory) -> DisplayValue {
        let isNVIDIA = gpu.vendor == .nvidia
        return .fields([
            "Index": .string(String(gpu.index)),
            "Vendor": .string(gpu.vendor.rawValue),
            "Name": .string(gpu.model),
            "ID": .string(gpu.uuid ?? ""),
            "BusID": .string(gpu.address?.description ?? ""),
            "Minor": .integer(Int64(gpu.minor)),
            "Node": .string(gpu.node?.path ?? ""),
            "Driver": .string(isNVIDIA ? inventory.driverVersion?.description ?? "" : ""),
            "CUDA": .string(isNVIDIA ? inventory.cudaVersion?.description ?? "" : ""),
            "MemoryNode": gpu.memoryNode.map { .integer(Int64($0)) } ?? .null,
            "Status": .string(status(gpu)),
        ])
    }

    private static func row(_ instance: GPUInstance, of gpu: GPUDevice, _ inventory: GPUInventory) -> DisplayValue {
        .fields([
            "Index": .string("\(gpu.index):\(instance.index)"),
            "Vendor": .string(gpu.vendor.rawValue),
            "Name": .string("\(gpu.model) MIG \(instance.gpuInstance)/\(instance.computeInstance)"),
            "ID": .string(instance.uuid ?? ""),
            "BusID": .string(gpu.address?.description ?? ""),
            "Minor": .integer(Int64(gpu.minor)),
            "Node": .string(instance.computeInstanceNode.path),
            "Driver": .string(inventory.driverVersion?.description ?? ""),
            "CUDA": .string(inventory.cudaVersion?.description ?? ""),
            "MemoryNode": gpu.memoryNode.map { .integer(Int64($0)) } ?? .null,
            "Status": .string("ready"),
        ])
    }

    private static func status(_ gpu: GPUDevice) -> String {
        if gpu.isExcluded { return "excluded" }
        if gpu.node == nil { return "no device node" }
        if gpu.isDivided { return gpu.instances.isEmpty ? "divided, no instances" : "divided" }
        return "ready"
    }
}
