public import OCIModel

/// The bytes of a blob as they arrive: as many as announced, or an error.
///
/// A connection that breaks is opened again where it stopped, and a blob whose beginning is here already is asked for from
/// there. Where a single connection is slow, several requests at once fetch a large blob. The digest is checked here only
/// for small documents: whoever unpacks a layer hashes it anyway, and no byte of a large layer is hashed twice.
public final class BlobStream {
    /// What the manifest says about the blob.
    public let descriptor: Descriptor
    /// What the registry says is the version of the blob, when that can be relied on (a strong `ETag`).
    public private(set) var validator: String?
    private let source: RegistrySource
    /// Which of the places is asked now.
    private var place: Int
    private let received: (Int64) -> Void
    private var response: HTTPResponse?
    private var offset: Int64 = 0
    private var failures = 0
    private var ignoredRanges = 0
    private var isFinished = false
    private var pace = TransferPace()
    private var window: RangeWindow?
    /// Whether the server has said that it knows ranges.
    private var knowsRanges = false

    /// How often a whole blob is refused that comes in the place of its end: asking again is cheaper when it is a fault,
    /// and a server that knows no ranges says so each time.
    private static let ignoredRangeLimit = 3

    init(
        _ descriptor: Descriptor,
        source: RegistrySource,
        place: Int,
        received: @escaping (Int64) -> Void = { _ in }
    ) {
        self.descriptor = descriptor
        self.source = source
        self.place = place
        self.received = received
    }

    deinit { window?.stop() }

    /// Begins at `offset`, because what lies before is here; the registry had it in the version `validator`.
    public func resume(at offset: Int64, validator: String?) {
        self.offset = offset
        self.validator = validator
        if offset > 0 { received(offset) }
    }

    /// The same blob from its beginning.
    public func again() -> BlobStream { BlobStream(descriptor, source: source, place: place, received: received) }

