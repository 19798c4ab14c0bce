public import OCIModel

/// The bytes of a blob as they arrive: as many as announced, or an error.
///
/// A connection that breaks is opened again where it stopped. The digest is checked here only for small documents:
/// whoever unpacks a layer hashes it anyway, and no byte of a large layer is hashed twice.
public final class BlobStream {
    /// What the manifest says about the blob.
    public let descriptor: Descriptor
    private let connection: RegistryConnection
    private let received: (Int64) -> Void
    private var response: HTTPResponse?
    private var offset: Int64 = 0
    private var failures = 0
    private var isFinished = false

    init(_ descriptor: Descriptor, connection: RegistryConnection, received: @escaping (Int64) -> Void = { _ in }) {
        self.descriptor = descriptor
        self.connection = connection
        self.received = received
    }

    /// Fills the front of the buffer and tells how many bytes it wrote; zero means that the whole blob has arrived.
    ///
    /// - Throws: ``RegistryError``, also when the blob is longer or shorter than announced.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RegistryError) -> Int {
        guard !isFinished, buffer.count > 0 else { return 0 }
        while true {
            let response: HTTPResponse
            if let current = self.response { response = current } else { response = try reopened() }
            self.response = response
            switch response.reading(into: buffer) {
            case .success(let count):
                let end = offset + Int64(count)
                guard count == 0 ? end == descriptor.size : end <= descriptor.size else {
                    throw .sizeMismatch(
                        image: connection.image,
                        digest: descriptor.digest,
                        expected: descriptor.size,
                        actual: end
                    )
                }
                isFinished = count == 0
                offset = end
                failures = 0
                if count > 0 { received(offset) }
                return count
            case .failure(let failure): try recover(from: failure)
            }
        }
    }

    /// Reads the whole blob, which may have `limit` bytes, and checks its digest.
    func readAll(limit: Int, document: String) throws(RegistryError) -> [UInt8] {
        guard descriptor.size <= limit else {
            throw .tooLarge(image: connection.image, document: document, limit: limit)
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = try buffer.withUnsafeMutableBufferPointer { (buffer) throws(RegistryError) in
                try read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        let actual = BlobDigest(hashing: bytes)
        guard actual == descriptor.digest else {
            throw .digestMismatch(image: connection.image, expected: descriptor.digest, actual: actual)
        }
        return bytes
    }

    private func recover(from failure: HTTPFailure) throws(RegistryError) {
        response = nil
        failures += 1
        guard failure.isTransient, failures < connection.attempts else { throw connection.explained(failure) }
        connection.pause(after: failures)
    }

    /// Requests the blob from where it stopped; a server that knows no ranges sends what we have once more.
    private func reopened() throws(RegistryError) -> HTTPResponse {
        let range = offset > 0 ? [HTTPHeader(name: "Range", value: "bytes=\(offset)-")] : []
        let response = try connection.get("blobs/\(descriptor.digest)", headers: range)
        guard offset > 0 else { return response }
        if response.status == 206 {
            // `bytes 123-…/…`: anything else would silently shift the content, though the digest would notice.
            let start = response.header("content-range")?.split(separator: " ").last?.split(separator: "-").first
            guard start.flatMap({ Int64($0) }) == offset else {
                throw .badDocument(image: connection.image, reason: "the registry resumed a blob at the wrong place")
            }
            return response
        }
        var (buffer, skipped) = ([UInt8](repeating: 0, count: 65536), Int64(0))
        while skipped < offset {
            let wanted = Int(min(Int64(buffer.count), offset - skipped))
            let result = buffer.withUnsafeMutableBufferPointer { buffer in
                response.reading(
                    into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<wanted]))
                )
            }
            switch result {
            case .success(let count):
                guard count > 0 else {
                    throw .sizeMismatch(
                        image: connection.image,
                        digest: descriptor.digest,
                        expected: descriptor.size,
                        actual: skipped
                    )
                }
                skipped += Int64(count)
            case .failure(let failure):
                try recover(from: failure)
                return try reopened()
            }
        }
        return response
    }
}
