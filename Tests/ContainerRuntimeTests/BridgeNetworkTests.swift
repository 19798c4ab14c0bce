import Glibc
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@testable import ContainerRuntime

/// Real bridges, all of them in a network namespace made for the test, so that the host's network is never touched.
@Suite(.serialized, .enabled(if: geteuid() == 0, "bridges need root")) struct BridgeNetworkTests {
    private func configuration(_ sandbox: FilePath) -> BridgeNetwork.Configuration {
        var configuration = BridgeNetwork.Configuration()
        configuration.bridge = "llbtest0"
        configuration.linger = 0
        configuration.stateDirectory = "\(sandbox)/network"
        return configuration
    }

    /// A process that holds an empty network namespace open.
    private func namespaceHolder() throws -> TestProcess {
        let child = try TestProcess("/usr/bin/unshare", ["-n", "sleep", "100"])
        // The namespace of this thread, which is not the process's: `connectivity` made it one of its own.
        let own = try FileIO.readLink(path: "/proc/thread-self/ns/net")
        #expect(eventually { (try? FileIO.readLink(path: "/proc/\(child.pid)/ns/net")) != own })
        return child
    }

    /// Whether the text of a command run in a process's network namespace holds `expected`.
    private func run(in pid: Int32, _ command: String) throws -> ProcessDescriptor.Ending {
        try TestProcess("/usr/bin/nsenter", ["-t", "\(pid)", "-n", "/bin/sh", "-c", command]).wait()
    }

    @Test("two containers reach the bridge and each other, and nothing is left when they have gone")
    func connectivity() throws {
        try withSandbox { sandbox in
            let outcome = try NetworkNamespace.withNew { () -> Result<Void, any Error> in
                Result { try connect(BridgeNetwork(configuration(sandbox))) }
            }
            try outcome.get()
        }
    }

    private func connect(_ network: BridgeNetwork) throws {
        let first = try namespaceHolder()
        let second = try namespaceHolder()
        defer { first.kill() }
        let one = try network.reserve(container: "one")
        try network.attach(one, pid: first.pid)
        let two = try network.reserve(container: "two")
        try network.attach(two, pid: second.pid)
        #expect(one.address.description == "172.30.0.2")
        #expect(two.address.description == "172.30.0.3")
        let ping = "ping -c1 -W30 -q"
        let quiet = "> /dev/null"
        if access("/usr/bin/ping", X_OK) == 0 || access("/bin/ping", X_OK) == 0 {
            #expect(try run(in: first.pid, "\(ping) \(one.gateway) \(quiet)") == .exited(0))
            #expect(try run(in: first.pid, "\(ping) \(two.address) \(quiet)") == .exited(0))
            #expect(try run(in: second.pid, "\(ping) 127.0.0.1 \(quiet)") == .exited(0))
        }
        let listener =
            "from socket import *; s=create_server(('\(two.address)',5000)); c,a=s.accept(); c.send(a[0].encode())"
        let server = try TestProcess("/usr/bin/nsenter", ["-t", "\(second.pid)", "-n", "python3", "-c", listener])
        defer { server.kill() }
        let client = """
            import time
            from socket import *
            for attempt in range(1200):
                try: c = create_connection(('\(two.address)', 5000)); break
                except ConnectionRefusedError: time.sleep(0.05)
            assert c.recv(99) == b'\(one.address)'
            """
        #expect(try run(in: first.pid, "python3 -c \"\(client)\"") == .exited(0))
        #expect(try run(in: first.pid, "grep -q '^eth0.00000000.0100..AC' /proc/net/route") == .exited(0))
        try network.release(container: "two")
        second.kill()
        let third = try network.reserve(container: "three")
        #expect(third.address == two.address)
        try network.release(container: "three")
        try network.removeEverything()
        let routes = HostRoutes(try FileIO.readText(path: "/proc/thread-self/net/route"))
        #expect(routes.routes.isEmpty)
    }

    @Test("attaching twice shares one bridge and one table")
    func idempotent() throws {
        try withSandbox { sandbox in
            let outcome = try NetworkNamespace.withNew { () -> Result<Void, any Error> in
                Result {
                    let network = BridgeNetwork(configuration(sandbox))
                    let first = try network.reserve(container: "one")
                    #expect(try network.reserve(container: "one").address == first.address)
                    #expect(try network.reserve(container: "two").address != first.address)
                    try network.removeEverything()
                    // Removing what is not there is no error.
                    try network.removeEverything()
                }
            }
            try outcome.get()
        }
    }
}
