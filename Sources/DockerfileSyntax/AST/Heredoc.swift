public import Diagnostics

/// A document that stands in the Dockerfile itself.
public struct Heredoc: Hashable, Sendable {
    /// The terminator without quotes; also the file's name when copied into a directory.
    public let name: String
    /// The lines between the operator and the terminator, each with its newline, exactly as written.
    public let body: String
    /// Whether the builder expands variables in it: no part of the terminator was quoted.
    public let expands: Bool
    /// Whether leading tabs are dropped (`<<-`).
    public let stripsTabs: Bool
    /// The file descriptor in front of the operator, as in `3<<EOF`.
    public let fileDescriptor: Int?
    /// The operator and its terminator on the instruction's line.
    public let range: SourceRange
    /// The body in the file.
    public let bodyRange: SourceRange

    /// The body as the reader of the document sees it, before expansion.
    public var content: String {
        guard stripsTabs else { return body }
        var result: [UInt8] = []
        var atLineStart = true
        for byte in body.utf8 {
            if atLineStart, byte == UInt8(ascii: "\t") { continue }
            atLineStart = byte == UInt8(ascii: "\n")
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
