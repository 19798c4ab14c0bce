internal import BuildPlanning
internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import Registry
internal import Storage
internal import SystemPackage

/// What one `ADD` fetches: addresses and repositories.
///
/// First only their identity is found out, which for an unchanged file moves no bytes; the files themselves are fetched
/// when the cache does not have the step.
final class RemoteSources {
    private let operation: CopyOperation
    private let store: ImageStore
    private let environment: (String) -> String?
    private let usesCache: Bool
    private let threshold: Int64
    private let progress: @Sendable (String, Int64, Int64?) -> Void
    private let secret: (String) throws -> [UInt8]?
    private let fetcher: WebFetcher
    private var workspace: LayerWorkspace?
    private var items: [String: Item] = [:]

    /// What is known about one source.
    private struct Item {
        /// What the content is: a digest or a commit.
        var identity: String
        /// The file or directory, once it is here.
        var path: String?
    }

    init(
        _ operation: CopyOperation,
        store: ImageStore,
        usesCache: Bool,
        threshold: Int64,
        environment: @escaping (String) -> String?,
        secret: @escaping (String) throws -> [UInt8]?,
        progress: @escaping @Sendable (String, Int64, Int64?) -> Void
    ) {
        self.operation = operation
        self.store = store
        self.usesCache = usesCache
        self.threshold = threshold
        self.environment = environment
        self.secret = secret
        self.progress = progress
        fetcher = WebFetcher(RegistryOptions(environment: environment))
    }

    /// The identity of everything that is fetched, together with that of the `local` files.
    func content(local: BlobDigest) throws -> BlobDigest {
        var hasher = KeyHasher(kind: "remote-selection")
        hasher.field("local", local.hex)
        for source in operation.sources {
            switch source {
            case .path, .document: continue
            case .url(let address):
                hasher.field("file", download(address).name)
                hasher.field("content", try identity(ofFile: address))
            case .git(let text):
                hasher.field("directory", try parsed(text).directory)
                hasher.field("keeps-git", operation.keepsGitDirectory)
                hasher.field("commit", try identity(ofRepository: text))
            case .hub(let address):
                hasher.field("hub", "\(address.kind)/\(address.repository)")
                hasher.field("path", address.path)
                hasher.field("commit", try identity(ofModel: address))
            }
        }
        hasher.field("excludes", operation.excludes)
        return hasher.finish()
    }

    /// The same as far as it is known without asking anybody: of what was fetched before, or what the Dockerfile vouches
    /// for; nil where only a server could tell.
    func rememberedContent(local: BlobDigest) throws -> BlobDigest? {
        for source in operation.sources {
            switch source {
            case .path, .document: continue
            case .url(let address):
                guard let digest = try checksum() ?? DownloadRecord.find(address, in: store)?.digest else { return nil }
                items[address] = Item(identity: digest.hex)
            case .git, .hub: return nil
            }
        }
        return try content(local: local)
    }

    /// The files of one source, fetched when they are not here yet.
    func selection(_ source: CopyOperation.Source) throws -> [SelectedSource] {
        switch source {
        case .path, .document: return []
        case .url(let address): return [try file(address)]
        case .git(let text): return try directory(text)
        case .hub(let address): return try model(address)
        }
    }

    // MARK: Files

    private func download(_ address: String) -> WebDownload {
        let name = AddressText.withoutCredentials(address)
        return WebDownload(fetcher: fetcher, address: address, isVerified: operation.checksum != nil) {
            self.progress("downloading \(name)", $0, $1)
        }
    }

    private func identity(ofFile address: String) throws -> String {
        if let item = items[address] { return item.identity }
        // What the user vouches for needs no question.
        if let wanted = try checksum() {
            items[address] = Item(identity: wanted.hex)
            return wanted.hex
        }
        let record = usesCache ? try DownloadRecord.find(address, in: store) : nil
        if try fetch(address, known: record) == nil, let record {
            items[address] = Item(identity: record.digest.hex)
            return record.digest.hex
        }
        return items[address]?.identity ?? ""
    }

    /// Fetches a file; nil when it is as it was `known`.
    private func fetch(_ address: String, known: DownloadRecord?) throws -> String? {
        let directory = try place("file")
        let path = directory + "/content"
        let limit = try DiskSpace.usable(at: directory)
        guard let arrived = try download(address).fetch(to: path, known: known?.validators, limit: limit) else {
            return nil
        }
        if let wanted = try checksum(), wanted != arrived.digest {
            unlink(path)
            throw SourceError.checksum(
                address: AddressText.withoutCredentials(address),
                wanted: wanted.description,
                actual: arrived.digest.description
            )
        }
        items[address] = Item(identity: arrived.digest.hex, path: path)
        try DownloadRecord(digest: arrived.digest, validators: arrived.validators).store(address, in: store)
        return path
    }

