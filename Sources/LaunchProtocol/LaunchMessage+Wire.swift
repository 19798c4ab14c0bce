extension LaunchMessage {
    private enum Tag: UInt8 {
        case release = 1
        case start
        case warning
        case joined
        case terminal
        case ready
        case failure
        case postpone
        case listener
        /// Sent by the C code between `clone3` and `execveat`: tag, stage, two bytes of zero, error number.
        case earlyFailure = 0xff
    }

    /// Encodes the message; a text that would not fit is cut.
    public func encode() -> [UInt8] {
        var writer = WireWriter()
        switch self {
        case .release: writer.put(Tag.release.rawValue)
        case .start: writer.put(Tag.start.rawValue)
        case .postpone: writer.put(Tag.postpone.rawValue)
        case .joined: writer.put(Tag.joined.rawValue)
        case .terminal: writer.put(Tag.terminal.rawValue)
        case .listener: writer.put(Tag.listener.rawValue)
        case .ready: writer.put(Tag.ready.rawValue)
        case .warning(let failure): Self.put(.warning, failure, into: &writer)
        case .failure(let failure): Self.put(.failure, failure, into: &writer)
        }
        return writer.bytes
    }

    private static func put(_ tag: Tag, _ failure: LaunchFailure, into writer: inout WireWriter) {
        writer.put(tag.rawValue)
        writer.put(failure.operationIndex)
        writer.put(failure.errno)
        writer.put(String(failure.detail.prefix(maximumSize / 8)))
    }

    /// Decodes one message.
    public static func decode(_ bytes: [UInt8]) throws(WireError) -> LaunchMessage {
        guard bytes.count <= maximumSize else { throw .tooLarge }
        var reader = WireReader(bytes)
        let tag: Tag = try reader.raw("message")
        let message: LaunchMessage =
            switch tag {
            case .release: .release
            case .start: .start
            case .postpone: .postpone
            case .joined: .joined
            case .terminal: .terminal
            case .listener: .listener
            case .ready: .ready
            case .warning: .warning(try failure(from: &reader))
            case .failure: .failure(try failure(from: &reader))
            case .earlyFailure: .failure(try earlyFailure(from: &reader))
            }
        guard reader.isAtEnd else { throw .trailingBytes }
        return message
    }

    private static func failure(from reader: inout WireReader) throws(WireError) -> LaunchFailure {
        LaunchFailure(operationIndex: try reader.number(), errno: try reader.number(), detail: try reader.text())
    }

    private static func earlyFailure(from reader: inout WireReader) throws(WireError) -> LaunchFailure {
        let stage = try reader.number(UInt8.self)
        guard (1...4).contains(stage) || stage == 7, try reader.number(UInt16.self) == 0 else {
            throw .malformed("early failure")
        }
        return LaunchFailure(operationIndex: 0xffff_0000 + UInt32(stage), errno: try reader.number(), detail: "")
    }
}
