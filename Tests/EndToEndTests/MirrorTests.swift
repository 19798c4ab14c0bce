import Glibc
import SystemPackage
import TestSupport
import Testing

@Suite(.enabled(if: isRoot, "images of this test are built by root"))
struct MirrorTests {
    /// A directory below `parent` for a registry of its own.
    private func directory(_ name: String, in parent: FilePath) -> FilePath {
        let path = parent.appending(name)
        mkdir(path.string, 0o755)
        return path
    }

    @Test("an image comes from the first mirror that has it, and its rest from the next place when that one dies")
    func mirrors() throws {
        try withStore { llmbox, context in
            try withRegistry(in: directory("main", in: context)) { main in
                try withRegistry(in: directory("mirror", in: context)) { mirror in
                    let name = "\(main.address)/team/base:1"
                    let copy = "\(mirror.address)/copies/team/base:1"
                    for tag in [name, copy] {
                        #expect(llmbox("tag", "base", tag).status == 0)
                        try #require(llmbox("push", "-q", tag).status == 0)
                    }
                    write(
                        """
                        [[registry]]
                        location = "\(main.address)"
                        [[registry.mirror]]
                        location = "127.0.0.1:1/nobody"
                        [[registry.mirror]]
                        location = "\(mirror.address)/copies"

                        [[registry]]
                        location = "\(main.address)/closed"
                        blocked = true
                        """,
                        to: "registries.conf",
                        in: context
                    )
                    let variables = ["LLMBOX_REGISTRIES_CONF": "\(context)/registries.conf"]
                    let other = LLMBoxProgram(root: context.appending("other"), environment: variables)
                    let pulled = other("pull", "--retry", "0", name)
                    #expect(
                        pulled.status == 0 && pulled.errors.contains("mirror `127.0.0.1:1` is passed over"),
                        "\(pulled)"
                    )
                    #expect(!main.log.contains("\"GET /v2/team/base"), "the mirror has everything")
                    #expect(other("images", "--format", "{{.Repository}}").line == "\(main.address)/team/base")
                    let blocked = other("pull", "\(main.address)/closed/x")
                    #expect(blocked.status == 1 && blocked.errors.contains("is blocked in"), "\(blocked.errors)")

                    // A mirror that knows the image and has lost its layers.
                    let lost = run([
                        "sh", "-c",
                        "find $0/mirror/registry -path '*/blobs/sha256/*' -name data -size +100k -exec rm {} +",
                        context.string,
                    ])
                    #expect(lost.status == 0)
                    let third = LLMBoxProgram(root: context.appending("third"), environment: variables)
                    let rescued = third("pull", "--retry", "0", name)
                    #expect(
                        rescued.status == 0 && rescued.errors.contains("`\(mirror.address)` is passed over"),
                        "\(rescued)"
                    )
                    #expect(third("system", "check").status == 0)
                    write("[[registry]]\nlocation = 7\n", to: "registries.conf", in: context)
                    let broken = third("pull", name)
                    #expect(broken.status == 1 && broken.errors.contains("registries.conf"), "\(broken.errors)")
                }
            }
        }
    }

    @Test("a registry behind a proxy is reached through it, and by no other way")
    func proxy() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context, .init(tls: true, login: true)) { registry in
                let port = unusedPort()
                write(Self.proxyProgram, to: "connect.py", in: context)
                let script =
                    "python3 $0/connect.py \(port) \(registry.address) $0/connects >$0/connect.log 2>&1 & echo $!"
                let server = try #require(pid_t(run(["sh", "-c", script, context.string]).line))
                defer { kill(server, SIGKILL) }
                let isThere = eventually { access("\(context)/connects", F_OK) == 0 }
                try #require(isThere)
                let name = "registry.test:7443/a/base:1"
                let variables = [
                    "HTTPS_PROXY": "http://ada:word@127.0.0.1:\(port)",
                    "SSL_CERT_FILE": "\(registry.directory)/ca/ca.crt",
                ]
                var user = LLMBoxProgram(root: llmbox.root, environment: variables)
                #expect(user("tag", "base", name).status == 0)
                let pushed = user("push", "--creds", "ada:secret", name)
                #expect(pushed.status == 0, "\(pushed.errors)")
                let pulled = LLMBoxProgram(root: context.appending("other"), environment: variables)(
                    "pull",
                    "--creds",
                    "ada:secret",
                    name
                )
                #expect(pulled.status == 0, "\(pulled.errors)")
                let connects = run(["cat", "\(context)/connects"]).output
                // The proxy's own login, and never the registry's.
                #expect(connects.contains("registry.test:7443 Basic YWRhOndvcmQ="), "\(connects)")
                #expect(!connects.contains("YWRhOnNlY3JldA"), "\(connects)")
                user.environment["NO_PROXY"] = "other.test,.test"
                let direct = user("pull", "--retry", "0", "--creds", "ada:secret", name)
                #expect(direct.status == 1 && direct.errors.contains("cannot be reached"), "\(direct.errors)")
            }
        }
    }

    private static let proxyProgram = #"""
        import socket, sys, threading

        port, registry, record = int(sys.argv[1]), sys.argv[2], sys.argv[3]
        host, target = registry.split(":")

        def pump(source, sink):
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
            except OSError:
                pass
            try:
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        def serve(client):
            head = b""
            while b"\r\n\r\n" not in head:
                more = client.recv(4096)
                if not more:
                    return
                head += more
            lines = head.decode().split("\r\n")
            login = [l.split(":", 1)[1].strip() for l in lines if l.lower().startswith("proxy-authorization")]
            with open(record, "a") as file:
                file.write(lines[0].split()[1] + " " + " ".join(login) + "\n")
            if not lines[0].startswith("CONNECT registry.test:"):
                return client.sendall(b"HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n")
            server = socket.create_connection((host, int(target)))
            client.sendall(b"HTTP/1.1 200 go\r\n\r\n")
            threading.Thread(target=pump, args=(server, client), daemon=True).start()
            pump(client, server)

        listener = socket.create_server(("127.0.0.1", port))
        open(record, "a").close()
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        """#
}
