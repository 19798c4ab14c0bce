internal import ArgumentParser
internal import Engine

/// Access to adapters that move memory between machines.
struct RemoteMemoryOptionGroup: ParsableArguments {
    @Flag(name: .long, help: "Pass the host's RDMA adapters, with memory that may be locked.") var rdma = false
    @Option(name: .long, help: "Pass one RDMA adapter, such as mlx5_0.") var rdmaDevice: [String] = []

    func apply(to flags: inout RunFlags) {
        flags.usesRemoteMemory = rdma || !rdmaDevice.isEmpty
        flags.remoteMemoryDevices = rdmaDevice
    }
}
