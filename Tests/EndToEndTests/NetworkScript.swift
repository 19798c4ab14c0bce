internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Scripts that run in a network namespace of their own: there the machine's other containers and rules do not matter,
/// and "outside" is one more namespace behind a pair of interfaces.
enum NetworkScript {
    /// What every script begins with: `llmbox`, an outside at 192.0.2.2 and 2001:db8::2 behind this host's 192.0.2.1
    /// and 2001:db8::1, and functions to say what was found.
    private static let prelude = """
        ip link set lo up
        unshare -n sleep 300 & outside=$!
        servers=(); trap 'kill -9 $outside "${servers[@]}"' EXIT
        until [ "$(readlink /proc/$outside/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
        out() { nsenter -t $outside -n "$@"; }
        ip link add up0 type veth peer name up1 && ip link set up1 netns $outside
        ip addr add 192.0.2.1/24 dev up0; ip addr add 2001:db8::1/64 dev up0 nodad; ip link set up0 up
        out ip addr add 192.0.2.2/24 dev up1; out ip addr add 2001:db8::2/64 dev up1 nodad; out ip link set up1 up
        out ip link set lo up; out ip route add default via 192.0.2.1; out ip -6 route add default via 2001:db8::1
        # Says who the other side takes us for: the server inside answers with the address it sees.
        ask() { timeout 20 python3 - "$@" <<'PY'
        import socket, sys, time
        kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for attempt in range(40):
            s = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
            s.settimeout(0.5 if attempt else 0.2)
            try:
                s.connect((address, port)); s.send(b"x")
                answer = s.recv(100).decode()
                if answer: print(answer); break
            except OSError: time.sleep(0.05)
        else: print("nothing")
        PY
        }
        # Whether something fails at once or soon.
        never() { timeout 2 python3 - "$@" 2> /dev/null <<'PY' && echo reached || echo refused
        import socket, sys
        s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET); s.settimeout(1)
        s.connect((sys.argv[1], int(sys.argv[2]))); s.send(b"x"); sys.exit(0 if s.recv(100) else 1)
        PY
        }
        # Waits until the server in a container listens.
        ready() {
            for attempt in $(seq 100); do
                llmbox exec $1 /usr/bin/python3 -c 'import socket; socket.create_connection(("127.0.0.1", 80)).recv(99)' 2> /dev/null && break
                sleep 0.1
            done
        }
        # The bridges, tables and pairs that are left once what lingers has gone.
        left() {
            for attempt in $(seq 100); do
                found=$(ip -br link | grep -E '^(llmbox|vl)'; nft list tables | grep llmbox; ls /run/llmbox/network | grep "$(readlink /proc/$$/ns/net | tr -dc 0-9)")
                [ -z "$found" ] && break; sleep 0.1
            done
            echo "left: $found"
        }

        """

    /// Answers each connection and datagram on ports 80 and 81 with the peer's address.
    private static let server = """
        #!/usr/bin/python3
        import socket, threading
        def tcp(family, any):
            s = socket.socket(family); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            s.bind((any, 80)); s.listen(50)
            while True:
                c, peer = s.accept(); c.send(peer[0].encode()); c.close()
        def udp(family, any):
            s = socket.socket(family, socket.SOCK_DGRAM)
            if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            s.bind((any, 81))
            while True:
                data, peer = s.recvfrom(100); s.sendto(peer[0].encode(), peer)
        for what in tcp, udp:
            for family, any in (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"):
                threading.Thread(target=what, args=(family, any)).start()
        """

    /// Runs a script in a network namespace of its own; `llmbox` is the program, `$server` the options that make a
    /// container of the host's own files run the server.
    static func lines(_ llmbox: LLMBoxProgram, _ sandbox: FilePath, _ script: String) throws -> [String] {
        try writeFile("\(sandbox)/server", server)
        let setup = """
            llmbox() { '\(LLMBoxProgram.path)' "$@"; }
            server="-v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro -v \(sandbox)/server:/server:ro"

            """
        let result = run(
            ["unshare", "-n", "bash", "-c", setup + prelude + script],
            environment: llmbox.environment,
            limit: 240
        )
        try #require(result.status == 0, "\(result)")
        return result.output.split(separator: "\n").map(String.init)
    }

    private static func writeFile(_ path: String, _ text: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o755)
        try #require(file >= 0)
        defer { close(file) }
        _ = write(file, text, text.utf8.count)
    }
}
