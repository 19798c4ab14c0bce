internal import ContainerRuntime
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import SystemPackage

/// What a build leaves outside the store when it is killed, and the next command takes away.
///
/// Mounts and processes need no such care: they end with the process that was killed.
enum AbandonedWork {
    private static let secretKind = "llmbox-secret"

    /// The beginning of the name of a directory in memory for this process's secrets.
    static var secretName: String { CgroupSet.ownedName(secretKind, "") }

    /// Removes the control groups and secrets of builds that were killed; what cannot be removed is left for the next.
    static func remove() {
        if let layout = try? CgroupLayout.probe() { CgroupSet.removeAbandoned("build", layout: layout) }
        for parent in ["/dev/shm", "/run"] {
            guard let directory = try? BeneathPath(opening: parent).openDirectory("."),
                let names = try? DirectoryWalker.names(in: directory)
            else { continue }
            for name in names {
                guard let owner = CgroupSet.owner(ofName: name, kind: secretKind), !owner.isAlive,
                    // Somebody else's is theirs to remove, and no business of ours.
                    let status = try? FileStatus.of(path: "\(parent)/\(name)", followFinalLink: false),
                    status.kind == .directory, status.user == geteuid()
                else { continue }
                try? TreeRemoval.remove(FilePath("\(parent)/\(name)"))
            }
        }
    }
}
