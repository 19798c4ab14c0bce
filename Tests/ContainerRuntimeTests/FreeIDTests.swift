internal import Testing

@testable import ContainerRuntime

@Suite struct FreeIDTests {
    private func run(_ start: UInt32, _ count: UInt32) -> FreeIDs.Run { FreeIDs.Run(start: start, count: count) }

    @Test("the lowest run that is long enough is found, between, before and behind those of others")
    func first() {
        let all = [run(1000, 100)]
        #expect(FreeIDs.first(10, of: all, without: []) == 1000)
        #expect(FreeIDs.first(10, of: all, without: [run(1000, 10)]) == 1010)
        #expect(FreeIDs.first(10, of: all, without: [run(1020, 10), run(1005, 10)]) == 1030)
        #expect(FreeIDs.first(10, of: all, without: [run(1010, 5)]) == 1000)
        #expect(FreeIDs.first(10, of: all, without: [run(990, 20), run(1015, 1)]) == 1016)
        #expect(FreeIDs.first(100, of: all, without: [run(0, 1000), run(1100, 5)]) == 1000)
    }

    @Test("where nothing is long enough, nothing is found")
    func none() {
        #expect(FreeIDs.first(101, of: [run(1000, 100)], without: []) == nil)
        #expect(FreeIDs.first(60, of: [run(1000, 100)], without: [run(1050, 1)]) == nil)
        #expect(FreeIDs.first(1, of: [], without: []) == nil)
        #expect(FreeIDs.first(2, of: [run(.max, 1)], without: []) == nil)
    }

    @Test("the next table row serves where the first one is full")
    func rows() {
        let table = "other:1:5\ncontainers:500:10\ncontainers:100:10\n"
        let runs = FreeIDs.runs(table, of: "containers")
        #expect(runs == [run(500, 10), run(100, 10)])
        #expect(FreeIDs.first(10, of: runs, without: [run(100, 10)]) == 500)
    }

    @Test("ids go in and out by the rows of the map, and what is in none of them is nobody's")
    func shift() {
        let shift = IDShift(
            users: [IDMapping(inside: 0, outside: 5000, count: 10), IDMapping(inside: 1000, outside: 7, count: 1)],
            groups: [IDMapping(inside: 0, outside: 6000, count: 10)]
        )
        #expect(shift.outside(user: 3, group: 4) == (5003, 6004))
        #expect(shift.outside(user: 1000, group: 10) == (7, 65534))
        #expect(shift.inside(user: 7, group: 6009) == (1000, 9))
        #expect(shift.inside(user: 0, group: 5000) == (65534, 65534))
    }
}