    private func file(_ address: String) throws -> SelectedSource {
        let name = download(address).name
        guard name != nil || !operation.destinationIsDirectory else {
            throw SourceError.nameless(address: AddressText.withoutCredentials(address))
        }
        guard let path = try items[address]?.path ?? fetch(address, known: nil) else {
            throw WebError.unreachable(address: AddressText.withoutCredentials(address), reason: "nothing came")
        }
        let parts = path.split(separator: "/")
        let tree = SourceTree(
            root: try BeneathPath(opening: "/" + parts.dropLast().joined(separator: "/")),
            keepsOwners: false,
            isOurs: true
        )
        let leaf = String(parts.last ?? "")
        var file = SelectedFile(
            relativePath: "",
            status: try tree.status(leaf, followFinalLink: false),
            content: .tree(leaf)
        )
        file.tree = tree
        return SelectedSource(placement: .file(name: name ?? ""), files: [file])
    }

    private func checksum() throws -> BlobDigest? {
        guard let text = operation.checksum else { return nil }
        guard let digest = try? BlobDigest(text) else { throw SourceError.badChecksum(text) }
        return digest
    }

    // MARK: Repositories

    private func parsed(_ text: String) throws -> GitAddress {
        guard let address = GitAddress(text) else {
            throw WebError.refusedAddress(AddressText.withoutCredentials(text), reason: "it names no repository")
        }
        return address
    }

    private func checkout(_ text: String) throws -> GitCheckout {
        try GitCheckout(try parsed(text), git: GitProgram(caller: environment))
    }

    private func identity(ofRepository text: String) throws -> String {
        if let item = items[text] { return item.identity }
        let commit = try checkout(text).commit(scratch: try place("git"))
        if let wanted = operation.checksum, !commit.hasPrefix(wanted.lowercased()) || wanted.utf8.count < 7 {
            throw SourceError.checksum(address: try parsed(text).description, wanted: wanted, actual: commit)
        }
        items[text] = Item(identity: commit)
        return commit
    }

    private func directory(_ text: String) throws -> [SelectedSource] {
        let commit = try identity(ofRepository: text)
        let path = try place("checkout")
        let checkout = try checkout(text)
        progress("fetching \(checkout.address.description)", 0, nil)
        try checkout.checkOut(commit, into: path, keepsGitDirectory: operation.keepsGitDirectory)
        let root = try checkout.openDirectory(in: path)
        let tree = SourceTree(root: BeneathPath(root: root), keepsOwners: false, isOurs: true)
        var whole = CopyOperation(origin: .context, path: "/")
        whole.excludes = operation.excludes
        return try FileSelector(tree: tree, operation: whole).select().map { $0.moved(to: tree) }
    }

    // MARK: Models

    private func identity(ofModel address: HubAddress) throws -> String {
        if let item = items[address.description] { return item.identity }
        let commit = try hub().commit(of: address)
        if let wanted = operation.checksum, !commit.hasPrefix(wanted.lowercased()) || wanted.utf8.count < 7 {
            throw SourceError.checksum(address: address.description, wanted: wanted, actual: commit)
        }
        items[address.description] = Item(identity: commit)
        return commit
    }

    private func model(_ address: HubAddress) throws -> [SelectedSource] {
        let commit = try identity(ofModel: address)
        let path = try place("model")
        let progress = progress
        try hub().fetch(address, commit: commit, excludes: operation.excludes, into: path) {
            progress("downloading \(address)", $0, $1)
        }
        let tree = SourceTree(root: try BeneathPath(opening: path), keepsOwners: false, isOurs: true)
        var wanted = CopyOperation(origin: .context, path: "/" + address.path)
        wanted.excludes = operation.excludes
        return try FileSelector(tree: tree, operation: wanted).select().map { $0.moved(to: tree) }
    }

    private func hub() throws -> ModelHub {
        // A secret of the build wins over what the caller happens to have in the environment.
        let token = try secret("HF_TOKEN").map { String(decoding: $0, as: UTF8.self) } ?? environment("HF_TOKEN")
        return try ModelHub(store: store, token: token, threshold: threshold, environment: environment)
    }

    // MARK: Scratch space

    /// A fresh directory that disappears with the step.
    private func place(_ name: String) throws -> String {
        let workspace = try self.workspace ?? store.makeWorkspace()
        self.workspace = workspace
        var number = 0
        while true {
            let path = workspace.directory.appending("\(name)-\(number)").string
            if mkdir(path, 0o755) == 0 { return path }
            guard errno == EEXIST else { throw SyscallError("make directory", path) }
            number += 1
        }
    }
}

/// What is remembered about a file of the web, to ask next time only whether it has changed.
private struct DownloadRecord: Codable {
    var digest: BlobDigest
    var validators: WebValidators

    /// What was remembered; nil when the server gave nothing to ask with.
    static func find(_ address: String, in store: ImageStore) throws -> DownloadRecord? {
        guard let record = try store.buildRecord(for: key(address)),
            // A damaged record costs a download, nothing else.
            let known = try? CanonicalJSON.decode(DownloadRecord.self, from: Array(record.payload.utf8)),
            known.validators.tag != nil || known.validators.modified != nil
        else { return nil }
        return known
    }

    func store(_ address: String, in store: ImageStore) throws {
        let payload = String(decoding: try CanonicalJSON.encode(self), as: UTF8.self)
        let record = BuildCacheRecord(layers: [], payload: payload, created: BuildTime.now)
        try store.storeBuildRecord(record, for: Self.key(address))
    }

    private static func key(_ address: String) -> BlobDigest {
        var hasher = KeyHasher(kind: "download")
        hasher.field("address", AddressText.withoutCredentials(address))
        return hasher.finish()
    }
}
