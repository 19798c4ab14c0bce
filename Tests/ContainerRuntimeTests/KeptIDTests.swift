internal import Testing

@testable import ContainerRuntime

@Suite struct KeptIDTests {
    @Test(
        "root and the user change places, everybody exists once, and nobody is invented",
        arguments: [
            (1000, 65_537), (1, 2), (1, 65_537), (70_000, 65_537), (65_536, 65_537), (65_537, 65_537), (5, 6), (9, 3),
        ]
    )
    func swap(own: UInt32, count: UInt32) throws {
        let rows = try #require(KeptID.map(own: own, count: count))
        func outside(_ id: UInt32) -> UInt32? {
            rows.first { id >= $0.inside && id - $0.inside < $0.count }.map { $0.outside + (id - $0.inside) }
        }
        #expect(outside(own) == 0)
        #expect(outside(0) == min(own, count - 1))
        let mapped = rows.flatMap { row in (0..<row.count).map { row.outside + $0 } }
        #expect(mapped.count == Int(count) && Set(mapped) == Set(0..<count))
        let insiders = rows.flatMap { row in (0..<row.count).map { row.inside + $0 } }
        #expect(Set(insiders).count == insiders.count)
        for id in [1, 2, own - 1, own + 1] where id != 0 && id != own && id < count - 1 { #expect(outside(id) == id) }
    }

    @Test("a single id cannot be two", arguments: [(1000, 1), (1000, 0), (0, 65_537)])
    func tooFew(own: UInt32, count: UInt32) {
        #expect(KeptID.map(own: own, count: count) == nil)
    }
}