    /// Fills the front of the buffer and tells how many bytes it wrote; zero means that the whole blob has arrived.
    ///
    /// - Throws: ``RegistryError``, also when the blob is longer or shorter than announced.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RegistryError) -> Int {
        guard !isFinished, buffer.count > 0 else { return 0 }
        // Everything was here: there is no range to ask for.
        if response == nil, offset > 0, offset == descriptor.size { isFinished = true }
        while !isFinished {
            let begun = ContinuousClock.now
            if let window {
                if let count = window.read(into: buffer) { return took(count, since: begun) }
                // The rest comes by a single request, which also tells what is wrong.
                self.window = nil
                pace.giveUp()
                continue
            }
            let response: HTTPResponse
            if let current = self.response { response = current } else { response = try openedSomewhere() }
            self.response = response
            knowsRanges = response.status == 206 || response.header("accept-ranges") == "bytes"
            switch response.reading(into: buffer) {
            case .success(let count):
                let end = offset + Int64(count)
                guard count == 0 ? end == descriptor.size : end <= descriptor.size else { throw mismatch(end) }
                isFinished = count == 0
                return count == 0 ? 0 : took(count, since: begun)
            case .failure(let failure): try recover(from: failure)
            }
        }
        return 0
    }

    /// Notes that bytes have arrived, and whether they should arrive in another way from now on.
    private func took(_ count: Int, since begun: ContinuousClock.Instant) -> Int {
        offset += Int64(count)
        (failures, ignoredRanges) = (0, 0)
        received(offset)
        switch pace.note(count, after: .now - begun, left: descriptor.size - offset) {
        case .goOn: break
        case .leaveWindow: window?.close()
        case .tryWindow:
            guard knowsRanges, let connection = try? source.connection(place) else {
                pace.giveUp()
                break
            }
            let digest = descriptor.digest
            let version = validator.map { [HTTPHeader(name: "If-Range", value: $0)] } ?? []
            window = RangeWindow.open(from: offset, to: descriptor.size) { start, count, isWanted in
                RangeWindow.part(from: start, count: count, attempts: connection.attempts, while: isWanted) { range in
                    try? connection.get("blobs/\(digest)", headers: [range] + version)
                }
            }
            if window == nil { pace.giveUp() } else { response = nil }
        }
        return count
    }

    /// Reads the whole blob, which may have `limit` bytes, and checks its digest.
    func readAll(limit: Int, document: String) throws(RegistryError) -> [UInt8] {
        guard descriptor.size <= limit else {
            throw .tooLarge(image: source.image, document: document, limit: limit)
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
            throw .digestMismatch(image: source.image, expected: descriptor.digest, actual: actual)
        }
        return bytes
    }

    private func recover(from failure: HTTPFailure) throws(RegistryError) {
        response = nil
        failures += 1
        let connection = try source.connection(place)
        guard failure.isTransient, failures < connection.attempts else {
            return try leave(connection.explained(failure))
        }
        connection.pause(after: failures)
    }

    /// Goes on at the next place that has the blob, or gives up.
    private func leave(_ error: RegistryError) throws(RegistryError) {
        place = try source.place(after: place, error)
        // Another place has its own idea of versions; the digest is the same.
        (validator, failures, ignoredRanges) = (nil, 0, 0)
    }

    private func openedSomewhere() throws(RegistryError) -> HTTPResponse {
        while true {
            do throws(RegistryError) {
                return try opened(source.connection(place))
            } catch .blobChanged(let image, let digest) {
                throw .blobChanged(image: image, digest: digest)
            } catch {
                try leave(error)
            }
        }
    }

    /// Requests the blob, or its end from where it stopped.
    private func opened(_ connection: RegistryConnection) throws(RegistryError) -> HTTPResponse {
        while offset > 0 {
            var headers = [HTTPHeader(name: "Range", value: "bytes=\(offset)-")]
            if let validator { headers.append(HTTPHeader(name: "If-Range", value: validator)) }
            let response = try connection.get("blobs/\(descriptor.digest)", headers: headers, accepted: [416])
            if response.status == 206 {
                try check(range: response)
                return response
            }
            guard response.status != 416 else {
                // There is no byte behind those that we have, though there should be.
                throw mismatch(offset)
            }
            // `If-Range` says so when the bytes are others now: then they are no continuation of ours.
            if let validator, let now = Self.validator(of: response), now != validator {
                throw .blobChanged(image: source.image, digest: descriptor.digest)
            }
            ignoredRanges += 1
            if ignoredRanges >= Self.ignoredRangeLimit, let response = try skipping(response) { return response }
        }
        let response = try connection.get("blobs/\(descriptor.digest)", headers: [])
        validator = Self.validator(of: response)
        return response
    }

    /// Whether a part is the one that was asked for: `bytes 123-…/…`.
    ///
    /// Anything else would silently shift the content, though the digest would notice in the end.
    private func check(range response: HTTPResponse) throws(RegistryError) {
        let words = response.header("content-range")?.split(separator: " ").last?.split(separator: "/") ?? []
        guard words.first?.split(separator: "-").first.flatMap({ Int64($0) }) == offset else {
            throw .badDocument(image: source.image, reason: "the registry resumed a blob at the wrong place")
        }
        if words.count > 1, let total = Int64(words[1]), total != descriptor.size { throw mismatch(total) }
        if let validator, let now = Self.validator(of: response), now != validator {
            throw .blobChanged(image: source.image, digest: descriptor.digest)
        }
    }

    /// Reads past what is here in the answer of a server that knows no ranges; nil when the line broke on the way.
    private func skipping(_ response: HTTPResponse) throws(RegistryError) -> HTTPResponse? {
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
                guard count > 0 else { throw mismatch(skipped) }
                skipped += Int64(count)
            case .failure(let failure):
                try recover(from: failure)
                return nil
            }
        }
        return response
    }

    private func mismatch(_ actual: Int64) -> RegistryError {
        .sizeMismatch(
            image: source.image,
            digest: descriptor.digest,
            expected: descriptor.size,
            actual: actual
        )
    }

    /// The version of what a response carries, unless it is a weak one, which promises no equal bytes.
    private static func validator(of response: HTTPResponse) -> String? {
        response.header("etag").flatMap { $0.hasPrefix("\"") && $0.utf8.count < 1000 ? $0 : nil }
    }
}
