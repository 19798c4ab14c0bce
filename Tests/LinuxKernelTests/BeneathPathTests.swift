import Glibc
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

/// Hostile links of every kind around a canary that lies beside the root.
@Suite struct BeneathPathTests {
    /// Runs `body` with the sandbox's path; the tree is `root`, the canary `outside/secret`.
    private func withTree(_ body: (String) throws -> Void) throws {
        try withSandbox { sandbox in
            let base = sandbox.string
            for path in ["root", "root/dir", "root/dir/sub", "outside"] {
                try #require(mkdir("\(base)/\(path)", 0o755) == 0)
            }
            try AtomicFile.write("\(base)/outside/secret", Array("canary".utf8))
            try AtomicFile.write("\(base)/root/dir/file", Array("inside".utf8))
            try body(base)
            #expect(try FileIO.readAll(path: "\(base)/outside/secret") == Array("canary".utf8))
            #expect(try DirectoryWalker.names(in: OwnedFD.open("\(base)/outside", O_RDONLY)) == ["secret"])
        }
    }

    @Test(
        "no link leads out of the root",
        arguments: ["../outside", "../../outside", "ABSOLUTE", "/proc/self/cwd/../outside", "dir/../../outside"]
    )
    func escapes(target: String) throws {
        try withTree { base in
            let target = target == "ABSOLUTE" ? "\(base)/outside" : target
            try #require(symlink(target, "\(base)/root/link") == 0)
            let tree = try BeneathPath(opening: "\(base)/root")
            for path in ["link/secret", "/link/secret", "dir/../link/secret", "../outside/secret"] {
                #expect(throws: SyscallError.self) { try tree.readSmallFile(path, limit: 100) }
                #expect(throws: SyscallError.self) { _ = try tree.createFile("\(path)-new", mode: 0o600) }
            }
        }
    }

    @Test("links that stay inside are followed, absolute ones from the root")
    func insideLinks() throws {
        try withTree { base in
            try #require(symlink("/dir", "\(base)/root/link") == 0)
            let tree = try BeneathPath(opening: "\(base)/root")
            #expect(try tree.readSmallFile("/link/file", limit: 100) == Array("inside".utf8))
            #expect(try tree.readLink("link") == "/dir")
            #expect(try tree.makeDirectories("link/new/deep") == ["/link/new", "/link/new/deep"])
            #expect(try tree.stat("dir/new/deep").kind == .directory)
            #expect(try tree.makeDirectories("link/new/deep").isEmpty)
        }
    }

    @Test("directories are not made through a dangling link")
    func danglingLink() throws {
        try withTree { base in
            try #require(symlink("\(base)/outside/made", "\(base)/root/link") == 0)
            let tree = try BeneathPath(opening: "\(base)/root")
            #expect(throws: SyscallError.self) { try tree.makeDirectories("link/x") }
        }
    }

    @Test("writing a file replaces a link instead of following it")
    func writeReplacesLink() throws {
        try withTree { base in
            try #require(symlink("\(base)/outside/secret", "\(base)/root/link") == 0)
            let tree = try BeneathPath(opening: "\(base)/root")
            try tree.writeFile("link", Array("new".utf8), mode: 0o640)
            #expect(try tree.readSmallFile("link", limit: 10) == Array("new".utf8))
            #expect(try tree.stat("link", followFinalLink: false).permissions == 0o640)
        }
    }

    @Test("a fifo, a directory and a file over the limit are refused without waiting")
    func refusesWhatIsNoSmallFile() throws {
        try withTree { base in
            let tree = try BeneathPath(opening: "\(base)/root")
            try tree.makeNode("fifo", mode: UInt32(S_IFIFO) | 0o600)
            #expect(throws: SyscallError.self) { try tree.readSmallFile("fifo", limit: 10) }
            #expect(throws: SyscallError.self) { try tree.readSmallFile("dir", limit: 10) }
            #expect { try tree.readSmallFile("dir/file", limit: 3) } throws: {
                ($0 as? SyscallError)?.errno == .fileTooLarge
            }
        }
    }

    @Test("paths without a last component cannot be made or removed", arguments: ["/", "", ".", "dir/..", "a/."])
    func noLastComponent(path: String) throws {
        try withTree { base in
            let tree = try BeneathPath(opening: "\(base)/root")
            #expect(throws: SyscallError.self) { try tree.removeAll(path) }
        }
    }

    @Test("removing a tree takes links away and leaves what they point to")
    func removeAll() throws {
        try withTree { base in
            try #require(symlink("\(base)/outside", "\(base)/root/dir/link") == 0)
            let tree = try BeneathPath(opening: "\(base)/root")
            #expect(try tree.removeAll("dir"))
            #expect(try !tree.removeAll("dir"))
        }
    }

    @Test("owner, mode, times and attributes are set on the thing itself")
    func metadata() throws {
        try withTree { base in
            let tree = try BeneathPath(opening: "\(base)/root")
            try tree.makeSymbolicLink("link", target: "\(base)/outside/secret")
            try tree.setOwner("link", user: 7, group: 8)
            let time = FileStatus.Timestamp(seconds: 1_000_000_000, nanoseconds: 123_456_789)
            try tree.setTimes("link", accessed: time, modified: time)
            let link = try tree.stat("link", followFinalLink: false)
            #expect((link.user, link.group) == (7, 8))
            #expect(link.modified == time)
            #expect(throws: SyscallError.self) { try tree.setMode("link", 0o777) }
            try tree.setAttribute("dir", "user.note", [1, 2, 3])
            #expect(try tree.attributes("dir") == [.init(name: "user.note", value: [1, 2, 3])])
        }
    }
}
