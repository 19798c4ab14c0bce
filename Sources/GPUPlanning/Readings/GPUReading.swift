/// What a GPU does right now.
///
/// What it cannot tell is nil, never 0.
public struct GPUReading: Hashable, Sendable {
    /// Its number in the order of the bus.
    public var index: Int
    /// Its lasting name.
    public var uuid: String?
    /// Its place on the bus.
    public var address: BusAddress?
    /// Its product name.
    public var name: String?
    /// Bytes of its memory.
    public var memoryTotal: UInt64?
    /// Bytes of it that are used.
    public var memoryUsed: UInt64?
    /// The share of time in which it computed, in percent.
    public var utilization: UInt64?
    /// The share of time in which its memory was read or written, in percent.
    public var memoryUtilization: UInt64?
    /// Degrees Celsius.
    public var temperature: UInt64?
    /// Milliwatts.
    public var power: UInt64?
    /// The most milliwatts that it may draw.
    public var powerLimit: UInt64?
    /// The clock of its processors in MHz.
    public var processorClock: UInt64?
    /// The clock of its memory in MHz.
    public var memoryClock: UInt64?
    /// Its compute capability, such as 9.0.
    public var architecture: DriverVersion?
    /// Whether it fell off the bus and needs a reboot.
    public var isLost = false
    /// The programs that use it.
    public var processes: [GPUProcess] = []

    /// Makes a reading without any value.
    public init(index: Int) { self.index = index }
}

/// A program on a GPU.
public struct GPUProcess: Hashable, Sendable {
    /// Its process id on the host.
    public var id: Int32
    /// Bytes of the GPU's memory that it uses; nil where the driver does not tell.
    public var memory: UInt64?

    /// Describes a program.
    public init(id: Int32, memory: UInt64?) {
        self.id = id
        self.memory = memory
    }
}

/// The form in which one process tells another what GPUs do: a line for each, values behind tabs, empty ones unknown.
public enum GPUReadingText {
    /// Writes readings.
    public static func encode(_ readings: [GPUReading]) -> String {
        var text = ""
        for reading in readings {
            let numbers = [
                reading.memoryTotal, reading.memoryUsed, reading.utilization, reading.memoryUtilization,
                reading.temperature, reading.power, reading.powerLimit, reading.processorClock, reading.memoryClock,
            ].map { $0.map(String.init) ?? "" }
            let words =
                [
                    "gpu", "\(reading.index)", reading.uuid ?? "", reading.address?.description ?? "",
                    reading.name?.replacing("\t", with: " ") ?? "",
                ] + numbers + [reading.architecture?.description ?? "", reading.isLost ? "lost" : ""]
            text += words.joined(separator: "\t") + "\n"
            for process in reading.processes {
                text += "process\t\(process.id)\t\(process.memory.map(String.init) ?? "")\n"
            }
        }
        return text
    }

    /// Reads them; lines that are not understood are left out.
    public static func decode(_ text: String) -> [GPUReading] {
        var readings: [GPUReading] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            if words.count == 3, words[0] == "process", let id = Int32(words[1]), !readings.isEmpty {
                readings[readings.count - 1].processes.append(GPUProcess(id: id, memory: UInt64(words[2])))
            }
            guard words.count == 16, words[0] == "gpu", let index = Int(words[1]) else { continue }
            var reading = GPUReading(index: index)
            reading.uuid = words[2].isEmpty ? nil : words[2]
            reading.address = BusAddress(words[3])
            reading.name = words[4].isEmpty ? nil : words[4]
            let numbers = words[5..<14].map { UInt64($0) }
            reading.memoryTotal = numbers[0]
            reading.memoryUsed = numbers[1]
            reading.utilization = numbers[2]
            reading.memoryUtilization = numbers[3]
            reading.temperature = numbers[4]
            reading.power = numbers[5]
            reading.powerLimit = numbers[6]
            reading.processorClock = numbers[7]
            reading.memoryClock = numbers[8]
            reading.architecture = DriverVersion(words[14])
            reading.isLost = words[15] == "lost"
            readings.append(reading)
        }
        return readings
    }
}

/// The tables of `nvidia-smi`, for machines whose library cannot be loaded.
public enum ManagementProgramText {
    /// The columns to ask for.
    public static let columns = [
        "index", "uuid", "pci.bus_id", "name", "memory.total", "memory.used", "utilization.gpu", "utilization.memory",
        "temperature.gpu", "power.draw", "enforced.power.limit", "clocks.sm", "clocks.mem", "compute_cap",
    ]

    /// Reads the table of GPUs, without its header and units, and that of programs (`gpu_uuid,pid,used_memory`).
    public static func decode(gpus: String, processes: String) -> [GPUReading] {
        var readings: [GPUReading] = []
        for line in gpus.split(separator: "\n") {
            let words = cells(line)
            guard words.count == columns.count, let index = Int(words[0]) else { continue }
            var reading = GPUReading(index: index)
            reading.uuid = words[1]
            reading.address = BusAddress(words[2])
            reading.name = words[3]
            reading.memoryTotal = UInt64(words[4]).map { $0 << 20 }
            reading.memoryUsed = UInt64(words[5]).map { $0 << 20 }
            reading.utilization = UInt64(words[6])
            reading.memoryUtilization = UInt64(words[7])
            reading.temperature = UInt64(words[8])
            reading.power = Double(words[9]).map { UInt64(max(0, $0) * 1000) }
            reading.powerLimit = Double(words[10]).map { UInt64(max(0, $0) * 1000) }
            reading.processorClock = UInt64(words[11])
            reading.memoryClock = UInt64(words[12])
            reading.architecture = DriverVersion(words[13])
            readings.append(reading)
        }
        for line in processes.split(separator: "\n") {
            let words = cells(line)
            guard words.count == 3, let id = Int32(words[1]),
                let place = readings.firstIndex(where: { $0.uuid == words[0] })
            else { continue }
            readings[place].processes.append(GPUProcess(id: id, memory: UInt64(words[2]).map { $0 << 20 }))
        }
        return readings
    }

    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmed) }
    }
}
