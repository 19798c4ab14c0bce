/// A network adapter that moves data past the kernel (RDMA).
public struct FabricDevice: Hashable, Sendable {
    /// Its name, such as `mlx5_0`.
    public var name: String
    /// What it speaks: `InfiniBand` or `Ethernet`.
    public var linkLayer: String
    /// The node through which programs use it; nil where it is missing.
    public var node: HostNode?

    /// Describes an adapter.
    public init(name: String, linkLayer: String, node: HostNode?) {
        self.name = name
        self.linkLayer = linkLayer
        self.node = node
    }
}
