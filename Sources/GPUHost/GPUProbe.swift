public import GPUPlanning
internal import Glibc
public import LinuxKernel

/// Looks which GPUs and drivers a machine has, by its files alone: nothing is loaded, started or changed.
public struct GPUProbe: Sendable {
    /// The root of the machine's files.
    public let hostRoot: String
    /// A directory that holds a driver of its own, such as `/run/nvidia/driver`; nil to search.
    public let driverRoot: String?
    /// The directories of the caller's `LD_LIBRARY_PATH`, where libraries are looked for last.
    public let libraryPath: [String]

    /// Prepares a probe.
    ///
    /// - Parameter environment: looks up a variable of the caller's: `LLMBOX_HOST_ROOT` puts the whole machine elsewhere
    ///   (for tests), `LLMBOX_DRIVER_ROOT` the driver.
    public init(environment: (String) -> String?) {
        let root = environment("LLMBOX_HOST_ROOT") ?? ""
        hostRoot = root.isEmpty ? "/" : root
        driverRoot = environment("LLMBOX_DRIVER_ROOT").flatMap { $0.isEmpty ? nil : $0 }
        libraryPath = (environment("LD_LIBRARY_PATH") ?? "").split(separator: ":").map(String.init)
    }

    /// Looks at the machine below a root.
    public init(hostRoot: String, driverRoot: String? = nil, libraryPath: [String] = []) {
        self.hostRoot = hostRoot
        self.driverRoot = driverRoot
        self.libraryPath = libraryPath
    }

    /// Looks.
    ///
    /// - Parameter findsFiles: whether the driver's libraries and programs are looked for, which takes most of the time.
    /// - Returns: what there is.
    /// - Throws: only where the root itself cannot be opened; what is missing is not there.
    /// - Complexity: some hundred small reads, a few milliseconds with a driver and half of one without.
    public func inventory(findsFiles: Bool = true) throws(SyscallError) -> GPUInventory {
        let tree = try HostTree(hostRoot)
        var inventory = GPUInventory(hostRoot: tree.rootPath)
        if tree.exists("/dev/dxg") {
            windows(tree, &inventory)
            return inventory
        }
        inventory.majors = Self.majors(tree.text("/proc/devices") ?? "")
        let bus = Self.bus(tree)
        inventory.nvidiaAddresses = bus.filter { $0.vendor == 0x10de && $0.isDisplay }.map(\.address)
        inventory.hasSwitches = bus.contains { $0.vendor == 0x10de && $0.isBridge }
        inventory.boundDriver = inventory.nvidiaAddresses.first.flatMap { address in
            tree.link("/sys/bus/pci/devices/\(address)/driver")?.split(separator: "/").last.map(String.init)
        }
        let version = tree.text("/proc/driver/nvidia/version")
        inventory.isOpenDriver = version?.contains("Open Kernel Module") == true
        inventory.driverVersion =
            version.flatMap(DriverVersion.first)
            ?? tree.word("/sys/module/nvidia/version").flatMap { DriverVersion($0) }
        inventory.parameters = tree.text("/proc/driver/nvidia/params")
        NVIDIAProbe.nodes(tree, &inventory)
        if findsFiles {
            DriverFileProbe(driverRoot: driverRoot, libraryPath: libraryPath).search(tree, &inventory)
        }
        NVIDIAProbe.gpus(tree, &inventory)
        OtherVendorProbe.gpus(tree, &inventory)
        FabricProbe.adapters(tree, &inventory)
        return inventory
    }

    private func windows(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        inventory.layout = .windows
        if let node = tree.node("/dev/dxg") { inventory.controlNodes = [node] }
        let directory = "/usr/lib/wsl/lib"
        inventory.searched = [directory]
        guard tree.exists(directory) else { return }
        inventory.libraryDirectory = directory
        inventory.libraries = tree.names(directory).filter { $0.contains(".so") }.map {
            DriverFile(path: "\(directory)/\($0)", name: $0)
        }
        if tree.exists("\(directory)/nvidia-smi") {
            inventory.programs = [DriverFile(path: "\(directory)/nvidia-smi", name: "nvidia-smi")]
        }
    }

    /// The `<number> <name>` lines about character devices.
    static func majors(_ text: String) -> [String: UInt32] {
        var result: [String: UInt32] = [:]
        var isCharacter = false
        for line in text.split(separator: "\n") {
            if line.hasSuffix(":") {
                isCharacter = line.hasPrefix("Character")
                continue
            }
            let words = line.split(separator: " ")
            guard isCharacter, words.count == 2, let number = UInt32(words[0]) else { continue }
            result[String(words[1])] = number
        }
        return result
    }

    private struct BusDevice {
        var address: BusAddress
        var vendor: UInt32
        var kind: UInt32
        var isDisplay: Bool { kind >> 8 == 0x0300 || kind >> 8 == 0x0302 || kind >> 8 == 0x0380 }
        var isBridge: Bool { kind >> 8 == 0x0680 }
    }

    private static func bus(_ tree: borrowing HostTree) -> [BusDevice] {
        var result: [BusDevice] = []
        for name in tree.names("/sys/bus/pci/devices") {
            guard let address = BusAddress(name),
                let vendor = number(tree.word("/sys/bus/pci/devices/\(name)/vendor")), vendor == 0x10de,
                let kind = number(tree.word("/sys/bus/pci/devices/\(name)/class"))
            else { continue }
            result.append(BusDevice(address: address, vendor: vendor, kind: kind))
        }
        return result.sorted { $0.address < $1.address }
    }

    static func number(_ text: String?) -> UInt32? {
        guard let text else { return nil }
        return text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
    }
}
