import Testing

@testable import ContainerRuntime

@Suite struct NameTests {
    /// A query as a resolver sends it.
    private func query(_ name: String, _ kind: UInt16 = NameQuery.Kind.address) throws -> NameQuery {
        try #require(NameQuery(Self.message(name, kind)))
    }

    private static func message(_ name: String, _ kind: UInt16) -> [UInt8] {
        var message: [UInt8] = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") {
            message.append(UInt8(label.utf8.count))
            message += Array(label.utf8)
        }
        message += [0, UInt8(kind >> 8), UInt8(kind & 255), 0, 1]
        return message
    }

    private func lease(_ address: String, _ names: [String], pid: Int32 = 1) throws -> AddressLeases.Lease {
        let address = try #require(IPv4Address(address))
        return AddressLeases.Lease(
            address: address,
            address6: pid == 7 ? IPv6Address("fd00::7") : nil,
            hardwareAddress: HardwareAddress(for: address),
            container: "c\(address)",
            owner: ProcessIdentity(pid: pid, startTime: 1),
            names: names
        )
    }

    private func table() throws -> NameTable {
        NameTable(networks: [
            .init(
                name: "net",
                leases: [
                    try lease("10.0.0.2", ["web", "service"]), try lease("10.0.0.3", ["db", "service"], pid: 7),
                    try lease("10.0.0.4", ["dead", "service"], pid: 9),
                ]
            )
        ])
    }

    private func answer(_ name: String, _ kind: UInt16 = NameQuery.Kind.address) throws -> NameTable.Answer {
        try table().answer(query(name, kind)) { $0.owner.pid != 9 }
    }

    @Test("a query is read, in whatever case it comes")
    func reading() throws {
        let query = try query("Web.Net")
        #expect(query.name == "web.net")
        #expect(query.kind == NameQuery.Kind.address)
        #expect(query.wantsRecursion)
    }

    @Test("what is no query is none", arguments: 0..<20)
    func hostile(_ length: Int) {
        let message = Self.message("web.net", 1)
        #expect(NameQuery(Array(message.prefix(length))) == nil)
        var changed = message
        // A label that is longer than the message, and one that points elsewhere.
        changed[12] = length % 2 == 0 ? 63 : 0xC0
        #expect(NameQuery(changed) == nil)
    }

    @Test("a name, an alias and a name with its network are found; the dead are not")
    func names() throws {
        let web = NameQuery.Record.address(try #require(IPv4Address("10.0.0.2")))
        let database = NameQuery.Record.address(try #require(IPv4Address("10.0.0.3")))
        #expect(try answer("web") == .records([web]))
        #expect(try answer("WEB.net") == .records([web]))
        #expect(try answer("service") == .records([web, database]))
        #expect(try answer("dead") == .elsewhere)
        #expect(try answer("example.com") == .elsewhere)
    }

    @Test("a name without an address of the family exists all the same")
    func families() throws {
        #expect(try answer("web", NameQuery.Kind.address6) == .records([]))
        let address = try #require(IPv6Address("fd00::7"))
        #expect(try answer("db", NameQuery.Kind.address6) == .records([.address6(address)]))
        #expect(try answer("db", 16) == .records([]))
    }

    @Test("addresses are turned into names")
    func reverse() throws {
        let pointer = NameQuery.Kind.pointer
        #expect(try answer("2.0.0.10.in-addr.arpa", pointer) == .records([.pointer("web.net")]))
        #expect(try answer("4.0.0.10.in-addr.arpa", pointer) == .elsewhere)
        let digits = "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa"
        #expect(try answer(digits, pointer) == .records([.pointer("db.net")]))
    }

    @Test("a network that leads nowhere does not know the names of the world")
    func inside() throws {
        let table = NameTable(networks: [.init(name: "net", leases: [], isInternal: true)])
        #expect(try table.answer(query("example.com")) { _ in true } == .unknown)
    }

    @Test("an answer repeats the question, and is cut where it does not fit")
    func writing() throws {
        let query = try query("web")
        let address = NameQuery.Record.address(try #require(IPv4Address("10.0.0.2")))
        let answer = query.answer([address])
        #expect(query.isAnswered(by: answer))
        #expect(Array(answer.prefix(12)) == [0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])
        #expect(Array(answer.suffix(16)) == [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 10, 0, 0, 2])
        let long = query.answer(Array(repeating: address, count: 100), limit: NameQuery.datagramLimit)
        #expect(long.count <= NameQuery.datagramLimit)
        #expect(long[2] & 2 == 2)
        #expect(query.answer([], failure: .noSuchName)[3] == 0x83)
    }
}
