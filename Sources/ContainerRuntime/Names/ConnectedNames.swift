internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Names for a container that has joined its first network with names while it runs: `llmbox --names <directory>`.
///
/// The process that looks after the container serves names only where there were some at the start. Another one takes
/// that over until the container's process ends; at the next start the first one does it.
public enum ConnectedNames {
    /// The first argument that makes the program such a server.
    public static let flag = "--names"

    /// Whether the container's programs ask ``NameServer``.
    static func areAsked(in directory: ContainerDirectory) -> Bool {
        // A file that cannot be read leads nobody there.
        (try? FileIO.readText(path: path(directory)))?.contains("nameserver \(NameServer.address)\n") == true
    }

    /// Makes the container's programs ask ``NameServer``, and keeps search domains and options.
    ///
    /// The file is written in place, because a running container has its inode mounted.
    static func lead(_ directory: ContainerDirectory) throws(SyscallError) {
        guard !areAsked(in: directory) else { return }
        var lines = try FileIO.readText(path: path(directory)).split(separator: "\n").map(String.init)
        lines.removeAll { $0.hasPrefix("nameserver") }
        if let options = lines.firstIndex(where: { $0.hasPrefix("options") }) {
            if !lines[options].contains("ndots:") { lines[options] += " ndots:0" }
        } else {
            lines.append("options ndots:0")
        }
        let text = (["nameserver \(NameServer.address)"] + lines).map { $0 + "\n" }.joined()
        let file = try OwnedFD.open(path(directory), O_WRONLY | O_TRUNC | O_NOFOLLOW)
        try FileIO.writeAll(file, Array(text.utf8), name: path(directory))
    }

    /// Starts the server for a running container, and returns when it answers or when another one does.
    static func start(_ directory: ContainerDirectory) throws(SyscallError) {
        _ = try ReportingProcess([flag, directory.path]).words()
    }

    /// What the program does instead of its command line when ``flag`` is its first argument.
    ///
    /// - Returns: the program's exit status.
    public static func main(_ arguments: [String]) -> Int32 {
        guard arguments.count == 2, arguments[0] == flag else { return 125 }
        ReportingProcess.settle()
        let directory = ContainerDirectory(path: arguments[1])
        let collection = ContainerCollection(path: FilePath(arguments[1]).removingLastComponent().string)
        do {
            // The container may have ended meanwhile, or somebody else serves it.
            guard let lock = try lock(directory, waits: false), let process = try directory.storedState().process,
                process.isAlive
            else { return 0 }
            let running = try ProcessDescriptor(opening: process.pid)
            guard process.isAlive else { return 0 }
            let networks = ContainerControl.networks(try directory.record(), directory, collection, BridgeNetwork())
            let server = try NameServer(pid: process.pid, source: NameSource(directory: directory, networks: networks))
            close(ReportingProcess.descriptor)
            CodePages.release()
            _ = try running.waitForEnd(milliseconds: -1)
            server.finish()
            lock.release()
            return 0
        } catch {
            return 1
        }
    }

    /// The lock of who serves a container.
    private static func lock(_ directory: ContainerDirectory, waits: Bool) throws(SyscallError) -> FileLock? {
        let path = directory.path + "/names.lock"
        return waits ? try FileLock.acquire(path, .exclusive) : try FileLock.tryAcquire(path, .exclusive)
    }

    /// A name server that no second one is started beside.
    final class Service {
        private let server: NameServer
        private var lock: FileLock?

        init(_ directory: ContainerDirectory, pid: Int32, networks: ContainerNetworks) throws(SyscallError) {
            // Of a run before this one there is nothing left but the moment in which it notices.
            lock = try ConnectedNames.lock(directory, waits: true)
            server = try NameServer(pid: pid, source: NameSource(directory: directory, networks: networks))
        }

        func finish() {
            server.finish()
            lock = nil
        }
    }

    private static func path(_ directory: ContainerDirectory) -> String { directory.path + "/resolv.conf" }
}
