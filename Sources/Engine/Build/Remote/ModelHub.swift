internal import BuildPlanning
internal import DockerfileSyntax
internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import Registry
internal import Storage
internal import SystemPackage

/// Brings files of a model hub to the disk.
///
/// Files that are under way lie in the store's `models` under the digests that they will have, so that the next attempt
/// continues them, whoever makes it and for whatever reason this one ended.
struct ModelHub {
    private let client: HubClient
    private let store: ImageStore
    private let threshold: Int64

    /// Opens the hub that `HF_ENDPOINT` names; files from `threshold` bytes on become layers as they are.
    init(
        store: ImageStore,
        token: String?,
        threshold: Int64 = LayerPolicy.usualThreshold,
        environment: (String) -> String?
    ) throws {
        let endpoint = environment("HF_ENDPOINT").flatMap { $0.isEmpty ? nil : $0 } ?? "https://huggingface.co"
        let trimmed = token.map { String($0.filter { !$0.isWhitespace }) }
        client = try HubClient(
            endpoint: endpoint,
            token: trimmed,
            options: RegistryOptions(environment: environment)
        )
        self.store = store
        self.threshold = threshold
    }

    /// The commit that an address means now; one that is written out needs no question.
    func commit(of address: HubAddress) throws -> String {
        if let commit = address.commit { return commit }
        return try client.commit(address.place, revision: address.wantedRevision, name: address.description)
    }

    /// Fetches what an address means at a commit into a directory, where each file has its path in the repository.
    ///
    /// - Parameters:
    ///   - address: What to fetch.
    ///   - commit: The version.
    ///   - excludes: Patterns of files that nobody wants, relative to the address's path.
    ///   - directory: Where the files go.
    ///   - progress: Told how many bytes of how many are here.
    /// - Throws: ``HubError``, and errors of the disk.
    func fetch(
        _ address: HubAddress,
        commit: String,
        excludes: [String],
        into directory: String,
        progress: @escaping @Sendable (Int64, Int64?) -> Void
    ) throws {
        let all = try client.files(address.place, commit: commit, name: address.description)
        let files = try wanted(all, address, excludes)
        guard !files.isEmpty || address.path.isEmpty else { throw HubError.noFile(address.description) }
        let (place, use) = try store.openModels()
        defer { withExtendedLifetime(use) {} }
        let downloads = place.string
        let total = files.reduce(0) { $0 + $1.size }
        progress(0, total)
        // Two who fetch the same version would write into each other's files.
        let lock = try FileLock.acquire("\(downloads)/\(commit).lock", .exclusive)
        var taken: Set<String> = []
        let places = files.enumerated().map { index, file in
            let key = file.sha256?.hex ?? file.gitID ?? "unverified"
            // Two files with one content are two files.
            let name = taken.insert(key).inserted && key != "unverified" ? key : "\(key)-\(commit.prefix(12))-\(index)"
            return (file: file, path: "\(downloads)/\(name)")
        }
        for place in places where place.file.sha256 == nil && place.file.gitID == nil { unlink(place.path) }
        try checkSpace(for: places, below: downloads, address)
        try client.download(places, address.place, commit: commit, name: address.description) { progress($0, total) }
        let root = try BeneathPath(opening: directory)
        for place in places {
            let parents = place.file.path.split(separator: "/").dropLast().joined(separator: "/")
            if !parents.isEmpty { try root.makeDirectories(parents, mode: 0o755) }
            try check("set the mode of", place.path) { chmod(place.path, 0o644) }
            // The hub's list knows no times: one and the same makes one and the same layer everywhere.
            let beginning = FileStatus.Timestamp(seconds: 0, nanoseconds: 0)
            try FileIO.setTimes(OwnedFD.open(place.path, O_RDONLY), accessed: beginning, modified: beginning)
            let target = "\(directory)/\(place.file.path)"
            try check("move", target) { rename(place.path, target) }
        }
        unlink("\(downloads)/\(commit).lock")
        lock.release()
    }

    /// Refuses at once what would fill the disk in the end.
    private func checkSpace(for places: [(file: HubFile, path: String)], below downloads: String, _ address: HubAddress)
        throws
    {
        var bytes: Int64 = 0
        for (file, path) in places {
            // What is not there yet has no size.
            let here = (try? FileStatus.of(path: path, followFinalLink: false)).map { min($0.size, file.size) } ?? 0
            bytes += file.size - here
            // A small file is copied into its layer, a large one becomes it.
            if file.size < threshold { bytes += file.size }
        }
        let free = try DiskSpace.usable(at: downloads)
        guard bytes <= free else { throw HubError.tooLarge(address.description, bytes: bytes, free: free) }
    }

    /// The files that the address's path and the excludes leave.
    private func wanted(_ files: [HubFile], _ address: HubAddress, _ excludes: [String]) throws -> [HubFile] {
        let rules = try excludes.isEmpty ? IgnoreRules.none : IgnoreRules(patterns: excludes)
        let parts = address.path.split(separator: "/").map(String.init)
        let globs = try parts.map { try PathGlob($0) }
        return files.filter { file in
            let names = file.path.split(separator: "/").map(String.init)
            guard names.count >= parts.count, zip(globs, names).allSatisfy({ $0.matches($1) }) else { return false }
            // Of a file that is named itself, its own name counts.
            let below = names.dropFirst(names.count == parts.count ? max(0, parts.count - 1) : parts.count)
            return !rules.isExcluded(below.joined(separator: "/"))
        }
    }
}

extension HubAddress {
    /// The kind of repository in the hub's words, and its name.
    fileprivate var place: (kind: String, name: String) { (kind.rawValue + "s", repository) }
}
