internal import LinuxKernel
internal import Storage

/// The files of a build, where the builder can read them.
final class PreparedContext: Sendable {
    /// The directory that is the context's root.
    let path: String
    /// Whether the files came from somewhere else, so that no link of theirs may steer the build out of them.
    let isForeign: Bool
    /// The Dockerfile, when it was all that came.
    let dockerfile: [UInt8]?
    /// What people call it.
    let name: String
    /// Keeps the files until the build is over.
    private let workspace: LayerWorkspace?

    init(
        path: String,
        name: String,
        isForeign: Bool = false,
        dockerfile: [UInt8]? = nil,
        workspace: LayerWorkspace? = nil
    ) {
        self.path = path
        self.name = name
        self.isForeign = isForeign
        self.dockerfile = dockerfile
        self.workspace = workspace
    }

    /// The root, for accesses that links cannot lead out of.
    func open() throws -> BeneathPath { try BeneathPath(opening: path) }
}
