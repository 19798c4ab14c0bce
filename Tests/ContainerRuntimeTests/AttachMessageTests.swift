import LinuxKernel
import Testing

@testable import ContainerRuntime

struct AttachMessageTests {
    @Test("every message is read as it was written")
    func roundTrip() {
        let messages: [AttachMessage] = [
            .output(.output, [1, 2]), .output(.error, []), .exit(137), .exit(-1), .input([0]), .endOfInput,
            .windowSize(TerminalSize(rows: 30, columns: 65535)),
        ]
        for message in messages { #expect(AttachMessage(message.bytes[...]) == message) }
    }

    @Test("a message that is cut short or unknown is none", arguments: [[], [0x7A], [0x78, 1], [0x77, 1, 0, 0, 0]])
    func malformed(bytes: [UInt8]) {
        #expect(AttachMessage(bytes[...]) == nil)
    }

    @Test(
        "detach keys are read as docker writes them",
        arguments: [
            ("ctrl-p,ctrl-q", [16, 17]), ("a", [97]), ("ctrl-@", [0]), ("CTRL-A,d", [1, 100]),
            ("ctrl-[,ctrl-_", [27, 31]),
            ("", []),
        ] as [(String, [UInt8])]
    )
    func keys(text: String, bytes: [UInt8]) {
        #expect(DetachKeys(text)?.bytes == bytes)
    }

    @Test("what is no key is refused", arguments: ["ctrl-", "ctrl-1", "ab", "a,,b", "ctrl-pp"])
    func noKeys(text: String) {
        #expect(DetachKeys(text) == nil)
    }
}
