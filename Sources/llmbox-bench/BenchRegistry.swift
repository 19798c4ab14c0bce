import Glibc

/// A registry of its own for each tool, on loopback: what one has pushed must not help another.
struct BenchRegistry {
    /// Its host and port.
    let address: String
    private let process: pid_t
    private let directory: String

    /// Starts `docker-registry` with an empty store below `directory`; nil when this machine has none.
    init?(directory: String) {
        guard Command.exists("docker-registry"), let port = Self.freePort() else { return nil }
        self.directory = directory
        address = "127.0.0.1:\(port)"
        mkdir(directory, 0o755)
        guard let file = fopen("\(directory)/config.yml", "w") else { return nil }
        fputs(
            """
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: \(directory)/store}}
            http: {addr: "\(address)"}

            """,
            file
        )
        fclose(file)
        let words = ["sh", "-c", "docker-registry serve \(directory)/config.yml >/dev/null 2>&1 & echo $!"]
        let first = Command.run(words).output.split(separator: "\n").first
        guard let process = first.flatMap({ pid_t($0) }) else { return nil }
        self.process = process
        let probe =
            "for i in $(seq 50); do (: </dev/tcp/127.0.0.1/\(port)) 2>/dev/null && exit 0; sleep 0.1; done; exit 1"
        guard Command.run(["bash", "-c", probe]).status == 0 else {
            stop()
            return nil
        }
    }

    /// Ends it and removes what it has.
    func stop() {
        kill(process, SIGKILL)
        _ = Command.run(["rm", "-rf", directory])
    }

    /// A port that nobody listened on a moment ago.
    private static func freePort() -> UInt16? {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        return isBound ? UInt16(bigEndian: address.sin_port) : nil
    }
}
