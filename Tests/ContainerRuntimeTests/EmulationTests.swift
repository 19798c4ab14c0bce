internal import Testing

@testable import ContainerRuntime

@Suite struct EmulationTests {
    /// As Debian's own entry for arm64 reads.
    static let debian = """
        enabled
        interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
        flags: PF
        offset 0
        magic 7f454c460201010000000000000000000200b700
        mask ffffffffffffff00fffffffffffffffffeffffff

        """

    @Test(
        "an entry serves the architecture whose programs it matches, and only when its interpreter is open",
        arguments: [
            (debian, "arm64", true),
            (debian, "riscv64", false),
            (debian, "arm", false),
            (debian.replacing("enabled", with: "disabled"), "arm64", false),
            (debian.replacing("flags: PF", with: "flags: P"), "arm64", false),
            (debian.replacing("offset 0", with: "offset 4"), "arm64", false),
            ("enabled\ninterpreter /usr/bin/python3\nflags: F\nextension .py\n", "arm64", false),
            ("enabled\ninterpreter /x\nflags: F\noffset 0\nmagic 7f454c46\n", "riscv64", true),
        ]
    )
    func serves(entry: String, architecture: String, expected: Bool) throws {
        let wanted = try #require(EmulatedArchitecture(architecture))
        #expect(BinaryFormatEntry(entry).serves(wanted) == expected)
    }

    @Test("the registration is what the kernel's documentation asks for")
    func registration() throws {
        let arm = try #require(EmulatedArchitecture("arm64"))
        let head = #":mine:M:0:\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:"#
        let mask = #"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/q:POCF"#
        #expect(arm.registration(name: "mine", emulator: "/q") == head + mask)
        // Big-endian: the low byte of the type comes second, and the machine's high byte first.
        let mainframe = try #require(EmulatedArchitecture("s390x"))
        #expect(Array(mainframe.header[16...]) == [0, 2, 0, 22])
        #expect(Array(mainframe.mask[16...]) == [0xFF, 0xFE, 0xFF, 0xFF])
    }

    @Test("this machine's own programs need no emulator, and an unknown architecture is named")
    func native() throws {
        #expect(try Emulation.prepare(EmulatedArchitecture.ofMachine) == nil)
        let error = #expect(throws: EmulationError.self) { try Emulation.prepare("vax") }
        #expect(error?.what == "cannot run programs for `linux/vax`")
    }
}
