internal import Glibc
internal import LinuxKernel

/// How a tree on disk says that something of a lower layer is gone.
public enum WhiteoutForm: String, Sendable, Codable {
    /// Overlayfs mounted by root: attributes in `trusted.`.
    case trusted
    /// Overlayfs mounted in a user namespace with `userxattr`: attributes in `user.`.
    case user

    /// The form that overlayfs reads when this process mounts it.
    public static var ofThisProcess: WhiteoutForm { geteuid() == 0 && !UserNamespace.isOwn ? .trusted : .user }

    /// The attribute that hides everything a lower directory has; its value is `y`.
    public var opaqueAttribute: String { attribute("opaque") }

    /// The attribute that a copied-up file has of its origin.
    public var originAttribute: String { attribute("origin") }

    private func attribute(_ name: String) -> String { "\(rawValue).overlay.\(name)" }

    /// The prefix of a whiteout in a tar stream (OCI image-spec, layer.md#whiteouts).
    static let prefix = Array(".wh.".utf8)
    /// The prefix of the names that AUFS kept for itself.
    static let reservedPrefix = Array(".wh..wh.".utf8)
    /// The name that makes its directory opaque.
    static let opaqueName = Array(".wh..wh..opq".utf8)
}
