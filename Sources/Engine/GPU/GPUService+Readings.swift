internal import GPUHost
public import GPUPlanning
internal import LinuxKernel

/// A program that uses a GPU, and the container that it belongs to.
public struct GPUUser: Hashable, Sendable {
    /// Its process id on the host.
    public var id: Int32
    /// The GPU's number.
    public var gpu: Int
    /// Bytes of the GPU's memory that it uses; nil where the driver does not tell.
    public var memory: UInt64?
    /// The container's id; nil for programs outside of containers, or of somebody else's.
    public var container: String?
    /// The name of its program.
    public var command: String
}

extension GPUService {
    /// What NVIDIA's GPUs do right now; empty where no driver can tell.
    ///
    /// - Important: starts a helper for the driver's library, and takes up to some seconds.
    public func readings(_ inventory: GPUInventory) -> [GPUReading] {
        inventory.gpus(of: .nvidia).isEmpty ? [] : ManagementHelper.readings(inventory)
    }

    /// What a GPU does; nil where nobody tells.
    public static func reading(of gpu: GPUDevice, in readings: [GPUReading]) -> GPUReading? {
        guard gpu.vendor == .nvidia else { return nil }
        // Names before numbers: the library may leave a GPU out that the kernel shows.
        return readings.first { $0.uuid != nil && $0.uuid == gpu.uuid }
            ?? readings.first { $0.address != nil && $0.address == gpu.address }
            ?? readings.first { $0.uuid == nil && $0.index == gpu.index }
    }

    /// The programs on all GPUs.
    public func users() throws -> [GPUUser] {
        let readings = try readings(inventory())
        return readings.flatMap { reading in
            reading.processes.map { process in
                GPUUser(
                    id: process.id,
                    gpu: reading.index,
                    memory: process.memory,
                    container: Self.container(of: process.id),
                    command: Self.command(of: process.id)
                )
            }
        }
    }

    /// What the programs of one container use of GPUs: for each GPU that they are on, its reading and their memory.
    ///
    /// - Parameters:
    ///   - container: the container's id.
    ///   - readings: what the GPUs do.
    /// - Returns: the GPUs with the bytes that the container's programs use there.
    static func share(of container: String, in readings: [GPUReading]) -> [GPUShare] {
        readings.compactMap { reading in
            let own = reading.processes.filter { self.container(of: $0.id) == container }
            if own.isEmpty { return nil }
            return GPUShare(
                index: reading.index,
                memory: own.compactMap(\.memory).reduce(0, +),
                memoryTotal: reading.memoryTotal,
                utilization: reading.utilization
            )
        }
    }

    /// The container that a process is in: its control groups have the id in their names.
    static func container(of process: Int32) -> String? {
        guard let text = try? FileIO.readText(path: "/proc/\(process)/cgroup") else { return nil }  // it has ended
        return containerID(inCgroups: text)
    }

    static func containerID(inCgroups text: String) -> String? {
        for part in text.split(whereSeparator: { $0 == "/" || $0 == "\n" }) {
            let digits = part.utf8.suffix(64)
            let isID = digits.count == 64 && digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
            if isID { return String(part.suffix(64)) }
        }
        return nil
    }

    private static func command(of process: Int32) -> String {
        // A program that has ended meanwhile has no name.
        let name = (try? FileIO.readText(path: "/proc/\(process)/comm")) ?? ""
        return name.hasSuffix("\n") ? String(name.dropLast()) : name
    }
}
