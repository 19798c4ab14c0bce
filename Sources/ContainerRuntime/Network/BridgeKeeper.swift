internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The process that a user's bridges have: `llmbox --bridges <directory>`.
///
/// It makes their network namespace, lets it lead out, and waits until nobody uses it any more:
///
///     user ── shared lock ──▶ start ─▶ keeper: new namespace ▶ pasta ▶ enter it ▶ its name in `keeper` ▶ ready
///     user ends, or is killed          keeper: exclusive lock ▶ a second ▶ still nobody ▶ ends pasta and itself
///
/// The kernel ends pasta with it. If it is killed, those who run keep their bridges but not the way out, and the next
/// container gets a namespace of its own.
public enum BridgeKeeper {
    /// The first argument that makes the program a keeper.
    public static let flag = "--bridges"
    /// `CLONE_NEWNET` of `<sched.h>`.
    private static let newNetwork: UInt64 = 0x4000_0000
    /// How long the namespace stays after its last container: one `run` after the other finds it there.
    private static let linger: UInt32 = 1

    /// The lock that everybody who uses the namespace shares.
    static func usersLock(_ directory: String) -> String { directory + "/users.lock" }

    /// The keeper, if one lives.
    static func living(_ directory: String) -> ProcessIdentity? {
        // Without the file there is none.
        guard let text = try? FileIO.readText(path: record(directory)) else { return nil }
        let numbers = text.split(separator: " ")
        guard numbers.count == 2, let pid = Int32(numbers[0]), let start = UInt64(numbers[1]) else { return nil }
        let identity = ProcessIdentity(pid: pid, startTime: start)
        return identity.isAlive ? identity : nil
    }

    /// The namespace of the keeper; nil where none lives.
    static func namespace(_ directory: String) throws(SyscallError) -> OwnedFD? {
        guard let keeper = living(directory) else { return nil }
        let namespace: OwnedFD
        do {
            namespace = try OwnedFD.open("/proc/\(keeper.pid)/ns/net", O_RDONLY)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw error
        }
        // Opened, it stays; but it must have been this process's, not a later one's of the same number.
        guard keeper.isAlive else { return nil }
        return namespace
    }

    /// Starts a keeper and returns when packets flow.
    ///
    /// - Throws: ``UserNetworkError``.
    static func start(_ directory: String) throws(UserNetworkError) {
        if let obstacle = UserNetwork.obstacle { throw .impossible(obstacle) }
        let words: String
        do throws(SyscallError) {
            words = String(decoding: try ReportingProcess([flag, directory]).words(), as: UTF8.self)
        } catch {
            throw .system(error)
        }
        guard words != ready else { return }
        let lines = words.split(separator: "\n", maxSplits: 1).map(String.init)
        guard lines.count == 2 else { throw .failed(program: "llmbox \(flag)", "it ended without a word") }
        throw .failed(program: lines[0], lines[1])
    }

    private static let ready = "ready"

    private static func record(_ directory: String) -> String { directory + "/keeper" }

    /// What the program does instead of its command line when ``flag`` is its first argument.
    ///
    /// - Returns: the program's exit status.
    public static func main(_ arguments: [String]) -> Int32 {
        guard arguments.count == 2, arguments[0] == flag else { return 125 }
        ReportingProcess.settle()
        // Commands must find the user namespace that this network belongs to for as long as it is there.
        RootlessSession.hold()
        let report = OwnedFD(adopting: ReportingProcess.descriptor)
        let directory = arguments[1]
        let network: UserNetwork
        do {
            network = try connect(directory)
            try FileIO.writeAll(report, Array(ready.utf8))
        } catch {
            // Who has started it may be gone; then nobody wants to know.
            try? FileIO.writeAll(report, Array(words(error).utf8))
            return 1
        }
        _ = consume report
        CodePages.release()
        do {
            try wait(directory)
        } catch {
            // Without the lock it cannot be told who uses the network: rather none than one that never ends.
            network.finish()
            return 1
        }
        network.finish()
        return 0
    }

    /// What failed, and its last words on the lines after that.
    private static func words(_ error: any Error) -> String {
        if case UserNetworkError.failed(let program, let words) = error { return "\(program)\n\(words)" }
        return "llmbox \(flag)\n\(error)"
    }

    /// Makes the namespace and the way out, and enters it.
    private static func connect(_ directory: String) throws -> UserNetwork {
        let made = try NetworkNamespace.withNew { () -> Result<Int32, SyscallError> in
            Result { () throws(SyscallError) in
                var route = try NetlinkSocket(.route)
                try route.perform([(RouteMessages.setUp(index: 1), [])])
                return try OwnedFD.open("/proc/thread-self/ns/net", O_RDONLY).release()
            }
        }
        let namespace = OwnedFD(adopting: try made.get())
        // From the host's network: that is where its connections begin.
        let network = try UserNetwork(ports: [], directory: directory)
        try network.connect(namespace: namespace)
        do {
            try NamespaceControl.join(newNetwork, file: namespace.raw, name: "of the bridges")
            forget(directory)
            let own = ProcessIdentity.current()
            let text = "\(own.pid) \(own.startTime)"
            try AtomicFile.write(record(directory), Array(text.utf8), mode: 0o600, durable: false)
        } catch {
            network.finish()
            throw error
        }
        return network
    }

    /// Returns when nobody uses the network, and nobody will find it any more.
    private static func wait(_ directory: String) throws(SyscallError) {
        let path = usersLock(directory)
        while true {
            try FileLock.acquire(path, .exclusive).release()
            sleep(linger)
            guard let lock = try FileLock.tryAcquire(path, .exclusive) else { continue }
            unlink(record(directory))
            forget(directory)
            // Held until the process has ended: who comes now waits, and makes a new one.
            lock.keep()
            return
        }
    }

    /// Removes the leases of namespaces that have gone with everybody who had an address there.
    private static func forget(_ directory: String) {
        // Where it cannot be read, they are next time's.
        let names = (try? DirectoryWalker.names(in: OwnedFD.open(directory, O_RDONLY | O_DIRECTORY))) ?? []
        for name in names where name.hasSuffix(".leases.lock") {
            let path = "\(directory)/\(name)"
            let leases = String(path.dropLast(".lock".utf8.count))
            do throws(SyscallError) {
                // Somebody works with them.
                guard let lock = try FileLock.tryAcquire(path, .exclusive) else { continue }
                // Where nobody has an address any more there may be no file.
                let text = (try? FileIO.readText(path: leases)) ?? ""
                if !AddressLeases(text, bootID: HostBoot.id).leases.contains(where: \.owner.isAlive) {
                    unlink(leases)
                    unlink(path)
                }
                lock.release()
            } catch {
                // Next time.
            }
        }
    }
}
