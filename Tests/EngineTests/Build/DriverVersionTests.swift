import Testing

@testable import Engine

@Suite struct DriverVersionTests {
    @Test(
        "the version is the first number with dots in what the kernel module says",
        arguments: [
            (
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.161.07  Sat Feb 17 22:55:48 UTC 2024\n",
                "535.161.07"
            ),
            (
                "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (a@b)\n"
                    + "GCC version:  gcc version 12.3.0\n", "580.65.06"
            ),
            ("550.90\n", "550.90"), ("none\n", nil), ("", nil), ("1. .2 3\n", nil),
        ] as [(String, String?)]
    )
    func version(text: String, expected: String?) {
        #expect(DriverVersion.first(in: text) == expected)
    }
}
