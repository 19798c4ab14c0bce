import ContainerRuntime
import Testing

@testable import Engine

@Suite struct PortListTests {
    private func port(_ host: UInt16, _ inside: UInt16, _ address: String = "127.0.0.1") -> PortPublication {
        PortPublication(hostAddress: address, hostPort: host, containerPort: inside)
    }

    @Test("ports stand as in docker's list: neighbours joined, then those with other numbers on the host")
    func texts() {
        let published = [port(8100, 80), port(8001, 8001), port(8000, 8000), port(8002, 8002, "::1"), port(9, 8)]
        #expect(
            PortList.texts(published, exposed: ["99/tcp", "7001/tcp", "7000/tcp", "80/tcp", "7000/udp"]) == [
                "99/tcp", "7000-7001/tcp", "7000/udp", "127.0.0.1:8000-8001->8000-8001/tcp", "[::1]:8002->8002/tcp",
                "127.0.0.1:9->8/tcp", "127.0.0.1:8100->80/tcp",
            ]
        )
        #expect(PortList.texts([], exposed: []).isEmpty)
    }

    @Test("a port on all addresses is shown for both kinds")
    func all() {
        let both = PortPublication(hostPort: 80, containerPort: 80, transport: .udp)
        let texts = PortList.texts([both], exposed: [])
        #expect(texts.first == "0.0.0.0:80->80/udp" && texts.allSatisfy { $0.hasSuffix(":80->80/udp") })
    }
}
