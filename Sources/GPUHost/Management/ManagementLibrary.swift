internal import GPUPlanning
internal import Glibc

/// NVIDIA's management library (NVML), loaded at run time: llmbox does not link it and runs without it.
///
/// Source: NVML's API reference; every call answers 0 for success.
final class ManagementLibrary {
    private typealias Device = UnsafeMutableRawPointer
    private typealias Query32 = @convention(c) (Device, UnsafeMutablePointer<UInt32>) -> Int32
    private typealias QueryKind = @convention(c) (Device, UInt32, UnsafeMutablePointer<UInt32>) -> Int32
    private typealias QueryText = @convention(c) (Device, UnsafeMutablePointer<CChar>, UInt32) -> Int32
    private typealias QueryBytes = @convention(c) (Device, UnsafeMutableRawPointer) -> Int32

    /// What calls answer, as far as it matters.
    private enum Answer {
        static let success: Int32 = 0
        static let insufficientSize: Int32 = 7
        static let lost: Int32 = 15
    }

    private let handle: UnsafeMutableRawPointer

    /// Loads the library and starts it; nil where either fails.
    init?(_ path: String) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else { return nil }
        self.handle = handle
        typealias Start = @convention(c) () -> Int32
        guard let start = call("nvmlInit_v2", as: Start.self), start() == Answer.success else {
            dlclose(handle)
            return nil
        }
    }

    /// Ends the library's work; it stays loaded for the rest of the process, as its makers advise.
    func finish() {
        typealias Stop = @convention(c) () -> Int32
        _ = call("nvmlShutdown", as: Stop.self)?()
    }

    private func call<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(handle, name).map { unsafeBitCast($0, to: type) }
    }

    /// What all GPUs do; those whose handle cannot be had are left out.
    func readings() -> [GPUReading] {
        typealias Count = @convention(c) (UnsafeMutablePointer<UInt32>) -> Int32
        typealias Handle = @convention(c) (UInt32, UnsafeMutablePointer<Device?>) -> Int32
        var count: UInt32 = 0
        guard let counting = call("nvmlDeviceGetCount_v2", as: Count.self), counting(&count) == Answer.success,
            let finding = call("nvmlDeviceGetHandleByIndex_v2", as: Handle.self)
        else { return [] }
        var readings: [GPUReading] = []
        for index in 0..<min(count, 1024) {
            var device: Device?
            let answer = finding(index, &device)
            if answer == Answer.lost {
                var lost = GPUReading(index: Int(index))
                lost.isLost = true
                readings.append(lost)
            }
            guard answer == Answer.success, let device else { continue }
            readings.append(reading(Int(index), device))
        }
        return readings
    }

    private func reading(_ index: Int, _ device: Device) -> GPUReading {
        var reading = GPUReading(index: index)
        reading.uuid = text("nvmlDeviceGetUUID", device)
        reading.name = text("nvmlDeviceGetName", device)
        reading.address = address(device)
        (reading.memoryTotal, reading.memoryUsed) = memory(device)
        var rates: [UInt32] = [0, 0]
        let answer = rates.withUnsafeMutableBytes { buffer -> Int32 in
            guard let start = buffer.baseAddress else { return -1 }
            return call("nvmlDeviceGetUtilizationRates", as: QueryBytes.self)?(device, start) ?? -1
        }
        if answer == Answer.success {
            reading.utilization = UInt64(rates[0])
            reading.memoryUtilization = UInt64(rates[1])
        }
        reading.isLost = answer == Answer.lost
        reading.temperature = number("nvmlDeviceGetTemperature", device, kind: 0)
        reading.power = number("nvmlDeviceGetPowerUsage", device)
        reading.powerLimit = number("nvmlDeviceGetEnforcedPowerLimit", device)
        reading.processorClock = number("nvmlDeviceGetClockInfo", device, kind: 1)
        reading.memoryClock = number("nvmlDeviceGetClockInfo", device, kind: 2)
        reading.architecture = architecture(device)
        reading.processes = processes(device)
        return reading
    }

    private func number(_ name: String, _ device: Device) -> UInt64? {
        var value: UInt32 = 0
        guard let query = call(name, as: Query32.self), query(device, &value) == Answer.success else { return nil }
        return UInt64(value)
    }

    private func number(_ name: String, _ device: Device, kind: UInt32) -> UInt64? {
        var value: UInt32 = 0
        guard let query = call(name, as: QueryKind.self), query(device, kind, &value) == Answer.success else {
            return nil
        }
        return UInt64(value)
    }

    private func text(_ name: String, _ device: Device) -> String? {
        var buffer = [CChar](repeating: 0, count: 128)
        guard let query = call(name, as: QueryText.self), query(device, &buffer, 96) == Answer.success else {
            return nil
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The address stands at byte 36 of 68, as a text of 32.
    private func address(_ device: Device) -> BusAddress? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let answer = bytes.withUnsafeMutableBytes { buffer -> Int32 in
            guard let start = buffer.baseAddress else { return -1 }
            return call("nvmlDeviceGetPciInfo_v3", as: QueryBytes.self)?(device, start) ?? -1
        }
        guard answer == Answer.success else { return nil }
        return BusAddress(String(decoding: bytes[36..<68].prefix { $0 != 0 }, as: UTF8.self))
    }

    /// The second form counts what the driver keeps for itself apart; older libraries have the first only.
    private func memory(_ device: Device) -> (total: UInt64?, used: UInt64?) {
        var words = [UInt64](repeating: 0, count: 8)
        words[0] = 0x0200_0028
        let ask = { (words: inout [UInt64], name: String) -> Int32 in
            words.withUnsafeMutableBytes { buffer -> Int32 in
                guard let start = buffer.baseAddress else { return -1 }
                return self.call(name, as: QueryBytes.self)?(device, start) ?? -1
            }
        }
        if ask(&words, "nvmlDeviceGetMemoryInfo_v2") == Answer.success { return (words[1], words[4]) }
        words = [UInt64](repeating: 0, count: 8)
        if ask(&words, "nvmlDeviceGetMemoryInfo") == Answer.success { return (words[0], words[2]) }
        return (nil, nil)
    }

    private func architecture(_ device: Device) -> DriverVersion? {
        typealias Query = @convention(c) (Device, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) -> Int32
        var (major, minor): (Int32, Int32) = (0, 0)
        guard let query = call("nvmlDeviceGetCudaComputeCapability", as: Query.self),
            query(device, &major, &minor) == Answer.success
        else { return nil }
        return DriverVersion("\(major).\(minor)")
    }

    /// Entries of 24 bytes: the process id, then the memory at byte 8, all ones where it is not known.
    private func processes(_ device: Device) -> [GPUProcess] {
        typealias Query = @convention(c) (Device, UnsafeMutablePointer<UInt32>, UnsafeMutableRawPointer?) -> Int32
        var result: [GPUProcess] = []
        for name in ["nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v3"] {
            guard let query = call(name, as: Query.self) else { continue }
            var count: UInt32 = 64
            var words = [UInt64](repeating: 0, count: 3 * Int(count))
            var answer = words.withUnsafeMutableBytes { query(device, &count, $0.baseAddress) }
            if answer == Answer.insufficientSize, count < 1 << 16 {
                count += 16
                words = [UInt64](repeating: 0, count: 3 * Int(count))
                answer = words.withUnsafeMutableBytes { query(device, &count, $0.baseAddress) }
            }
            guard answer == Answer.success else { continue }
            for entry in 0..<min(Int(count), words.count / 3) {
                let id = Int32(truncatingIfNeeded: words[3 * entry])
                let memory = words[3 * entry + 1]
                if result.contains(where: { $0.id == id }) { continue }
                result.append(GPUProcess(id: id, memory: memory == .max ? nil : memory))
            }
        }
        return result
    }
}
