import LaunchPlanning
import Testing

private let passwd = Array(
    """
    root:x:0:0:root:/root:/bin/sh
    1000:x:0:0:evil:/root:/bin/sh
    4294967296:x:0:0::/:/bin/sh
    99999999999:x:0:0::/:/bin/sh
    daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
    app:x:1001:1002:App:/home/app:/bin/sh
    broken:x:zero:0::/:
    huge:x:4294967295:0::/:
    short:x
    """.utf8
)

private let group = Array(
    """
    root:x:0:
    staff:x:50:app,daemon
    video:x:44:app
    1001:x:0:
    apps:x:1002:
    """.utf8
)

@Suite struct UserLookupTests {
    @Test(
        "users resolve as docker resolves them",
        arguments: [
            ("", 0, 0, [0], "/root"), ("root", 0, 0, [0], "/root"), ("app", 1001, 1002, [1002, 50, 44], "/home/app"),
            ("1001", 1001, 1002, [1002, 50, 44], "/home/app"), ("1000", 1000, 0, [0], "/"),
            ("1000:7", 1000, 7, [7], "/"),
            ("1", 1, 1, [1, 50], "/usr/sbin"), ("1:", 1, 1, [1, 50], "/usr/sbin"), (":1", 0, 1, [1], "/root"),
            ("1:2", 1, 2, [2], "/usr/sbin"), ("app:staff", 1001, 50, [50], "/home/app"),
            ("5:1001", 5, 1001, [1001], "/"),
            ("2147483647", 2_147_483_647, 0, [0], "/"),
        ] as [(String, UInt32, UInt32, [UInt32], String)]
    )
    func resolves(text: String, uid: UInt32, gid: UInt32, groups: [UInt32], home: String) throws {
        let user = try UserLookup.resolve(text, passwd: passwd, group: group)
        #expect(user == ResolvedUser(uid: uid, gid: gid, additionalGids: groups, home: home))
    }

    @Test(
        "attacks on the number end in an error and never as root",
        arguments: [
            "4294967295", "4294967296", "2147483648:2147483648", "2147483648", "99999999999", "0:4294967295", "+1",
            " 1",
            "0x1", "-1", "nobody", "app:nogroup", "1:2:3", "broken", "huge", "short",
        ]
    )
    func refused(text: String) {
        #expect(throws: UserLookupError.self) { try UserLookup.resolve(text, passwd: passwd, group: group) }
    }

    @Test("additional groups come by name and number, once each")
    func additional() throws {
        let user = try UserLookup.resolve(
            "app",
            passwd: passwd,
            group: group,
            additionalGroups: ["video", "7", "root"]
        )
        #expect(user.additionalGids == [1002, 50, 44, 7, 0])
    }

    @Test("an image without the files still runs numbers")
    func missingFiles() throws {
        #expect(try UserLookup.resolve("", passwd: [], group: []).home == "/")
        #expect(try UserLookup.resolve("7", passwd: [], group: []).uid == 7)
    }

    @Test("huge files are refused and huge lines take no time")
    func huge() throws {
        let large = [UInt8](repeating: UInt8(ascii: "a"), count: (4 << 20) + 1)
        #expect(throws: UserLookupError.fileTooLarge("/etc/passwd")) {
            try UserLookup.resolve("app", passwd: large, group: [])
        }
        let line = [UInt8](repeating: UInt8(ascii: ":"), count: 1 << 20)
        #expect(throws: UserLookupError.unknownUser("app")) {
            try UserLookup.resolve("app", passwd: line, group: line)
        }
    }
}
