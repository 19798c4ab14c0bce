internal import Glibc
internal import LinuxKernel
internal import SystemPackage

extension RegistryRules {
    /// The files that are read, and how much of them is there.
    public struct Files: Equatable, Sendable {
        /// Files of our own and podman's, in the order in which they are asked.
        var registriesConf: [String] = []
        /// Directories of podman's additions; what comes last there counts.
        var additions: [String] = []
        /// Docker's.
        var daemonJSON: [String] = []

        /// Reads nothing.
        public init() {}

        /// The files of this user: `LLMBOX_REGISTRIES_CONF`, else `llmbox/registries.conf` in the user's configuration and
        /// in `/etc`; then podman's, which `CONTAINERS_REGISTRIES_CONF` may name; then docker's.
        public init(environment: (String) -> String?) {
            func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
            let home = value("HOME") ?? "/root"
            let config = value("XDG_CONFIG_HOME") ?? "\(home)/.config"
            if let chosen = value("LLMBOX_REGISTRIES_CONF") {
                registriesConf = [chosen]
            } else {
                registriesConf = ["\(config)/llmbox/registries.conf", "/etc/llmbox/registries.conf"]
            }
            if let chosen = value("CONTAINERS_REGISTRIES_CONF") {
                registriesConf.append(chosen)
            } else {
                // Podman reads the user's file instead of the system's, not beside it.
                let own = "\(config)/containers/registries.conf"
                registriesConf.append(access(own, F_OK) == 0 ? own : "/etc/containers/registries.conf")
                additions = ["/etc/containers/registries.conf.d", "\(config)/containers/registries.conf.d"]
            }
            daemonJSON = ["\(config)/docker/daemon.json", "/etc/docker/daemon.json"]
        }
    }

    private static let fileLimit = 4 << 20

    /// Reads what is there of `files`.
    public init(_ files: Files) throws(RegistryConfigurationError) {
        let (own, podman) = (files.registriesConf.dropLast(), files.registriesConf.suffix(1))
        for file in own { try merge(registriesConf: Self.content(file), file: file) }
        // Podman lets an addition win over the main file, and a later one over an earlier.
        for directory in files.additions.reversed() {
            for name in Self.names(directory).reversed() where name.hasSuffix(".conf") {
                let file = "\(directory)/\(name)"
                try merge(registriesConf: Self.content(file), file: file)
            }
        }
        for file in podman { try merge(registriesConf: Self.content(file), file: file) }
        for file in files.daemonJSON {
            let bytes = try Self.content(file)
            if !bytes.isEmpty { try merge(daemonJSON: bytes, file: file) }
        }
    }

    /// The content of a file; nothing when it is not there, or is somebody else's.
    private static func content(_ path: String) throws(RegistryConfigurationError) -> [UInt8] {
        do throws(SyscallError) {
            return try FileIO.readAll(path: path, limit: fileLimit)
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory, .permissionDenied].contains(error.errno) { return [] }
            throw .unreadable(path: path, reason: error.why ?? "\(error)")
        }
    }

    private static func names(_ directory: String) -> [String] {
        // A directory that is not there has no additions.
        (try? DirectoryWalker.names(in: OwnedFD.open(directory, O_RDONLY | O_DIRECTORY)).sorted()) ?? []
    }
}
