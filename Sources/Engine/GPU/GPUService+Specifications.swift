public import DeviceInterface
internal import GPUHost
public import GPUPlanning
internal import LinuxKernel
internal import OCIModel

extension GPUService {
    /// A specification of this machine's GPUs for podman, docker and others.
    ///
    /// - Parameter vendor: whose; nil for those that there are.
    /// - Returns: the specification.
    /// - Throws: ``GPUSelectionError`` where there is none.
    public func specification(of vendor: GPUVendor?) throws -> DeviceSpecification {
        let inventory = try inventory()
        let whose = try vendor ?? GPUSelection(GPURequest(.all), in: inventory).vendor
        return try SpecificationWriter.specification(of: whose, in: inventory)
    }

    /// The specifications that are installed on this machine.
    public func specifications() throws -> DeviceRegistry {
        try SpecificationFiles(hostRoot: probe.hostRoot).registry()
    }

    /// Checks one file: its form, and that what it names is there.
    ///
    /// - Throws: ``SpecificationError``.
    public func validate(_ path: String) throws {
        let bytes = try FileIO.readAll(path: path, limit: 4 << 20)
        let specification = try SpecificationReader.read(bytes, isJSON: path.hasSuffix(".json"))
        let entry = DeviceRegistry.Entry(path: path, priority: 0, content: .success(specification))
        let registry = DeviceRegistry([entry])
        let granter = DeviceGranter(probe: probe)
        for name in registry.names { _ = try granter.application.edits(of: registry.resolve([name])) }
    }

    /// The text of a specification.
    public func text(of specification: DeviceSpecification) throws -> [UInt8] {
        try CanonicalJSON.encodePretty(specification) + [UInt8(ascii: "\n")]
    }
}
