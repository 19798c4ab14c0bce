import Diagnostics
import Glibc
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@Suite struct FileTests {
    @Test("an atomic write replaces the content and leaves nothing else behind")
    func atomicWrite() throws {
        try withSandbox { sandbox in
            let path = "\(sandbox)/file"
            try AtomicFile.write(path, [1, 2, 3])
            try AtomicFile.write(path, [4], mode: 0o644)
            #expect(try FileIO.readAll(path: path) == [4])
            #expect(try FileStatus.of(path: path).permissions == 0o644)
            #expect(try DirectoryWalker.names(in: OwnedFD.open(sandbox.string, O_RDONLY)) == ["file"])
        }
    }

    @Test("an exclusive lock keeps others out until it is released")
    func locks() throws {
        try withSandbox { sandbox in
            let path = "\(sandbox)/lock"
            let first = try FileLock.acquire(path, .exclusive)
            #expect(try !isFree(path, .shared))
            first.release()
            let second = try FileLock.acquire(path, .shared)
            #expect(try isFree(path, .shared))
            #expect(try !isFree(path, .exclusive))
            second.release()
        }
    }

    private func isFree(_ path: String, _ mode: FileLock.Mode) throws -> Bool {
        switch try FileLock.tryAcquire(path, mode) {
        case .some: true
        case nil: false
        }
    }

    @Test("a walk is sorted by bytes, visits parents first and does not follow links")
    func walk() throws {
        try withSandbox { sandbox in
            let tree = try BeneathPath(opening: sandbox.string)
            try tree.makeDirectories("b/inner")
            try tree.makeDirectories("a-b")
            try tree.makeDirectories("skipped/below")
            try tree.makeSymbolicLink("a", target: "b")
            try tree.writeFile("b/file", [1], mode: 0o600)
            var seen: [String] = []
            try DirectoryWalker.walk(OwnedFD.open(sandbox.string, O_RDONLY)) { entry in
                seen.append(entry.path)
                if entry.status.kind == .symbolicLink {
                    let target = try entry.linkTarget()
                    #expect(target == "b")
                }
                return entry.name == "skipped" ? .skip : .descend
            }
            #expect(seen == ["a", "a-b", "b", "b/file", "b/inner", "skipped"])
        }
    }

    @Test("a range is copied inside the kernel, up to the end of the source")
    func copyRange() throws {
        try withSandbox { sandbox in
            try AtomicFile.write("\(sandbox)/from", Array(0..<100))
            let from = try OwnedFD.open("\(sandbox)/from", O_RDONLY)
            let to = try OwnedFD.open("\(sandbox)/to", O_RDWR | O_CREAT, mode: 0o600)
            #expect(try FileCopy.copyRange(from: from, at: 90, to: to, at: 0, count: 50) == 10)
            #expect(try FileIO.readAll(path: "\(sandbox)/to") == Array(90..<100))
        }
    }

    @Test("an error names the call, the thing and the cause")
    func errors() {
        let error = SyscallError("open", "/x", errno: .noSuchFileOrDirectory)
        #expect(error.description == "cannot open `/x`: no such file or directory (ENOENT)")
    }
}
