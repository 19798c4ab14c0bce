internal import Testing

@testable import ContainerRuntime

@Suite struct SubordinateIDTests {
    private func map(_ table: String) -> [IDMapping] {
        SubordinateIDs.map(own: 1000, table: table, name: "ann", number: 1000)
    }

    @Test("rows of the user, by name or number, follow one another in the order of the file")
    func order() {
        let table = "bob:100000:65536\nann:200000:10\n1000:300000:5\n# comment\n\nann:7\n"
        #expect(
            map(table) == [
                IDMapping(inside: 0, outside: 1000, count: 1), IDMapping(inside: 1, outside: 200_000, count: 10),
                IDMapping(inside: 11, outside: 300_000, count: 5),
            ]
        )
    }

    @Test(
        "rows that cannot be used leave the rest as it is",
        arguments: [
            "", "ann:x:1", "ann:5:0", "ann:4294967295:5", "ann:999:5", "ann:1:4294967294", "ann:-1:5", "annie:5:5",
        ]
    )
    func unusable(table: String) {
        #expect(map(table) == [IDMapping(inside: 0, outside: 1000, count: 1)])
    }

    @Test("no more rows than the kernel takes")
    func many() {
        let table = (0..<1000).map { "ann:\(100_000 + $0 * 2):1\n" }.joined()
        #expect(map(table).count == 340)
    }
}
