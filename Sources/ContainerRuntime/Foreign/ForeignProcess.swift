/// A further process in a container that another runtime has started, which therefore starts this one as well.
///
/// What the host shows as the container's first process need not be in the container: runtimes that bring a kernel of
/// their own have only themselves there, and joining its namespaces would lead into the runtime.
public struct ForeignProcess: Sendable {
    /// The runtime.
    public var runtime: ForeignRuntime
    /// The container.
    public var directory: ContainerDirectory
    /// The process in the words of a runtime specification, as JSON.
    public var document: [UInt8]

    /// Describes a process.
    public init(runtime: ForeignRuntime, directory: ContainerDirectory, document: [UInt8]) {
        self.runtime = runtime
        self.directory = directory
        self.document = document
    }
}
