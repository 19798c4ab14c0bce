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
        #expect(CodePages.clean("").isEmpty && CodePages.clean("nonsense\n- -\n").isEmpty)
    }

    @Test("the program goes on with what it was, and the kernel's own text is understood")
    func release() throws {
        let ranges = CodePages.clean(try FileIO.readText(path: "/proc/self/smaps"))
        #expect(!ranges.isEmpty)
        CodePages.release()
        #expect(CodePages.clean(try FileIO.readText(path: "/proc/self/smaps")).count > 0)
    }
}
