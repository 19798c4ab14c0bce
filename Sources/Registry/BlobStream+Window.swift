internal import OCIModel

extension BlobStream {
    /// Fetches a part of a blob by a request of its own; nil when that does not work.
    ///
    /// What is wrong is told by the single request that follows a part that is missing: it knows about retries, mirrors and
    /// servers without ranges.
    static func part(
        of digest: BlobDigest,
        _ validator: String?,
        _ connection: RegistryConnection,
        _ start: Int64,
        _ count: Int64,
        while isWanted: () -> Bool
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(count))
        var failures = 0
        while bytes.count < count, isWanted() {
            let first = start + Int64(bytes.count)
            var headers = [HTTPHeader(name: "Range", value: "bytes=\(first)-\(start + count - 1)")]
            if let validator { headers.append(HTTPHeader(name: "If-Range", value: validator)) }
            guard let response = try? connection.get("blobs/\(digest)", headers: headers), response.status == 206,
                response.header("content-range")?.hasPrefix("bytes \(first)-") == true
            else { return nil }
            let before = bytes.count
            read(response, into: &bytes, limit: Int(count), while: isWanted)
            guard bytes.count < count else {
                response.discardBody()
                break
            }
            failures = bytes.count > before ? 0 : failures + 1
            guard failures < connection.attempts else { return nil }
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
