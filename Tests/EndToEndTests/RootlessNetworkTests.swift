internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Bridges of an ordinary user: in a namespace of the user's own, which comes with the first container and goes with the
/// last.
@Suite(.serialized, .enabled(if: isRoot, "making a user for the test needs root"))
struct RootlessNetworkTests {
    private let web = ["base", "httpd", "-f", "-p", "80", "-h", "/etc"]

    /// The processes that keep the user's namespace and its way out.
    private func keepers(_ user: RootlessUser) -> [String] {
        let directory = user.home.removingLastComponent().appending("run/llmbox/network").string
        return run(["ps", "-eo", "args="]).output.split(separator: "\n").map(String.init)
            .filter { $0.contains("--bridges \(directory)") || $0.contains("--pid \(directory)/") }
    }

    private func expectNothingLeft(_ user: RootlessUser) {
        #expect(eventually { keepers(user).isEmpty }, "\(keepers(user))")
        let directory = user.home.removingLastComponent().appending("run/llmbox/network").string
        let left = run(["sh", "-c", "ls \(directory) | grep -v '^keeper.lock$\\|^users.lock$'"])
        #expect(left.output == "", "\(left)")
    }

    /// What a program in a container gets from a web server, once that answers.
    private func fetch(_ user: RootlessUser, from container: String, _ address: String) -> String {
        var text = ""
        eventually(within: 20) {
            text = user("exec", container, "wget", "-q", "-O", "-", "http://\(address)/hostname").line
            return !text.isEmpty
        }
        return text
    }

    private func isOutOfReach(_ user: RootlessUser, from container: String, _ address: String, port: String = "80")
        -> Bool
    {
        user("exec", container, "sh", "-c", "echo | nc -w 2 \(address) \(port)").status != 0
    }

