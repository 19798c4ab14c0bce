public import OCIModel

/// What registries are known to refuse, so that nobody learns it after an hour of sending.
///
/// Sources: GitHub's "Working with the Container registry", Amazon's "Amazon ECR service quotas", Microsoft's "Azure Container
/// Registry service tiers".
public struct RegistryLimits: Equatable, Sendable {
    /// The largest layer, as it is sent, in bytes; nil where none is known.
    public var layerSize: Int64?
    /// The most layers of an image; nil where no limit is known.
    public var layers: Int?

    /// The limits of a registry, given as `host` or `host:port`.
    public init(of registry: String) {
        let host = registry.split(separator: ":").first.map { $0.lowercased() } ?? registry
        switch host {
        case "ghcr.io": layerSize = 10_000_000_000
        case "public.ecr.aws": (layerSize, layers) = (52_000 << 20, 4200)
        case _ where host.hasSuffix(".amazonaws.com"): (layerSize, layers) = (52_000 << 20, 4200)
        case _ where host.hasSuffix(".azurecr.io"): layerSize = 200 << 30
        default: break
        }
    }

    /// Checks the layers of an image before any of them is sent.
    ///
    /// - Throws: ``RegistryError/overLimit(image:host:reason:)`` for what the registry would refuse.
    public func check(layers sizes: [(digest: BlobDigest, size: Int64)], of image: ImageReference) throws(RegistryError)
    {
        if let layers, sizes.count > layers {
            throw .overLimit(
                image: image,
                host: image.domain,
                reason: "takes \(layers) layers, and the image has \(sizes.count)"
            )
        }
        guard let layerSize, let large = sizes.first(where: { $0.size > layerSize }) else { return }
        throw .overLimit(
            image: image,
            host: image.domain,
            reason: "takes layers of \(layerSize) bytes, and `\(large.digest)` has \(large.size)"
        )
    }
}
