internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import SystemPackage

/// The labels of SELinux.
enum SecurityLabels {
    /// Whether SELinux judges accesses on this machine.
    static var areOn: Bool {
        // Without the file there is no SELinux; 0 is permissive, where a missing label only makes a line in a log.
        (try? FileIO.readText(path: "/sys/fs/selinux/enforce"))?.hasPrefix("1") == true
    }

    /// Whether there is SELinux at all: what is labelled while it only watches is right when it judges.
    static var areKept: Bool { access("/sys/fs/selinux/enforce", F_OK) == 0 }

    /// The attribute that holds a file's label.
    static let attribute = "security.selinux"

    /// The label of files that containers may use, by the policy that all container tools share.
    ///
    /// - Parameters:
    ///   - wish: whose they are.
    ///   - process: the label that the container's process is given; nil where it keeps that of llmbox, which is not bound
    ///     to categories.
    /// - Returns: the label.
    static func label(_ wish: ContainerMount.Label, process: String?) -> String {
        let fields = (process ?? "").split(separator: ":", maxSplits: 3)
        // A range is what a process may reach; a file has one level.
        let level = wish == .own && fields.count == 4 && !fields[3].contains("-") ? fields[3] : "s0"
        return "system_u:object_r:container_file_t:\(level)"
    }

    /// The directories that a machine cannot do without.
    static let ofHost: Set<String> = [
        "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root",
        "/run",
        "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var", "/var/lib", "/var/log", "/var/tmp",
    ]
}

extension SourcePlace {
    /// Labels everything, also the links themselves; a file system without labels is left as it is.
    func label(_ label: String) throws {
        guard subpath != nil || !SecurityLabels.ofHost.contains(path) else {
            throw VolumeServiceError.labelsOfHost(path: path)
        }
        // The library of SELinux counts the zero behind a label in.
        let value = Array(label.utf8) + [0]
        let top = try open()
        do {
            try ExtendedAttributes.set(SecurityLabels.attribute, value, of: top)
            guard try FileStatus.of(top).kind == .directory else { return }
            try DirectoryWalker.walk(OwnedFD.open("/proc/self/fd/\(top.raw)", O_RDONLY | O_DIRECTORY)) {
                (entry) throws in
                let (parent, name) = (entry.parent, entry.name)
                let file = OwnedFD(
                    adopting: try check("open", entry.path) {
                        FileName.withCString(name) { openat(parent, $0, O_PATH | O_NOFOLLOW | O_CLOEXEC) }
                    }
                )
                try ExtendedAttributes.set(SecurityLabels.attribute, value, of: file)
                return .descend
            }
        } catch let error as SyscallError {
            guard error.errno == .notSupported else { throw error }
        }
    }
}
