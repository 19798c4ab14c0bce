/// A sequence of keys that leaves the process running and ends the relay.
public struct DetachKeys: Equatable, Sendable {
    /// The bytes that the keys send.
    public let bytes: [UInt8]
    private var matched = 0

    /// Docker's default, ctrl-p ctrl-q.
    public static let standard = DetachKeys(bytes: [16, 17])

    /// Makes a sequence; an empty one never matches.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// Takes typed bytes and returns what is meant for the process.
    ///
    /// Keys that begin the sequence are held back until it is complete or broken.
    mutating func filter(_ typed: ArraySlice<UInt8>) -> (passed: [UInt8], detached: Bool) {
        guard !bytes.isEmpty else { return (Array(typed), false) }
        var passed: [UInt8] = []
        for byte in typed {
            if byte == bytes[matched] {
                matched += 1
                if matched == bytes.count { return (passed, true) }
            } else {
                passed += bytes[..<matched]
                matched = byte == bytes[0] ? 1 : 0
                if matched == 0 { passed.append(byte) }
            }
        }
        return (passed, false)
    }
}
