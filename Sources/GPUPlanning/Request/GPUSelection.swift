public import Diagnostics

/// Finds the GPUs that a request means.
public struct GPUSelection: Hashable, Sendable {
    /// Whose they are.
    public var vendor: GPUVendor
    /// The GPUs, each once.
    public var units: [GPUUnit]

    /// Finds them among what this machine has.
    ///
    /// - Throws: ``GPUSelectionError``.
    public init(_ request: GPURequest, in inventory: GPUInventory) throws(GPUSelectionError) {
        vendor = try Self.vendor(request, inventory)
        if inventory.layout == .windows, vendor == .nvidia {
            // One device stands for all of them, and nothing tells them apart.
            if case .named(let names) = request.selection, names != ["0"] {
                throw .unknown(names[0], known: ["all"])
            }
            units = []
            return
        }
        let available = GPUUnit.all(of: vendor, in: inventory)
        switch request.selection {
        case .driverOnly: units = []
        case .all:
            if available.isEmpty { throw Self.nothing(vendor, inventory) }
            units = available
        case .count(let count):
            if count > 0, available.isEmpty { throw Self.nothing(vendor, inventory) }
            guard count <= available.count else { throw .tooFew(asked: count, available: available.map(\.index)) }
            units = Array(available.prefix(count))
        case .named(let names):
            units = []
            for name in names {
                let unit = try Self.find(name, available, inventory, vendor)
                if !units.contains(unit) { units.append(unit) }
            }
        }
    }

    private static func vendor(_ request: GPURequest, _ inventory: GPUInventory) throws(GPUSelectionError) -> GPUVendor
    {
        if let vendor = request.vendor { return vendor }
        if inventory.layout == .windows || !inventory.gpus(of: .nvidia).isEmpty { return .nvidia }
        // A GPU of NVIDIA's without its driver deserves its own words, not another vendor's GPU.
        if inventory.driverVersion == nil, inventory.nvidiaAddresses.isEmpty {
            for vendor in [GPUVendor.amd, .intel] where !inventory.gpus(of: vendor).isEmpty { return vendor }
        }
        return .nvidia
    }

    private static func nothing(_ vendor: GPUVendor, _ inventory: GPUInventory) -> GPUSelectionError {
        let gpus = inventory.gpus(of: vendor)
        if let divided = gpus.first(where: { $0.isDivided && $0.instances.isEmpty }) {
            return .noInstances(divided.index)
        }
        if let excluded = gpus.first(where: \.isExcluded) { return .excluded(excluded.index) }
        return vendor == .nvidia ? .absent(GPUAbsence(inventory)) : .noneOf(vendor)
    }

    private static func find(
        _ name: String,
        _ available: [GPUUnit],
        _ inventory: GPUInventory,
        _ vendor: GPUVendor
    ) throws(GPUSelectionError) -> GPUUnit {
        if let unit = available.first(where: { $0.isNamed(name) }) { return unit }
        let gpus = inventory.gpus(of: vendor)
        if gpus.isEmpty { throw nothing(vendor, inventory) }
        // The beginning of a UUID will do where it is one GPU's only.
        if name.utf8.count >= 6, name.hasPrefix("GPU-") || name.hasPrefix("MIG-") {
            let matching = available.filter { $0.uuid?.hasPrefix(name) == true }
            if matching.count == 1 { return matching[0] }
            if matching.count > 1 { throw .ambiguous(name, matching.map(\.index)) }
        }
        if let whole = gpus.first(where: { GPUUnit.whole($0).isNamed(name) }) {
            if whole.isExcluded { throw .excluded(whole.index) }
            throw whole.instances.isEmpty
                ? .noInstances(whole.index)
                : .divided(whole.index, whole.instances.map { "\(whole.index):\($0.index)" })
        }
        throw .unknown(name, known: available.map { unit in unit.uuid.map { "\(unit.index) (\($0))" } ?? unit.index })
    }
}

/// Why the GPUs that were asked for cannot be given.
public enum GPUSelectionError: Explainable, Hashable {
    /// There is none at all.
    case absent(GPUAbsence)
    /// There is none of this vendor.
    case noneOf(GPUVendor)
    /// No GPU has this name.
    case unknown(String, known: [String])
    /// Several GPUs have names that begin so.
    case ambiguous(String, [String])
    /// There are fewer.
    case tooFew(asked: Int, available: [String])
    /// The GPU is divided, and has no instances that one could use.
    case noInstances(Int)
    /// The GPU is divided; only its instances can be given.
    case divided(Int, [String])
    /// The driver leaves the GPU alone.
    case excluded(Int)

    /// What could not be done.
    public var what: String {
        switch self {
        case .absent(let absence): absence.what
        case .noneOf(let vendor): "cannot find a GPU for the driver `\(vendor.rawValue)`"
        case .unknown(let name, _), .ambiguous(let name, _): "cannot find the GPU `\(name)`"
        case .tooFew(let asked, _): "cannot give the container \(asked) GPUs"
        case .noInstances(let index), .divided(let index, _), .excluded(let index):
            "cannot give the container GPU \(index)"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .absent(let absence): absence.why
        case .noneOf: "this machine has none with a loaded driver"
        case .unknown(_, let known):
            known.isEmpty ? "there is none" : "there are \(known.joined(separator: ", "))"
        case .ambiguous(_, let indexes): "the names of \(indexes.joined(separator: " and ")) begin so"
        case .tooFew(_, let available):
            available.isEmpty
                ? "this machine has none"
                : "this machine has \(available.count): \(available.joined(separator: ", "))"
        case .noInstances: "it is divided (MIG), and has no instances: programs would see no device"
        case .divided(_, let instances): "it is divided (MIG) into \(instances.joined(separator: ", "))"
        case .excluded: "the driver was told to leave it alone"
        }
    }

    /// What the reader can do.
    public var remedy: String? {
        switch self {
        case .absent(let absence): absence.remedy
        case .noneOf, .tooFew, .unknown, .ambiguous: "see `llmbox gpu list`"
        case .noInstances(let index):
            "make instances with `nvidia-smi mig -i \(index) -cgi … -C`, or end the division with `nvidia-smi -i \(index) -mig 0`"
        case .divided(_, let instances): instances.first.map { "ask for an instance: `--gpus '\"device=\($0)\"'`" }
        case .excluded: nil
        }
    }
}
