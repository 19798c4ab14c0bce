import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import LinuxKernel

@Suite(.enabled(if: geteuid() == 0, "mounting needs root")) struct DetachedMountTests {
    private func withLayers(count: Int, _ body: (String, [String]) throws -> Void) throws {
        try withSandbox { sandbox in
            let base = sandbox.string
            for name in ["upper", "work"] { try #require(mkdir("\(base)/\(name)", 0o755) == 0) }
            var lower: [String] = []
            for index in 0..<count {
                // The separator and the escape of overlay's own syntax in each name.
                let path = "\(base)/layer:\(index),\\x"
                try #require(mkdir(path, 0o755) == 0)
                try AtomicFile.write("\(path)/file\(index)", Array("\(index)".utf8), durable: false)
                try AtomicFile.write("\(path)/top", Array("\(index)".utf8), durable: false)
                lower.append(path)
            }
            let before = try FileIO.readText(path: "/proc/self/mountinfo")
            try body(base, lower)
            #expect(try FileIO.readText(path: "/proc/self/mountinfo") == before)
            try FileIO.removeTree(path: "\(base)/work")
        }
    }

    @Test(
        "an overlay of many layers shows the topmost and keeps changes in the upper directory",
        arguments: [1, 2, 120]
    )
    func overlay(count: Int) throws {
        try withLayers(count: count) { base, lower in
            for byOptionString in [false, true] {
                let builder = OverlayBuilder(
                    lower: lower,
                    upper: "\(base)/upper",
                    work: "\(base)/work",
                    options: .init()
                )
                let tree = BeneathPath(root: try byOptionString ? builder.mountByOptionString() : builder.mount())
                #expect(try tree.readSmallFile("top", limit: 10) == Array("0".utf8))
                #expect(try tree.readSmallFile("file\(count - 1)", limit: 10) == Array("\(count - 1)".utf8))
                try tree.writeFile("top", Array("changed".utf8), mode: 0o644)
                #expect(try FileIO.readAll(path: "\(base)/upper/top") == Array("changed".utf8))
                try tree.unlink("file0")
                #expect(try FileStatus.of(path: "\(base)/upper/file0").kind == .characterDevice)
                try FileIO.removeTree(path: "\(base)/upper/file0")
                try FileIO.removeTree(path: "\(base)/upper/top")
            }
        }
    }

    @Test("a read-only union refuses changes", arguments: [1, 3])
    func readOnly(count: Int) throws {
        try withLayers(count: count) { _, lower in
            let tree = BeneathPath(root: try DetachedMount.readOnlyOverlay(lower: lower))
            #expect(try tree.readSmallFile("top", limit: 10) == Array("0".utf8))
            #expect { _ = try tree.createFile("new", mode: 0o600) } throws: {
                ($0 as? SyscallError)?.errno == .readOnlyFileSystem
            }
        }
    }
}
