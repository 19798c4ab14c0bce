internal import LinuxKernel
internal import Storage
internal import SystemPackage

/// Files of a step that do not go into its layer; they end with the step's workspace.
final class StepScratch {
    private let root: BeneathPath
    private let path: String
    private var count = 0

    init(_ workspace: LayerWorkspace) throws {
        path = workspace.directory.appending("scratch").string
        let outer = try BeneathPath(opening: workspace.directory.string)
        try outer.makeDirectory("scratch", mode: 0o755)
        root = try BeneathPath(opening: path)
    }

    /// Makes a file and tells its path on the host.
    func file(_ name: String, _ bytes: [UInt8], mode: UInt32) throws -> String {
        count += 1
        let leaf = name.split(separator: "/").last.map(String.init) ?? "file"
        let unique = "\(leaf)-\(count)"
        try root.writeFile(unique, bytes, mode: mode)
        return path + "/" + unique
    }

    /// Makes an empty directory and tells its path on the host.
    func directory(_ name: String, mode: UInt32 = 0o755) throws -> String {
        count += 1
        let leaf = "\(name)-\(count)"
        try root.makeDirectory(leaf, mode: mode)
        return path + "/" + leaf
    }
}
