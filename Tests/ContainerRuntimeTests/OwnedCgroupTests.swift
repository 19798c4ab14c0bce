internal import Testing

@testable import ContainerRuntime

@Suite struct OwnedCgroupTests {
    @Test("a group's name tells who made it, and only names of that form are anybody's")
    func names() {
        let name = CgroupSet.ownedName("build", "abc-1")
        #expect(CgroupSet.owner(ofName: name, kind: "build") == ProcessIdentity.current())
        #expect(CgroupSet.owner(ofName: name, kind: "buil") == nil)
        for other in ["build-", "build-12", "build-12-a", "build-12.3", "build-x.3-a", "12.3-a", ""] {
            #expect(CgroupSet.owner(ofName: other, kind: "build") == nil, "\(other)")
        }
    }
}
