internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Where an ordinary user's files are, by the conventions of freedesktop.org.
enum UserDirectories {
    /// Where data is kept.
    static func data(_ environment: (String) -> String?) -> FilePath {
        if let given = environment("XDG_DATA_HOME"), given.hasPrefix("/") { return FilePath(given) }
        return FilePath(environment("HOME") ?? "/").appending(".local/share")
    }

    /// Where state is kept that ends with the machine's run.
    ///
    /// The user's directory below `/run` may be missing without a login manager. One below `/tmp` is used then, which
    /// everybody can see and only its user may own.
    static func runtime(user: UInt32, _ environment: (String) -> String?) -> FilePath {
        if let given = environment("XDG_RUNTIME_DIR"), given.hasPrefix("/") { return FilePath(given) }
        let usual = "/run/user/\(user)"
        // Without the directory there is nothing to judge.
        if let status = try? FileStatus.of(path: usual, followFinalLink: false), status.kind == .directory,
            status.user == user, status.permissions & 0o077 == 0
        {
            return FilePath(usual)
        }
        return FilePath("/tmp/llmbox-\(user)")
    }
}
