public import Diagnostics

/// Why a machine has no GPU to give, in the order in which it should be looked into.
public enum GPUAbsence: Explainable, Hashable {
    /// There is none on the bus.
    case noDevice
    /// There is one, and no driver of NVIDIA's.
    case noDriver(BusAddress, bound: String?)
    /// The driver is there and shows no GPU.
    case noneShown(DriverVersion)
    /// The driver is loaded, and its libraries are missing.
    case noLibraries(DriverVersion, searched: [String], others: [DriverVersion])

    /// Judges a machine on which something is missing.
    public init(_ inventory: GPUInventory) {
        if let version = inventory.driverVersion {
            self =
                inventory.libraryDirectory == nil
                ? .noLibraries(version, searched: inventory.searched, others: inventory.otherVersions)
                : .noneShown(version)
        } else if let address = inventory.nvidiaAddresses.first {
            self = .noDriver(address, bound: inventory.boundDriver)
        } else {
            self = .noDevice
        }
    }

    /// What could not be done.
    public var what: String { "cannot find a usable GPU" }

    /// The cause.
    public var why: String? {
        switch self {
        case .noDevice: "there is no GPU of NVIDIA, AMD or Intel with a loaded driver on this machine"
        case .noDriver(let address, "nouveau"?):
            "the GPU at \(address) is held by the driver `nouveau`, which knows no CUDA"
        case .noDriver(let address, let bound?): "the GPU at \(address) is held by the driver `\(bound)`, not NVIDIA's"
        case .noDriver(let address, nil): "there is a GPU at \(address), and NVIDIA's driver is not loaded"
        case .noneShown(let version): "the driver \(version) is loaded and shows no GPU"
        case .noLibraries(let version, let searched, let others):
            others.isEmpty
                ? "the driver \(version) is loaded, and its libraries are in none of \(Self.list(searched))"
                : "the loaded driver is \(version), and the installed libraries are of version"
                    + " \(others.map(\.description).joined(separator: " and "))"
        }
    }

    /// What the reader can do.
    public var remedy: String? {
        switch self {
        case .noDevice:
            "see whether it is on the bus: `lspci | grep -i -e nvidia -e display`; a virtual machine must have it passed"
                + " through"
        case .noDriver(_, "nouveau"?): "install NVIDIA's driver, which replaces `nouveau`, and reboot"
        case .noDriver: "load it with `modprobe nvidia`, or install the driver"
        case .noneShown: "look for `NVRM` in the kernel's log: `dmesg | grep NVRM`"
        case .noLibraries(_, _, let others):
            others.isEmpty
                ? "install the driver's libraries, or name their place with LLMBOX_DRIVER_ROOT"
                : "the driver was upgraded while it was loaded: reboot, or reload the kernel modules"
        }
    }

    private static func list(_ paths: [String]) -> String {
        paths.isEmpty ? "the usual directories" : paths.map { "`\($0)`" }.joined(separator: ", ")
    }
}
