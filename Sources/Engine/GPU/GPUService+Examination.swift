internal import DeviceInterface
public import GPUPlanning
internal import Glibc
internal import LaunchPlanning
internal import OCIModel
internal import Storage

/// Everything that an examination of the machine, and perhaps of an image on it, has brought.
public struct GPUReport: Sendable {
    /// What the machine has.
    public var inventory: GPUInventory
    /// What was found, the worst first.
    public var findings: [GPUFinding]
}

extension GPUService {
    /// Looks at everything that could keep a GPU from working, on this machine or in an image on it.
    ///
    /// - Parameters:
    ///   - image: the image's name; nil for the machine alone.
    ///   - gpus: the value of `--gpus` to try; nil for all that there are.
    ///   - context: where images are.
    /// - Returns: the report.
    /// - Throws: ``GPURequestError``, and the errors of the store.
    public func examine(image: String?, gpus: String?, context: EngineContext) throws -> GPUReport {
        var inventory = try inventory()
        // The driver's word is better than what a product's name says.
        let readings = readings(inventory)
        for index in inventory.gpus.indices {
            inventory.gpus[index].measuredArchitecture =
                Self.reading(of: inventory.gpus[index], in: readings)?.architecture
        }
        let request = try gpus.map { (text) throws in try GPUArgument.parse(text) }
        var facts: GPUImageFacts?
        if let image {
            let store = try ImageStore(root: context.root)
            let config = try store.config(store.resolve(image).id)
            let layers = try config.rootfs.diffIDs.map { (diffID) throws -> StoredLayer in
                guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
                return layer
            }
            let files = ImageFiles(trees: LayerStack.directories(of: layers))
            let own = config.config
            facts = try ImageLibraries.facts(
                files,
                environment: own?.env ?? [],
                command: (own?.entrypoint ?? []) + (own?.cmd ?? [])
            )
        }
        var findings: [GPUFinding] = []
        var selection: GPUSelection?
        do {
            selection = try GPUSelection(request ?? GPURequest(.all), in: inventory)
        } catch {
            // A machine without a GPU is no patient, unless somebody wants one.
            let isExpected = error == .absent(.noDevice) && request == nil && facts?.wantsGPU != true
            findings.append(GPUFinding(isExpected ? .note : .certain, error.what, why: error.why, remedy: error.remedy))
        }
        let hasNVIDIA = inventory.driverVersion != nil || !inventory.nvidiaAddresses.isEmpty
        if selection != nil || hasNVIDIA {
            findings += GPUExamination(inventory, selection: selection, image: facts).findings()
        }
        findings += faults(inventory)
        findings += limits(inventory)
        return GPUReport(inventory: inventory, findings: unique(findings))
    }

    private func unique(_ findings: [GPUFinding]) -> [GPUFinding] {
        var result: [GPUFinding] = []
        for finding in findings where !result.contains(where: { $0.what == finding.what && $0.why == finding.why }) {
            result.append(finding)
        }
        return result.enumerated().sorted { left, right in
            left.element.weight == right.element.weight
                ? left.offset < right.offset : left.element.weight > right.element.weight
        }.map(\.element)
    }
}
