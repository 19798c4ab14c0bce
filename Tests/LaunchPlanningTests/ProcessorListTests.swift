import LaunchPlanning
import Testing

@Suite struct ProcessorListTests {
    @Test("a list names processors one by one and as ranges")
    func lists() throws {
        #expect(try ProcessorList("0").numbers == [0])
        #expect(try ProcessorList("0-3,5").numbers == [0, 1, 2, 3, 5])
        #expect(try ProcessorList("7,0-1").numbers == [7, 0, 1])
    }

    @Test("anything else is refused", arguments: ["", "a", "-1", "3-1", "0,", "0-", "1-2-3", "0-9999999", " 1"])
    func refusals(text: String) {
        #expect(throws: PlanError.self) { try ProcessorList(text) }
    }
}
