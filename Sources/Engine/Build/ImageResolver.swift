public import OCIModel
public import Storage

/// Finds the images that `FROM` and `--from` name, wherever they are.
public protocol ImageResolver: Sendable {
    /// Brings an image into the store, if it is not there, and tells which it is.
    ///
    /// `name` is the reference as the Dockerfile has it; `alwaysPulls` asks the registry even when it is in the store;
    /// `progress` is told what is going on, in a few words.
    /// It is nil when the image is not here and there is nowhere to get it from.
    func resolve(
        _ name: String,
        platform: Platform,
        alwaysPulls: Bool,
        store: ImageStore,
        progress: (String) -> Void
    ) throws -> StoredImage?
}

/// Finds images in the store only.
public struct LocalImageResolver: ImageResolver {
    /// Makes a resolver.
    public init() {}

    /// Looks a name up in the store; an ID must be written out with its `sha256:`.
    public func resolve(
        _ name: String,
        platform: Platform,
        alwaysPulls: Bool,
        store: ImageStore,
        progress: (String) -> Void
    ) throws -> StoredImage? {
        if name.hasPrefix("sha256:") { return try store.resolve(name) }
        let found = try store.image(named: try ImageReference(name), platform: platform)
        if let found { try store.check(found, name, isFor: platform) }
        return found
    }
}

extension ImageStore {
    /// Refuses an image that was made here for another platform.
    func check(_ image: StoredImage, _ name: String, isFor platform: Platform) throws {
        let found = try config(image.id).platform
        guard !platform.matches(found) else { return }
        throw BuildError.imageUnavailable(name: name, reason: "it is for \(found), not for \(platform)")
    }
}
