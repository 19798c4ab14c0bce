/// What a server said about a file, to ask it next time whether the file is still the same.
public struct WebValidators: Codable, Equatable, Sendable {
    /// `ETag`.
    public var tag: String?
    /// `Last-Modified`, as the server wrote it.
    public var modified: String?

    /// Makes a note from its parts.
    public init(tag: String? = nil, modified: String? = nil) {
        self.tag = tag
        self.modified = modified
    }
}

/// A file of the web whose bytes have yet to be read.
public final class WebFile {
    /// Whether the server says that nothing has changed; then there are no bytes.
    public let isUnchanged: Bool
    /// What to ask with next time.
    public let validators: WebValidators
    /// How many bytes there will be, if the server says so.
    public let length: Int64?
    private let response: HTTPResponse
    private let address: String

    init(_ response: HTTPResponse, address: String) {
        self.response = response
        self.address = address
        isUnchanged = response.status == 304
        validators = WebValidators(tag: response.header("etag"), modified: response.header("last-modified"))
        length = response.header("content-length").flatMap { Int64($0) }
    }

    /// When the server says it was last changed, in seconds since 1970.
    public var modificationTime: Int64? { validators.modified.flatMap { HTTPDate.seconds($0) } }

    /// Reads some bytes; zero at the end.
    ///
    /// - Throws: ``WebError`` when the connection breaks.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        do throws(HTTPFailure) {
            return try response.read(into: buffer)
        } catch {
            throw WebError.unreachable(address: address, reason: error.reason)
        }
    }
}

/// Dates as HTTP writes them (RFC 9110, 5.6.7).
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`; nil for anything else, the two old forms included.
    static func seconds(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT" || words[5] == "UTC", let day = Int64(words[1]),
            let month = months.firstIndex(of: String(words[2])), let year = Int64(words[3]),
            (1...31).contains(day), (1970...9999).contains(year)
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int64($0) }
        guard time.count == 3, (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        // Days since 1970 with the year beginning in March, so that the leap day comes last.
        let shifted = month < 2 ? year - 1 : year
        let fromMarch = Int64((month + 10) % 12)
        let days =
            365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * fromMarch + 2) / 5 + day - 1 - 719_468
        return ((days * 24 + time[0]) * 60 + time[1]) * 60 + time[2]
    }
}
