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

    @Test("a file of any length is read whole, and no longer one than was asked for")
    func readAll() throws {
        try withSandbox { sandbox in
            let path = "\(sandbox)/file"
            for size in [0, 1, 4095, 4096, 4097, 8192, 70_000, 1_000_000] {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                try AtomicFile.write(path, bytes, durable: false)
                #expect(try FileIO.readAll(path: path) == bytes)
                #expect(try FileIO.readAll(path: path, limit: size) == bytes)
                if size > 0 { #expect(throws: SyscallError.self) { try FileIO.readAll(path: path, limit: size - 1) } }
            }
            // Of such files the kernel gives no more than a part at a time.
            #expect(try FileIO.readText(path: "/proc/self/smaps").hasSuffix("\n"))
            #expect(throws: SyscallError.self) { try FileIO.readAll(path: sandbox.string) }
        }
    }

    @Test("a file in a new directory gets its mode whatever the mask, and replaces none")
    func make() throws {
        try withSandbox { sandbox in
            try AtomicFile.make("\(sandbox)/open", [1, 2], mode: 0o666)
            #expect(try FileStatus.of(path: "\(sandbox)/open").permissions == 0o666)
            #expect(try FileIO.readAll(path: "\(sandbox)/open") == [1, 2])
            try AtomicFile.make("\(sandbox)/closed", [])
            #expect(try FileStatus.of(path: "\(sandbox)/closed").permissions == 0o600)
            #expect(throws: SyscallError.self) { try AtomicFile.make("\(sandbox)/open", [3]) }
            symlink("elsewhere", "\(sandbox)/link")
            #expect(throws: SyscallError.self) { try AtomicFile.make("\(sandbox)/link", [3]) }
        }
    }

    @Test("values are written into the file that each is for, in a row or not")
    func controlFile() throws {
        try withSandbox { sandbox in
            for name in ["a", "b"] { try AtomicFile.write("\(sandbox)/\(name)", []) }
            var file = ControlFile()
            for (value, name) in [("1", "a"), ("2", "a"), ("3", "b"), ("4", "b")] {
                try file.write(value, to: "\(sandbox)/\(name)")
            }
            #expect(throws: SyscallError.self) { try file.write("5", to: "\(sandbox)/missing") }
            #expect(throws: SyscallError.self) { try file.write("5", to: "\(sandbox)/missing") }
            #expect(try FileIO.readText(path: "\(sandbox)/a") == "12")
            #expect(try FileIO.readText(path: "\(sandbox)/b") == "34")
        }
    }

    @Test("the wish to spread subdirectories is kept where the filesystem knows it, and harms nowhere")
    func spread() throws {
        try withSandbox { sandbox in
            FileIO.spreadSubdirectories(of: sandbox.string)
            FileIO.spreadSubdirectories(of: sandbox.string)
            FileIO.spreadSubdirectories(of: "\(sandbox)/missing")
            let type = run(["stat", "-f", "-c", "%T", sandbox.string]).output
            if type.hasPrefix("ext") {
                #expect(
                    run(["lsattr", "-d", sandbox.string]).output.split(separator: " ").first?.contains("T") == true
                )
            }
            mkdir(sandbox.appending("directory").string, 0o755)
            #expect(access(sandbox.appending("directory").string, X_OK) == 0)
        }
    }

    @Test("one process at a time has a directory locked")
    func directoryLock() throws {
        try withSandbox { sandbox in
            func isFree() throws -> Bool {
                guard let lock = try FileLock.tryAcquire(OwnedFD.open(sandbox.string, O_RDONLY), .exclusive) else {
                    return false
                }
                lock.release()
                return true
            }
            let lock = try FileLock.acquire(directory: sandbox.string)
            #expect(try !isFree())
            lock.release()
            #expect(try isFree())
        }
    }

    @Test("names come in the order of their bytes, whatever they are")
    func names() throws {
        try withSandbox { sandbox in
            let names = [
                "longer-than-eight-b", "longer-than-eight-a", "longer-t", "longer-than", "Z", "a", "a b", "ä",
                "\u{1F600}", "-",
                ".hidden", "..three", "a.", "e\u{301}", "\u{e9}",
            ]
            for name in names { try AtomicFile.write(sandbox.appending(name).string, []) }
            let found = try DirectoryWalker.names(in: OwnedFD.open(sandbox.string, O_RDONLY))
            #expect(
                found.map { Array($0.utf8) } == names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
            )
        }
    }

    @Test("a walk tells the attributes of files, links and directories that have some, and that others have none")
    func attributes() throws {
        try withSandbox { sandbox in
            mkdir(sandbox.appending("directory").string, 0o755)
            try AtomicFile.write(sandbox.appending("plain").string, [])
            try AtomicFile.write(sandbox.appending("marked").string, [])
            symlink("marked", sandbox.appending("link").string)
            for name in ["marked", "directory"] {
                let file = try OwnedFD.open(sandbox.appending(name).string, O_RDONLY)
                try ExtendedAttributes.set("user.test", [1], of: file)
            }
            var found: [String: [String]] = [:]
            try DirectoryWalker.walk(OwnedFD.open(sandbox.string, O_RDONLY)) { entry throws in
                found[entry.path] = try entry.attributes().map(\.name)
                return .descend
            }
            #expect(found == ["directory": ["user.test"], "marked": ["user.test"], "plain": [], "link": []])
        }
    }

    @Test("space that is reserved is the file's size, and too much of it is an error")
    func reservation() throws {
        try withSandbox { sandbox in
            let file = try OwnedFD.open(sandbox.appending("file").string, O_RDWR | O_CREAT, mode: 0o600)
            // A file system that cannot reserve says so each time, and leaves the file alone.
            let isReserved = try FileCopy.reserve(1 << 20, of: file.raw, name: "file")
            #expect(try FileStatus.of(file).size == (isReserved ? 1 << 20 : 0))
            if isReserved {
                #expect(throws: SyscallError.self) { try FileCopy.reserve(1 << 55, of: file.raw, name: "file") }
            } else {
                #expect(try !FileCopy.reserve(1 << 55, of: file.raw, name: "file"))
            }
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
