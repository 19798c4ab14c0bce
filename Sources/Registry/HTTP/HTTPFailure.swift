/// Why a request got no response, or a response no end.
enum HTTPFailure: Error, Equatable {
    /// libcurl cannot be opened.
    case libraryMissing(String)
    /// A header would hold a control character.
    case badHeader
    /// libcurl's code and words.
    case transfer(code: Int32, message: String)
    /// The body is longer than what it may be.
    case tooLong(limit: Int)

    static let outOfMemory: Int32 = 27

    /// Whether the server does not speak TLS at all, so that plain HTTP may be tried where it is allowed.
    var isNotTLS: Bool {
        // CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR (a plain server hung up), CURLE_GOT_NOTHING.
        if case .transfer(let code, _) = self { [35, 52, 56].contains(code) } else { false }
    }

    /// Whether trying again may help: connections that broke, timed out, or were never answered.
    var isTransient: Bool {
        // PARTIAL_FILE, OPERATION_TIMEDOUT, GOT_NOTHING, SEND_ERROR, RECV_ERROR, HTTP2, HTTP2_STREAM, and
        // SEND_FAIL_REWIND: a kept connection turned out to be closed when some of the body was sent.
        if case .transfer(let code, _) = self { [18, 28, 52, 55, 56, 16, 92, 65].contains(code) } else { false }
    }

    /// The words for a reader.
    var reason: String {
        switch self {
        case .libraryMissing(let problem): problem
        case .badHeader: "a header would hold a control character"
        // libcurl's sentences become the end of ours; abbreviations stay as they are.
        case .transfer(_, let message):
            message.dropFirst().first?.isLowercase == true
                ? message.prefix(1).lowercased() + message.dropFirst() : message
        case .tooLong(let limit): "the answer is longer than \(limit) bytes"
        }
    }
}
