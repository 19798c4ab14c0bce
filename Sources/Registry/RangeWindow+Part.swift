extension RangeWindow {
    /// Fetches a part of a blob or a file by requests of its own; nil when that does not work.
    ///
    /// What is wrong is told by the single request that follows a part that is missing: it knows about retries, mirrors and
    /// servers without ranges.
    ///
    /// - Parameters:
    ///   - start: The part's first byte.
    ///   - count: Its length.
    ///   - attempts: How many requests in a row may bring nothing.
    ///   - isWanted: Whether anybody still waits for it.
    ///   - request: Asks for a range, which it gets as the header that names it.
    /// - Returns: The part's bytes.
    static func part(
        from start: Int64,
        count: Int64,
        attempts: Int,
        while isWanted: () -> Bool,
        request: (_ range: HTTPHeader) -> HTTPResponse?
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(count))
        var failures = 0
        while bytes.count < count, isWanted() {
            let first = start + Int64(bytes.count)
            let range = HTTPHeader(name: "Range", value: "bytes=\(first)-\(start + count - 1)")
            guard let response = request(range), response.status == 206,
                response.header("content-range")?.hasPrefix("bytes \(first)-") == true
            else { return nil }
            let before = bytes.count
            read(response, into: &bytes, limit: Int(count), while: isWanted)
            guard bytes.count < count else {
                response.discardBody()
                break
            }
            failures = bytes.count > before ? 0 : failures + 1
            guard failures < attempts else { return nil }
        }
        return bytes
    }

    private static func read(
        _ response: HTTPResponse,
        into bytes: inout [UInt8],
        limit: Int,
        while isWanted: () -> Bool
    ) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while bytes.count < limit, isWanted() {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, limit - bytes.count)])
            guard case .success(let count) = response.reading(into: rest), count > 0 else { return }
            bytes += rest[..<count]
        }
    }
}
