internal import Glibc
internal import LinuxKernel
internal import Synchronization
internal import SystemPackage

/// The network namespace that bridges are in.
///
/// Root makes them where it is. An ordinary user may change nothing there, so all bridges of a user are in a namespace
/// of the user's own, which leads out by the user's connections:
///
///     container ── veth ── bridge, nf_tables ── pasta or slirp4netns ── the host's network
///                  └──── the user's namespace ────┘
///
/// The processes of llmbox stay in the host's network and send a thread in for each piece of work: the name servers that
/// they ask and the ports that they take are the host's. Whoever uses the namespace holds a shared lock until its end,
/// whatever that is; ``BridgeKeeper`` makes the namespace, and ends it when it can have that lock for itself.
struct BridgeHome: Equatable, Sendable {
    /// The namespace of the calling thread.
    static let here = BridgeHome(directory: nil)
    /// The one for bridges of whoever runs this process.
    static let standard = UserNamespace.isOwn ? BridgeHome(directory: userDirectory) : .here
    /// Where the leases of that one are: volatile, and shared by all stores, as the bridges are.
    static var stateDirectory: String { UserNamespace.isOwn ? userDirectory : "/run/llmbox/network" }

    /// Where the processes of the user find the namespace; nil for that of the calling thread.
    let directory: String?

    /// Whether it is a namespace of a user's.
    var isShared: Bool { directory != nil }

    private static var userDirectory: String {
        // Who is root in a namespace of somebody else's making has no session, and the usual places.
        (getenv(RootlessSession.variable).map { String(cString: $0) } ?? "/run/llmbox") + "/network"
    }

    /// Keeps the namespace there until this process ends, making it if it is missing.
    func use() throws(NetworkError) {
        if let directory { _ = try Self.use(directory) }
    }

    /// Runs `body` in the namespace, making that if it is missing.
    func perform<Value>(_ body: () throws(NetworkError) -> Value) throws(NetworkError) -> Value {
        guard let directory else { return try body() }
        return try Self.enter(Self.use(directory).namespace, body)
    }

    /// Runs `body` in the namespace; nil where there is none, and so nothing in it.
    func performIfThere<Value>(_ body: () throws(NetworkError) -> Value) throws(NetworkError) -> Value? {
        guard let directory else { return try body() }
        if let used = Self.used(directory) { return try Self.enter(used.namespace, body) }
        let found: OwnedFD?
        do { found = try BridgeKeeper.namespace(directory) } catch { throw .system(error) }
        guard let found else { return nil }
        return try Self.enter(found, body)
    }

    /// The number of the namespace, by which its files are told from others'; nil where there is none.
    var number: String? {
        let link: String?
        if let directory {
            if let used = Self.used(directory) {
                link = try? FileIO.readLink(path: "/proc/self/fd/\(used.namespace.raw)")
            } else {
                link = BridgeKeeper.living(directory).flatMap { try? FileIO.readLink(path: "/proc/\($0.pid)/ns/net") }
            }
        } else {
            link = try? FileIO.readLink(path: "/proc/thread-self/ns/net")
        }
        return link.map { link in String(decoding: link.utf8.filter { (48...57).contains($0) }, as: UTF8.self) }
    }

    /// A second descriptor of the namespace that this process uses, for a thread that is to live there; nil for none.
    func namespaceInUse() throws(NetworkError) -> OwnedFD? {
        guard let directory, let used = Self.used(directory) else { return nil }
        do { return try used.namespace.duplicate() } catch { throw .system(error) }
    }

    // MARK: What this process uses

    /// The namespace and the lock that keeps it, for the rest of the process's life.
    private final class Use: Sendable {
        let namespace: OwnedFD
        private let lock: FileLock

        init(_ namespace: consuming OwnedFD, _ lock: consuming FileLock) {
            self.namespace = namespace
            self.lock = lock
        }
    }

    /// By directories, of which a process has one.
    private static let inUse = Mutex<[String: Use]>([:])

    private static func used(_ directory: String) -> Use? { inUse.withLock { $0[directory] } }

    private static func use(_ directory: String) throws(NetworkError) -> Use {
        try inUse.withLock { (all) throws(NetworkError) in
            if let found = all[directory] { return found }
            do {
                try BridgeNetwork.makeDirectories(directory)
                // One at a time: of two who find no namespace, one makes it.
                let door = try FileLock.acquire(directory + "/keeper.lock", .exclusive)
                // A keeper that is about to end has this lock until it has.
                let lock = try FileLock.acquire(BridgeKeeper.usersLock(directory), .shared)
                var namespace = try BridgeKeeper.namespace(directory)
                if namespace == nil {
                    try BridgeKeeper.start(directory)
                    namespace = try BridgeKeeper.namespace(directory)
                }
                door.release()
                guard let found = namespace.take() else {
                    throw SyscallError("make a network for the user's bridges", errno: .noSuchProcess)
                }
                let use = Use(found, lock)
                all[directory] = use
                return use
            } catch let error as SyscallError {
                throw NetworkError.system(error)
            } catch let error as UserNetworkError {
                throw NetworkError.outside(error)
            } catch {
                throw NetworkError.system(SyscallError("make a network: \(error)", errno: .ioError))
            }
        }
    }

    private static func enter<Value>(
        _ namespace: borrowing OwnedFD,
        _ body: () throws(NetworkError) -> Value
    ) throws(NetworkError) -> Value {
        var result: Result<Value, NetworkError>?
        do throws(SyscallError) {
            try NetworkNamespace.enter(namespace) {
                do throws(NetworkError) { result = .success(try body()) } catch { result = .failure(error) }
            }
        } catch {
            throw .system(error)
        }
        guard let result else { throw .system(SyscallError("enter the user's network", errno: .interrupted)) }
        return try result.get()
    }
}