    @Test("a user has networks of their own, with names, ports, several a container, and joining and leaving them")
    func networks() throws {
        try asUser { user, _ in
            #expect(user("network", "create", "--subnet", "10.77.3.0/24", "one").status == 0)
            #expect(user("network", "create", "--internal", "inner").status == 0)
            func start(_ name: String, _ words: [String]) throws {
                let started = user.run(["llmbox", "run", "-d", "--name", name, "--hostname", name] + words + web)
                try #require(started.status == 0, "\(started)")
            }
            try start("web", ["--network", "one:alias=www,ip=10.77.3.9", "-p", "127.0.0.1::80"])
            try start("both", ["--network", "one", "--network", "inner"])
            try start("shy", ["--network", "inner"])

            let port = user("port", "web", "80").line
            #expect(port.hasPrefix("127.0.0.1:"), "\(port)")
            #expect(
                eventually { run(["busybox", "wget", "-q", "-O", "-", "http://\(port)/hostname"]).output == "web\n" }
            )
            let taken = user.run(["llmbox", "run", "--rm", "--network", "one", "-p", "\(port):80", "base", "true"])
            #expect(taken.status == 125 && taken.errors.contains("container `web`"), "\(taken)")

            for address in ["web", "www", "10.77.3.9"] { #expect(fetch(user, from: "both", address) == "web") }
            #expect(fetch(user, from: "both", "shy") == "shy")
            #expect(fetch(user, from: "shy", "both") == "both")
            #expect(isOutOfReach(user, from: "shy", "10.77.3.9"))
            #expect(user("exec", "web", "ip", "route").output.contains("default via 10.77.3.1 dev eth0"))
            #expect(
                !run(["ip", "-br", "link"]).output.contains(
                    user("network", "inspect", "one", "--format", "{{.Interface}}").line
                )
            )

            #expect(!isOutOfReach(user, from: "web", "both"))
            #expect(user("network", "rm", "one").errors.contains("containers are on it: both, web"))
            #expect(user("network", "disconnect", "one", "both").status == 0)
            #expect(isOutOfReach(user, from: "web", "both"))
            #expect(user("network", "connect", "--alias", "back", "one", "both").status == 0)
            #expect(fetch(user, from: "web", "back") == "both")

            let alone = user("run", "-d", "--name", "alone", "base", "sleep", "1000")
            #expect(alone.status == 0, "\(alone)")
            let refused = user("network", "connect", "one", "alone")
            #expect(refused.status == 1 && refused.errors.contains("--network bridge"), "\(refused)")
            #expect(user("rm", "-f", "web", "both", "shy", "alone").status == 0)
            #expect(user("network", "prune", "-f").output == "Deleted Networks:\ninner\none\n\n")
            expectNothingLeft(user)
        }
    }

    @Test("a user's bridge leads to the world and is led to by ports of the host's addresses, datagrams too")
    func world() throws {
        try asUser { user, _ in
            let echo = """
                import socket
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 53))
                while True: s.sendto(b"pong", s.recvfrom(100)[1])
                """
            // The host's own Python, in a container.
            let files = ["/usr", "/lib", "/lib64"].flatMap { ["-v", "\($0):\($0):ro"] }
            let answers = files + ["base", "/usr/bin/python3", "-c", echo]
            let first = user.run(["llmbox", "run", "-d", "--name", "web", "--network", "bridge", "-p", "80"] + web)
            let second = user.run(
                ["llmbox", "run", "-d", "--name", "dns", "--network", "bridge", "-p", "53/udp"] + answers
            )
            try #require(first.status == 0 && second.status == 0, "\(first) \(second)")
            let port = user("port", "web", "80").line.split(separator: "\n")[0].split(separator: ":").last ?? ""
            let fetched = { (address: String) in
                run(["busybox", "wget", "-q", "-O", "-", "http://\(address):\(port)/hostname"]).output
            }
            for address in ["127.0.0.1", "[::1]"] {
                #expect(eventually { fetched(address) == "\(first.line.prefix(12))\n" }, "\(address)")
            }
            // Another container takes the way over the host's address, where there is one.
            let own = run(["sh", "-c", "ip -o route get 203.0.113.1 | sed -n 's/.* src \\([0-9.]*\\).*/\\1/p'"]).line
            if !own.isEmpty {
                #expect(fetch(user, from: "dns", "\(own):\(port)") == String(first.line.prefix(12)))
            }
            let datagrams =
                user("port", "dns", "53/udp").line.split(separator: "\n")[0].split(separator: ":").last ?? ""
            let ask = """
                import socket
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
                s.sendto(b"ping", ("127.0.0.1", \(datagrams))); print(s.recv(100).decode())
                """
            #expect(eventually { run(["python3", "-c", ask]).output == "pong\n" })
            // What listens on the host's loopback is none of the container's business.
            #expect(isOutOfReach(user, from: "dns", "127.0.0.1", port: "\(port)"))
            #expect(user("rm", "-f", "web", "dns").status == 0)
            expectNothingLeft(user)
        }
    }

    @Test("on a machine without a way out there are networks and ports all the same")
    func offline() throws {
        try asUser { user, _ in
            for network in ["pasta", "bridge"] {
                let words = [
                    "llmbox", "run", "--rm", "--network", network, "-p", "127.0.0.1::80", "base", "ip", "route",
                ]
                let result = user.run(words, isOffline: true)
                #expect(result.status == 0 && result.output.contains("default via"), "\(network): \(result)")
            }
            expectNothingLeft(user)
        }
    }

    @Test("when all that looks after the containers is killed, the namespace and its way out end by themselves")
    func killed() throws {
        try asUser { user, _ in
            for name in ["a", "b", "c"] {
                let started = user(
                    "run",
                    "-d",
                    "--name",
                    name,
                    "--network",
                    "bridge",
                    "-p",
                    "80",
                    "base",
                    "sleep",
                    "1000"
                )
                try #require(started.status == 0, "\(started)")
            }
            #expect(keepers(user).count == 2, "one keeper and one way out for all: \(keepers(user))")
            let addresses = user("inspect", "a", "b", "c", "--format", "{{.NetworkSettings.IPAddress}}").output
            #expect(Set(addresses.split(separator: "\n")).count == 3, "\(addresses)")
            for name in ["a", "b", "c"] {
                let pid = user("inspect", name, "--format", "{{.State.Pid}}").line
                #expect(run(["sh", "-c", "kill -9 $(ps -o ppid= -p \(pid))"]).status == 0)
            }
            expectNothingLeft(user)
            let again = user("run", "--rm", "--network", "bridge", "base", "ip", "-o", "addr", "show", "eth0")
            // Which subnet it is depends on what the host has just now.
            #expect(again.output.contains("inet"), "\(again)")
            expectNothingLeft(user)
        }
    }
}
