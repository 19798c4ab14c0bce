internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import GPUPlanning

/// The command `llmbox gpu`.
struct GPUCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gpu",
        abstract: "Look at the GPUs of this machine.",
        subcommands: [List.self, GPUProcessCommand.self, GPUSpecificationCommand.self]
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
            let service = GPUService(environment: GlobalSettings.environment)
            let inventory = try service.inventory()
            if quiet {
                for gpu in inventory.gpus { print(gpu.uuid ?? String(gpu.index)) }
                return
            }
            let list = try ListFormat(
                format,
                defaultColumns: [
                    "Index", "Name", "ID", "BusID", "Driver", "CUDA", "Memory", "Utilization", "Status",
                ],
                headers: ["BusID": "BUS ID", "Utilization": "UTIL"]
            )
            let readings = service.readings(inventory)
            print(try list.render(GPURow.values(inventory, readings)), terminator: "")
            if inventory.gpus.isEmpty, list.isTable {
                let absence = GPUAbsence(inventory)
                ErrorPresenter.write(ErrorPresenter.printable("\(absence.why ?? absence.what)") + "\n")
                if let remedy = absence.remedy { ErrorPresenter.write("\nhint: \(ErrorPresenter.printable(remedy))\n") }
            }
        }
    }
}

/// A GPU, or an instance of one, as a row of `gpu list`.
enum GPURow {
    static func values(_ inventory: GPUInventory, _ readings: [GPUReading] = []) -> [DisplayValue] {
        inventory.gpus.flatMap { gpu in
            [row(gpu, inventory, GPUService.reading(of: gpu, in: readings))]
                + gpu.instances.map { row($0, of: gpu, inventory) }
        }
    }

    private static func row(_ gpu: GPUDevice, _ inventory: GPUInventory, _ reading: GPUReading?) -> DisplayValue {
        let isNVIDIA = gpu.vendor == .nvidia
        let memory = reading?.memoryTotal.map { "\((reading?.memoryUsed ?? 0) >> 20)MiB / \($0 >> 20)MiB" }
        return .fields([
            "Index": .string(String(gpu.index)),
            "Vendor": .string(gpu.vendor.rawValue),
            "Name": .string(gpu.model.isEmpty ? reading?.name ?? "" : gpu.model),
            "ID": .string(gpu.uuid ?? reading?.uuid ?? ""),
            "BusID": .string(gpu.address?.description ?? ""),
            "Minor": .integer(Int64(gpu.minor)),
            "Node": .string(gpu.node?.path ?? ""),
            "Driver": .string(isNVIDIA ? inventory.driverVersion?.description ?? "" : ""),
            "CUDA": .string(isNVIDIA ? inventory.cudaVersion?.description ?? "" : ""),
            "MemoryNode": gpu.memoryNode.map { .integer(Int64($0)) } ?? .null,
            "Memory": .string(memory ?? ""),
            "Utilization": .string(reading?.utilization.map { "\($0)%" } ?? ""),
            "MemoryUtilization": .string(reading?.memoryUtilization.map { "\($0)%" } ?? ""),
            "Temperature": .string(reading?.temperature.map { "\($0)C" } ?? ""),
            "Power": .string(reading?.power.map { "\($0 / 1000)W" } ?? ""),
            "PowerLimit": .string(reading?.powerLimit.map { "\($0 / 1000)W" } ?? ""),
            "Clock": .string(reading?.processorClock.map { "\($0)MHz" } ?? ""),
            "MemoryClock": .string(reading?.memoryClock.map { "\($0)MHz" } ?? ""),
            "Capability": .string(reading?.architecture?.description ?? ""),
            "Status": .string(reading?.isLost == true ? "lost: fell off the bus" : status(gpu)),
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
            "Memory": "", "Utilization": "", "MemoryUtilization": "", "Temperature": "", "Power": "",
            "PowerLimit": "", "Clock": "", "MemoryClock": "", "Capability": "",
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
