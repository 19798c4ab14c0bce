import Testing

@testable import LLMBoxCLI

@Suite("conditions on ports")
struct PortConditionTests {
    @Test(
        "a condition finds a port among ranges, by its number inside, and a published one by the host's too",
        arguments: [
            ("80/tcp", "80", false, true), ("80/tcp", "80", true, false), ("80/udp", "80", false, false),
            ("80/udp", "80/udp", false, true), ("7000-7002/tcp", "7001", false, true),
            ("7000-7002/tcp", "7001-7003", false, false), ("0.0.0.0:8000->80/tcp", "80", true, true),
            ("0.0.0.0:8000->80/tcp", "8000", true, true), ("0.0.0.0:8000->80/tcp", "8000", false, false),
            ("[::]:8000-8001->80-81/tcp", "81/tcp", true, true), ("[::]:8000->80/tcp", "x", true, false),
        ]
    )
    func conditions(shown: String, wanted: String, published: Bool, isMet: Bool) {
        #expect(PortCondition.meets(shown, wanted, published: published) == isMet)
    }
}
