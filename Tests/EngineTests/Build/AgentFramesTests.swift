internal import Testing

@testable import Engine

@Suite struct AgentFramesTests {
    @Test("requests to list and to sign pass, whatever would change the agent is refused")
    func verdicts() {
        var frames = AgentFrames()
        for type in UInt8(1)...40 {
            let message: [UInt8] = [0, 0, 0, 2, type, 7]
            #expect(frames.take(message[...]) == [[11, 13, 27].contains(type) ? .pass(message) : .refuse])
        }
    }

    @Test("messages may come in pieces or several at once")
    func pieces() {
        var frames = AgentFrames()
        #expect(frames.take([0, 0]) == [])
        #expect(frames.take([0, 1]) == [])
        #expect(frames.take([11, 0, 0, 0, 1, 19, 0, 0, 0]) == [.pass([0, 0, 0, 1, 11]), .refuse])
        #expect(frames.take([1, 13]) == [.pass([0, 0, 0, 1, 13])])
    }

    @Test(
        "lengths that no agent takes end the conversation",
        arguments: [[0, 0, 0, 0], [0xFF, 0, 0, 0], [0, 4, 0, 1]]
    )
    func lengths(bytes: [UInt8]) {
        var frames = AgentFrames()
        #expect(frames.take(bytes[...]) == nil)
    }
}
