internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// The credential files and helpers of this user, docker's and podman's.
///
/// A file that was chosen (`--authfile`, `REGISTRY_AUTH_FILE`) stands alone. Otherwise docker's `config.json` is asked
/// first, then podman's `auth.json` in the runtime directory and in `~/.config`; logins are kept in docker's.
public struct CredentialStore: Sendable {
    /// Where the credentials of a login went.
    public enum Place: Equatable, Sendable {
        /// A file, readable by its owner only, but as plain text.
        case file(String)
        /// A credential helper.
        case helper(String)
    }

    private let files: [String]

    private static let fileLimit = 4 << 20

    /// Finds the files; `environment` is asked for `REGISTRY_AUTH_FILE`, `DOCKER_CONFIG`, `XDG_RUNTIME_DIR`,
    /// `XDG_CONFIG_HOME` and `HOME`.
    public init(authFile: String? = nil, environment: (String) -> String?) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        if let chosen = authFile ?? value("REGISTRY_AUTH_FILE") {
            files = [chosen]
            return
        }
        let home = value("HOME") ?? "/root"
        let docker = (value("DOCKER_CONFIG") ?? "\(home)/.docker") + "/config.json"
        let runtime = value("XDG_RUNTIME_DIR") ?? "/run/containers/\(geteuid())"
        let runtimeFile = value("XDG_RUNTIME_DIR") == nil ? "\(runtime)/auth.json" : "\(runtime)/containers/auth.json"
        let config = value("XDG_CONFIG_HOME") ?? "\(home)/.config"
        files = [docker, runtimeFile, "\(config)/containers/auth.json"]
    }

    /// What a registry is called by references: without scheme, path and the aliases of Docker Hub.
    public static func registryName(_ text: String) -> String { CredentialDocument.registry(ofKey: text.lowercased()) }

    /// The file that logins are kept in.
    public var mainFile: String { files[0] }

    /// Finds the credentials for a repository; nil when there are none.
    ///
    /// - Throws: ``CredentialError`` when a file or helper is broken.
    public func credentials(registry: String, repository: String) throws(CredentialError) -> RegistryCredentials? {
        for file in files {
            guard let document = try read(file) else { continue }
            if let helper = document.helper(for: registry),
                let found = try CredentialHelper(name: helper).get(CredentialDocument.key(for: registry))
            {
                return found
            }
            if let found = try document.credentials(for: registry, repository: repository) { return found }
        }
        return nil
    }

    /// Keeps the credentials of a registry, by the helper that is configured, else in the main file.
    public func save(_ credentials: RegistryCredentials, for registry: String) throws(CredentialError) -> Place {
        var document = try read(mainFile) ?? CredentialDocument()
        if let helper = document.helper(for: registry) {
            try CredentialHelper(name: helper).store(credentials, for: CredentialDocument.key(for: registry))
            document.noteHelper(for: registry)
            try write(document)
            return .helper(helper)
        }
        document.set(credentials, for: registry)
        try write(document)
        return .file(mainFile)
    }

    /// Forgets the credentials of a registry.
    ///
    /// - Returns: Whether there were any.
    public func erase(_ registry: String) throws(CredentialError) -> Bool {
        guard var document = try read(mainFile) else { return false }
        if let helper = document.helper(for: registry) {
            try CredentialHelper(name: helper).erase(CredentialDocument.key(for: registry))
        }
        guard document.remove(registry) else { return false }
        try write(document)
        return true
    }

    /// The registries that the main file knows.
    public func registries() throws(CredentialError) -> [String] { try read(mainFile)?.registries ?? [] }

    /// What is wrong with the files, also where nobody needs them: who is let in as anybody would never know.
    ///
    /// No helper is run.
    public func complaints() -> [CredentialError] {
        var found: [CredentialError] = []
        for file in files {
            do throws(CredentialError) {
                if let document = try read(file, isNeeded: file == mainFile) { found += document.complaints }
            } catch {
                found.append(error)
            }
        }
        return found
    }

    /// Reads a file; nil when there is none, and when it is `isNeeded` by nobody and may not be read.
    private func read(_ path: String, isNeeded: Bool = false) throws(CredentialError) -> CredentialDocument? {
        let bytes: [UInt8]
        do throws(SyscallError) {
            bytes = try FileIO.readAll(path: path, limit: Self.fileLimit)
        } catch {
            // A file of somebody else's that we may not enter is as good as none, unless it was chosen.
            let isAbsent = error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory
            if isAbsent || (error.errno == .permissionDenied && files.count > 1 && !isNeeded) { return nil }
            throw .file(operation: "read", path: path, reason: error.why ?? "\(error)")
        }
        do {
            return try CredentialDocument(bytes)
        } catch {
            throw .file(operation: "read", path: path, reason: "it is no JSON document")
        }
    }

    private func write(_ document: CredentialDocument) throws(CredentialError) {
        let path = mainFile
        var directories: [String] = []
        var parent = FilePath(path).removingLastComponent()
        while !parent.components.isEmpty, access(parent.string, F_OK) != 0 {
            directories.append(parent.string)
            parent.removeLastComponent()
        }
        for directory in directories.reversed() { mkdir(directory, 0o700) }
        do {
            // Docker's file is often a link into somebody's dotfiles: the link stays, its target changes.
            let target = realpath(path, nil)
            defer { free(target) }
            try AtomicFile.write(target.map { String(cString: $0) } ?? path, try document.encoded(), mode: 0o600)
        } catch let error as SyscallError {
            throw .file(operation: "write", path: path, reason: error.why ?? "\(error)")
        } catch {
            throw .file(operation: "write", path: path, reason: "\(error)")
        }
    }
}
