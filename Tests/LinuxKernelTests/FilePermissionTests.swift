import Glibc
import LinuxKernel
import Testing

@Suite struct FilePermissionTests {
    private func status(mode: UInt32, user: UInt32 = 10, group: UInt32 = 20) throws -> FileStatus {
        var status = try FileStatus.of(path: "/")
        (status.permissions, status.user, status.group) = (mode, user, group)
        return status
    }

    @Test("the owner, the group and others have their own bits, and only those")
    func modes() throws {
        let file = try status(mode: 0o047)
        #expect(FilePermission.bits(file, list: nil, user: 10, groups: [20]) == 0)
        #expect(FilePermission.bits(file, list: nil, user: 11, groups: [5, 20]) == 4)
        #expect(FilePermission.bits(file, list: nil, user: 11, groups: [5]) == 7)
    }

    @Test("an access list names users and groups, within its mask")
    func lists() throws {
        func entry(_ kind: UInt8, _ bits: UInt8, _ id: UInt8 = 0) -> [UInt8] { [kind, 0, bits, 0, id, 0, 0, 0] }
        // Owner, user 30, owning group, group 40, mask without writing, others.
        let list: [UInt8] =
            [2, 0, 0, 0] + entry(1, 6) + entry(2, 6, 30) + entry(4, 0) + entry(8, 5, 40) + entry(16, 5) + entry(32, 0)
        let file = try status(mode: 0o650)
        #expect(FilePermission.bits(file, list: list, user: 10, groups: []) == 6)
        #expect(FilePermission.bits(file, list: list, user: 30, groups: [20]) == 4)
        #expect(FilePermission.bits(file, list: list, user: 31, groups: [20]) == 0)
        #expect(FilePermission.bits(file, list: list, user: 31, groups: [20, 40]) == 5)
        #expect(FilePermission.bits(file, list: list, user: 31, groups: [41]) == 0)
        // What is no list is not understood, and the mode counts.
        #expect(FilePermission.bits(file, list: [1, 2], user: 31, groups: [20]) == 5)
    }
}
