internal import Glibc
internal import LinuxKernel
internal import SystemPackage

extension UserNetwork {
    /// The name of the socket that ports are published by.
    static let controlName = "slirp4netns.sock"

    /// The command line; the namespace, the file that tells when everything stands, and the directory of the socket are
    /// open already: their paths may be long, or nobody's but ours.
    static let slirpArguments = [
        "--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=4",
        "--api-socket=/proc/self/fd/5/\(controlName)", "--netns-type=path", "/proc/self/fd/3", "tap0",
    ]

    static func readyFile(_ path: String) throws(SyscallError) -> OwnedFD {
        try OwnedFD.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
    }

    static func place(_ directory: String) throws(SyscallError) -> OwnedFD {
        try OwnedFD.open(directory, O_PATH | O_DIRECTORY)
    }

    /// Publishes the ports, one request and one connection each, as the program wants it.
    func publishBySlirp(in directory: String) throws(UserNetworkError) {
        for port in ports {
            let address = port.hostAddress.isEmpty ? "0.0.0.0" : port.hostAddress
            guard !address.contains(":") else {
                throw .failed(program: "slirp4netns", "it publishes no ports of IPv6 addresses; `pasta` does")
            }
            let answer: String
            do throws(SyscallError) {
                answer = try Self.ask(Self.request(port, address), in: directory)
            } catch {
                throw .system(error)
            }
            guard !answer.contains("\"error\"") else {
                throw .failed(
                    program: "slirp4netns",
                    "it cannot publish port \(port.hostPort)/\(port.transport.rawValue) of \(address): is it taken?"
                )
            }
        }
    }

    private static func request(_ port: PortPublication, _ address: String) -> String {
        "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"\(port.transport.rawValue)\","
            + "\"host_addr\":\"\(address)\",\"host_port\":\(port.hostPort),\"guest_port\":\(port.containerPort)}}"
    }

    private static func ask(_ request: String, in directory: String) throws(SyscallError) -> String {
        let place = try place(directory)
        let socket = try PathSocket.connect(stream: "/proc/self/fd/\(place.raw)/\(controlName)")
        try FileIO.writeAll(socket, Array(request.utf8))
        // It answers when nothing more is to come.
        shutdown(socket.raw, Int32(SHUT_WR))
        return String(decoding: try FileIO.readAll(socket, limit: 1 << 16), as: UTF8.self)
    }
}
