import Glibc
import LinuxKernel
import TestSupport
import Testing

@testable import ContainerRuntime

@Suite struct CodePagesTests {
    @Test("only what is of a file, cannot be written to and never was is given back")
    func mappings() {
        func mapping(_ header: String, anonymous: Int) -> String {
            "\(header)\nSize:    8 kB\nRss:   8 kB\nPrivate_Dirty:  0 kB\nAnonymous:    \(anonymous) kB\nVmFlags: rd mr\n"
        }
        let text =
            mapping("00200000-00824000 r--p 00000000 fe:00 12      /opt/a program", anonymous: 0)
            + mapping("00824000-01b1b000 r-xp 00624000 fe:00 12    /opt/a program", anonymous: 0)
            // What the loader has written to before it was closed.
            + mapping("01b1b000-01bc2000 r--p 0191b000 fe:00 12    /opt/a program", anonymous: 4)
            + mapping("01bc3000-01e9d000 rw-p 019c2000 fe:00 12    /opt/a program", anonymous: 0)
            + mapping("01e9d000-01fab000 rw-p 00000000 00:00 0", anonymous: 276)
            + mapping("403b8000-403fc000 r--p 00000000 00:00 0     [heap]", anonymous: 0)
            + mapping("7fcaf7000000-7fcaf7001000 r--s 00000000 fe:00 13   /shared", anonymous: 0)
            + mapping("7fcaf76f4000-7fcaf771a000 r--p 00000000 fe:00 14   /usr/lib/libc.so.6", anonymous: 0)
        #expect(
            CodePages.clean(text) == [0x200000..<0x824000, 0x824000..<0x1b1_b000, 0x7fca_f76f_4000..<0x7fca_f771_a000]
        )
        #expect(CodePages.programData(text) == 0x1bc_3000..<0x1e9_d000)
        #expect(CodePages.programData("") == nil)
        #expect(CodePages.clean("").isEmpty && CodePages.clean("nonsense\n- -\n").isEmpty)
    }

    @Test("the program goes on with what it was, and the kernel's own text is understood")
    func release() throws {
        let ranges = CodePages.clean(try FileIO.readText(path: "/proc/self/smaps"))
        #expect(!ranges.isEmpty)
        CodePages.release()
        #expect(CodePages.clean(try FileIO.readText(path: "/proc/self/smaps")).count > 0)
    }

    @Test("of private data the pages that were only read go, and what was written stays")
    func unwritten() throws {
        let size = Int(getpagesize())
        var name = Array("/tmp/llmbox-pages-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        try #require(file >= 0)
        defer { close(file) }
        unlink(name)
        let content = (0..<8 * size).map { UInt8(truncatingIfNeeded: $0 / size + 1) }
        try #require(write(file, content, content.count) == content.count)
        let memory = mmap(nil, content.count, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0)
        let bytes = try #require(memory == MAP_FAILED ? nil : memory)
        defer { munmap(bytes, content.count) }
        for page in 0..<8 { #expect(bytes.load(fromByteOffset: page * size, as: UInt8.self) == UInt8(page + 1)) }
        bytes.storeBytes(of: 99, toByteOffset: 3 * size, as: UInt8.self)
        // What the file says now is what a page that is fetched again says; a page that stayed says what it said.
        let new = [UInt8](repeating: 200, count: content.count)
        try #require(pwrite(file, new, new.count, 0) == new.count)
        let start = UInt(bitPattern: bytes)
        UnwrittenPages.release(start..<start + UInt(content.count))
        let resident = try residentPages(bytes, count: 8, size: size)
        #expect(resident == [false, false, false, true, false, false, false, false])
        #expect(bytes.load(fromByteOffset: 3 * size, as: UInt8.self) == 99)
        #expect(bytes.load(fromByteOffset: 5 * size, as: UInt8.self) == 200)
    }

    private func residentPages(_ start: UnsafeMutableRawPointer, count: Int, size: Int) throws -> [Bool] {
        let pagemap = open("/proc/self/pagemap", O_RDONLY)
        try #require(pagemap >= 0)
        defer { close(pagemap) }
        var entries = [UInt64](repeating: 0, count: count)
        let offset = off_t(Int(bitPattern: start) / size * 8)
        try #require(pread(pagemap, &entries, count * 8, offset) == count * 8)
        return entries.map { $0 >> 63 == 1 }
    }
}
