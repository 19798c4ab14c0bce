internal import BuildPlanning
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Brings one commit of a repository into a directory.
struct GitCheckout {
    let git: GitProgram
    let address: GitAddress

    init(_ address: GitAddress, git: GitProgram) throws {
        self.git = git
        self.address = address
        guard address.hasPlainReference else {
            throw SourceError.git(address, reason: "`\(address.reference ?? "")` is no name of a branch, tag or commit")
        }
    }

    /// The commit that is wanted, asked of the server unless the address has it written out.
    ///
    /// `scratch` is an existing directory.
    func commit(scratch: String) throws -> String {
        if let commit = address.commit { return commit }
        let wanted = address.reference ?? "HEAD"
        let outcome = try git.run(["ls-remote", "--", address.remote, wanted, "\(wanted)^{}"], in: scratch)
        guard outcome.status == 0 else { throw failure(outcome) }
        let lines = outcome.output.split(separator: "\n").compactMap { line -> (commit: String, name: String)? in
            let fields = line.split(separator: "\t")
            return fields.count == 2 ? (String(fields[0]), String(fields[1])) : nil
        }
        // What git itself would take, and of an annotated tag the commit that it stands for.
        let names = ["", "refs/", "refs/tags/", "refs/heads/"].map { $0 + wanted }
        for name in names {
            if let found = lines.first(where: { $0.name == name + "^{}" }) ?? lines.first(where: { $0.name == name }) {
                return found.commit
            }
        }
        throw SourceError.git(address, reason: "it has no branch or tag `\(wanted)`")
    }

    /// Fetches `commit` and puts its files, with those of submodules, into `directory`, which must be missing or empty.
    ///
    /// All times become the commit's own, so that the same commit gives the same layer.
    func checkOut(_ commit: String, into directory: String, keepsGitDirectory: Bool) throws {
        mkdir(directory, 0o755)
        try perform(["init", "--quiet", "--template=", "."], in: directory)
        try perform(["remote", "add", "origin", address.remote], in: directory)
        try fetch(commit, in: directory)
        try perform(["checkout", "--quiet", "--force", "--detach", commit], in: directory)
        if access(directory + "/.gitmodules", F_OK) == 0 {
            let update = ["submodule", "update", "--quiet", "--init", "--recursive", "--force"]
            // Not every server can give out a part of the history.
            if try git.run(update + ["--depth=1"], in: directory).status != 0 { try perform(update, in: directory) }
        }
        let time = try perform(["log", "-1", "--format=%ct", commit], in: directory).output
        // The address with its credentials must not get into an image.
        try perform(["remote", "set-url", "origin", AddressText.withoutCredentials(address.remote)], in: directory)
        let root = try BeneathPath(opening: directory)
        if !keepsGitDirectory { try Self.removeGitDirectories(directory) }
        for name in ["FETCH_HEAD", "logs", "ORIG_HEAD"] { try root.removeIfThere(".git/" + name) }
        guard let seconds = Int64(time.filter { !$0.isWhitespace }) else { return }
        try Self.setTimes(directory, seconds)
    }

    /// Opens the directory that the address asks for, in a checkout; nothing may lead out of it (GHSA-4vrq-3vrq-g6gg).
    func openDirectory(in checkout: String) throws -> OwnedFD {
        let directory = address.directory ?? "."
        do {
            return try BeneathPath(opening: checkout).openStrictly(directory, O_RDONLY | O_DIRECTORY)
        } catch {
            let reason = error.errno.leadsOut ? "it leads out of the repository" : error.why ?? "\(error)"
            throw SourceError.git(address, reason: "the directory `\(directory)` cannot be used: \(reason)")
        }
    }

    private func fetch(_ commit: String, in directory: String) throws {
        // A commit by its number is given out by most servers; the others need its name, or everything.
        let shallow = ["fetch", "--quiet", "--depth=1", "--no-tags", "origin"]
        if try git.run(shallow + [commit], in: directory).status == 0 { return }
        if let reference = address.reference, address.commit == nil,
            try git.run(shallow + [reference], in: directory).status == 0, try has(commit, in: directory)
        {
            return
        }
        let everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
        try perform(["fetch", "--quiet", "origin"] + everything, in: directory)
        guard try has(commit, in: directory) else {
            throw SourceError.git(address, reason: "the server does not give out the commit `\(commit)`")
        }
    }

    private func has(_ commit: String, in directory: String) throws -> Bool {
        try git.run(["cat-file", "-e", commit + "^{commit}"], in: directory).status == 0
    }

    @discardableResult
    private func perform(_ arguments: [String], in directory: String) throws -> GitProgram.Outcome {
        let outcome = try git.run(arguments, in: directory)
        guard outcome.status == 0 else { throw failure(outcome) }
        return outcome
    }

    /// git's own last words, without credentials.
    private func failure(_ outcome: GitProgram.Outcome) -> SourceError {
        let lines = outcome.errors.split(separator: "\n").map { AddressText.withoutCredentials(String($0)) }
        let told = lines.first { $0.hasPrefix("fatal:") || $0.hasPrefix("error:") } ?? lines.last
        var remedy: String?
        if outcome.errors.contains("could not read Username") || outcome.errors.contains("Authentication failed") {
            remedy = "the repository needs credentials; write them into the address, which is shown and stored without"
        } else if outcome.errors.contains("Host key verification failed") {
            remedy = "connect once with `ssh`, so that the host is known"
        } else if outcome.errors.contains("Permission denied (publickey") {
            remedy = "start an ssh agent that has the key; `SSH_AUTH_SOCK` must name it"
        }
        return .git(address, reason: told ?? "git ended with the status \(outcome.status)", remedy: remedy)
    }

    /// Removes `.git` everywhere: a directory at the top, a file in each submodule.
    private static func removeGitDirectories(_ directory: String) throws {
        let root = try BeneathPath(opening: directory)
        try root.removeIfThere(".git")
        var found: [String] = []
        try DirectoryWalker.walk(try root.openDirectory(".")) { entry in
            if entry.name == ".git" { found.append(entry.path) }
            return .descend
        }
        for path in found { try root.removeIfThere(path) }
    }

    private static func setTimes(_ directory: String, _ seconds: Int64) throws {
        let root = try BeneathPath(opening: directory)
        let time = FileStatus.Timestamp(seconds: seconds, nanoseconds: 0)
        var paths: [String] = []
        try DirectoryWalker.walk(try root.openDirectory(".")) { entry in
            paths.append(entry.path)
            return .descend
        }
        for path in paths { try root.setTimes(path, accessed: time, modified: time) }
        try FileIO.setTimes(try root.openDirectory("."), accessed: time, modified: time)
    }
}

extension BeneathPath {
    /// Removes what is at a path, if anything is.
    fileprivate borrowing func removeIfThere(_ path: String) throws {
        do {
            try removeAll(path)
        } catch {
            guard error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory else { throw error }
        }
    }
}
