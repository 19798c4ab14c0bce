internal import Crypto
internal import OCIModel

/// One blob on its way to a registry, in pieces that continue where the registry says it stopped.
///
///     POST  uploads/            202  Location                        (or 201: mounted)
///     PATCH Location  0-…       202  Location, Range: 0-N            piece by piece
///     GET   Location            204  Location, Range: 0-N            after a fault
///     PUT   Location?digest=…   201
///
/// Each `Location` is written down, so that another process can go on with the `GET` after this one was killed.
///
/// Source: OCI distribution-spec, "Pushing a blob in chunks".
final class BlobUpload {
    private let blob: Descriptor
    private let source: any BlobSource
    private let connection: RegistryConnection
    private let memory: UploadMemory
    private var pace: UploadPace
    private let notes: (any UploadNotes)?
    private let progress: (Int64) -> Void
    private var location: WebAddress?
    /// What the registry has.
    private var offset: Int64 = 0
    private var failures = 0
    private var isRenewed = false
    private var hasher = SHA256()
    private var hashed: Int64 = 0
    /// The answer that stopped the upload.
    private var answer: HTTPResponse?
    private var isFinished = false

    init(
        _ blob: Descriptor,
        source: any BlobSource,
        connection: RegistryConnection,
        memory: UploadMemory,
        pieceSize: Int64,
        notes: (any UploadNotes)?,
        progress: @escaping (Int64) -> Void
    ) {
        self.blob = blob
        self.source = source
        self.connection = connection
        self.memory = memory
        pace = UploadPace(limit: pieceSize)
        self.notes = notes
        self.progress = progress
    }

    /// Looks for an upload of the blob that another process began.
    ///
    /// - Returns: Whether there is nothing more to ask for: the upload goes on, or the blob turns out to be there.
    func resume() -> Bool {
        guard memory.usesPieces(size: blob.size), let text = notes?.location(of: blob.digest) else { return false }
        do throws(RegistryError) {
            location = try connection.policy.next(text, from: connection.base, image: connection.image)
            try ask()
        } catch {
            // An upload that the registry has forgotten is the rule rather than a fault.
            (location, offset) = (nil, 0)
        }
        if location == nil { notes?.note(nil, of: blob.digest) }
        return location != nil || isFinished
    }

    /// Asks the registry to take the blob over from `repository`; if it does not, the upload it opened is used.
    func mount(from repository: String) throws(RegistryError) -> Bool {
        location = try Self.mount(blob.digest, from: repository, connection)
        return location == nil
    }

    /// Sends the blob.
    ///
    /// - Throws: ``RegistryError``, or what the source throws.
    func send() throws {
        try sendAll()
        if memory.usesPieces(size: blob.size) { notes?.note(nil, of: blob.digest) }
    }

    private func sendAll() throws {
        while !isFinished {
            do {
                if memory.usesPieces(size: blob.size) {
                    try sendPieces()
                    if try complete() { return }
                } else if try sendWhole() {
                    return
                }
            } catch let fault as UploadFault {
                try recover(from: fault)
            } catch let failure as HTTPFailure {
                try recover(from: .broken(failure))
            }
        }
    }

    // MARK: Requests

    static func mount(
        _ digest: BlobDigest,
        from repository: String,
        _ connection: RegistryConnection
    ) throws(RegistryError) -> WebAddress? {
        let query = "mount=\(PercentEncoding.encode(digest.description))&from=\(PercentEncoding.encode(repository))"
        let address = try connection.address("blobs/uploads/?\(query)")
        let response = try connection.send(
            HTTPRequest(method: "POST", url: address),
            body: [],
            accepted: [401, 403, 404]
        )
        response.discardBody()
        switch response.status {
        case 201: return nil
        case 202: return try connection.location(of: response, from: address)
        // Not allowed to read the other repository: no mount, and no upload either.
        default: return try start(connection)
        }
    }

    private static func start(_ connection: RegistryConnection) throws(RegistryError) -> WebAddress {
        let address = try connection.address("blobs/uploads/")
        let response = try connection.send(HTTPRequest(method: "POST", url: address), body: [])
        response.discardBody()
        return try connection.location(of: response, from: address)
    }

    private func started() throws(RegistryError) -> WebAddress {
        if let location { return location }
        let location = try Self.start(connection)
        self.location = location
        note()
        return location
    }

    /// Sends what the registry does not have yet, as several requests over one pass of the source.
    private func sendPieces() throws {
        guard offset < blob.size else { return }
        _ = try started()
        var piece: (upload: HTTPUpload, end: Int64)?
        var position = offset
        try source.read(blob, from: offset) { bytes in
            try check(bytes, at: position)
            hash(bytes, at: position)
            var rest = bytes
            while !rest.isEmpty {
                let current = try piece ?? beginPiece(at: position)
                piece = current
                let count = min(Int64(rest.count), current.end - position)
                let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(count)))
                guard try current.upload.write(part) else {
                    throw answered(try current.upload.finish())
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Int(count)))
                position += count
                progress(position)
                guard position == current.end else { continue }
                piece = nil
                try accept(try current.upload.finish(), sentUpTo: position)
            }
        }
        guard position == blob.size else { throw changed }
    }

    private func beginPiece(at position: Int64) throws -> (upload: HTTPUpload, end: Int64) {
        let end = min(position + pace.begin(), blob.size)
        let headers = [
            HTTPHeader(name: "Content-Type", value: "application/octet-stream"),
            HTTPHeader(name: "Content-Range", value: "\(position)-\(end - 1)"),
        ]
        return (try connection.beginUpload("PATCH", started(), headers: headers, size: end - position), end)
    }

    /// Takes the answer to a piece that was sent whole.
    private func accept(_ response: HTTPResponse, sentUpTo end: Int64) throws {
        guard (200..<300).contains(response.status) else { throw answered(response) }
        let has = Self.received(response) ?? end
        // 201 ends the upload before its time, as Amazon's registry does.
        guard response.status != 201 || end == blob.size, has <= end else { throw UploadFault.refused }
        try follow(response)
        if has > offset { (failures, isRenewed) = (0, false) }
        offset = has
        note()
        pace.end()
        guard has == end else { throw UploadFault.behind }
    }

    /// Ends an upload whose bytes are all there.
    ///
    /// - Returns: false when something went wrong on the way, and the registry was asked where to continue.
    private func complete() throws -> Bool {
        guard hashed < blob.size || BlobDigest(hasher.finalize()) == blob.digest else { throw changed }
        let upload = try connection.beginUpload("PUT", try closing(), headers: [], size: 0)
        let response = try upload.finish()
        // What arrived is not what was sent: nobody should go on with it.
        if response.status == 400 { notes?.note(nil, of: blob.digest) }
        guard (200..<300).contains(response.status) else { throw answered(response) }
        response.discardBody()
        return true
    }

    /// Sends the blob as one request.
    private func sendWhole() throws -> Bool {
        let address = try closing()
        let type = HTTPHeader(name: "Content-Type", value: "application/octet-stream")
        let upload = try connection.beginUpload("PUT", address, headers: [type], size: blob.size)
        var position: Int64 = 0
        try source.read(blob, from: 0) { bytes in
            try check(bytes, at: position)
            hash(bytes, at: position)
            guard try upload.write(bytes) else { throw answered(try upload.finish()) }
            position += Int64(bytes.count)
            progress(position)
        }
        guard position == blob.size, BlobDigest(hasher.finalize()) == blob.digest else { throw changed }
        let response = try upload.finish()
        guard (200..<300).contains(response.status) else { throw answered(response) }
        response.discardBody()
        return true
    }

    /// Writes down where the rest goes.
    private func note() {
        guard memory.usesPieces(size: blob.size) else { return }
        notes?.note(location?.text, of: blob.digest)
    }

    private func closing() throws(RegistryError) -> WebAddress {
        let location = try started()
        let separator = location.target.contains("?") ? "&" : "?"
        let query = "digest=\(PercentEncoding.encode(blob.digest.description))"
        guard let address = WebAddress(location.text + separator + query) else {
            throw .unsafeAddress(image: connection.image, address: location.text, reason: "which is no URL")
        }
        return address
    }

    // MARK: Faults

    private func answered(_ response: HTTPResponse) -> UploadFault {
        answer = response
        return .answered
    }

    /// Finds out where to go on, or gives up.
    private func recover(from fault: UploadFault) throws(RegistryError) {
        switch fault {
        case .behind: failures += 1
        case .refused: giveUpPieces()
        case .broken(let failure):
            failures += 1
            guard failure.isTransient, failures < connection.attempts else { throw connection.explained(failure) }
            connection.pause(after: failures)
        case .answered:
            if let response = answer { try judge(response) }
            answer = nil
        }
        guard failures < connection.attempts else {
            throw .refused(
                image: connection.image,
                host: connection.host,
                status: 416,
                message: "no byte more was taken"
            )
        }
        try ask()
    }

    private func judge(_ response: HTTPResponse) throws(RegistryError) {
        switch response.status {
        case 401 where !isRenewed:
            isRenewed = true
            try connection.renew(response)
        case 307, 308:
            failures += 1
            if let current = location { location = try connection.location(of: response, from: current) }
        case let status where RetryPolicy.isTransient(status):
            failures += 1
            guard failures < connection.attempts else { throw connection.refusal(response) }
            response.discardBody()
            connection.policy.retry.wait(after: failures, response)
        case 404, 416:
            // The upload is gone, or it is at another place than we think: the registry knows.
            failures += 1
            response.discardBody()
            if failures > 1 { giveUpPieces() }
        case 400, 405, 411, 413, 415, 501:
            guard memory.usesPieces(size: blob.size), offset < blob.size else { throw connection.refusal(response) }
            response.discardBody()
            giveUpPieces()
        default: throw connection.refusal(response)
        }
    }

    private func giveUpPieces() {
        guard memory.usesPieces(size: blob.size) else { return }
        memory.learnRefusal()
        (location, offset, failures) = (nil, 0, 0)
    }

    /// Asks the registry how much it has; an upload that it does not know begins again.
    private func ask() throws(RegistryError) {
        guard memory.usesPieces(size: blob.size), let current = location else { return try beginAgain() }
        let response = try connection.send(HTTPRequest(url: current), accepted: [404, 405, 400])
        response.discardBody()
        guard (200..<300).contains(response.status), let has = Self.received(response), has <= blob.size else {
            return try beginAgain()
        }
        try follow(response)
        let before = offset
        // `Range: 0-0` is what Docker's registry says of an upload without a byte.
        offset = has <= 1 ? 0 : has
        if offset > before { (failures, isRenewed) = (0, false) }
    }

    /// Forgets the upload, which may well be over: the answer that said so can have been lost.
    private func beginAgain() throws(RegistryError) {
        (location, offset) = (nil, 0)
        let request = HTTPRequest(method: "HEAD", url: try connection.address("blobs/\(blob.digest)"))
        let response = try connection.send(request, accepted: [404])
        response.discardBody()
        isFinished = response.status != 404
    }

    private func follow(_ response: HTTPResponse) throws(RegistryError) {
        response.discardBody()
        guard response.header("location") != nil, let current = location else { return }
        location = try connection.location(of: response, from: current)
    }

    /// How many bytes a `Range: 0-N` header speaks of.
    private static func received(_ response: HTTPResponse) -> Int64? {
        guard let text = response.header("range") else { return nil }
        let range = text.hasPrefix("bytes=") ? text.dropFirst(6) : text[...]
        return range.split(separator: "-").last.flatMap { Int64($0) }.map { $0 + 1 }
    }

    // MARK: Content

    private var changed: RegistryError { .contentChanged(image: connection.image, digest: blob.digest) }

    private func check(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(RegistryError) {
        guard position + Int64(bytes.count) <= blob.size else { throw changed }
    }

    /// Hashes each byte the first time that it passes.
    ///
    /// Of an upload that another process began there is only the end: then the registry alone compares the digest.
    private func hash(_ bytes: UnsafeRawBufferPointer, at position: Int64) {
        guard position <= hashed else { return }
        let known = Int(max(0, min(Int64(bytes.count), hashed - position)))
        hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes.dropFirst(known)))
        hashed = max(hashed, position + Int64(bytes.count))
    }
}

/// Why an upload stopped before its end, which need not be the end of it.
private enum UploadFault: Error {
    /// The connection broke.
    case broken(HTTPFailure)
    /// The registry answered with something else than leave to go on.
    case answered
    /// The registry took less of a piece than it was sent.
    case behind
    /// The registry does not take pieces.
    case refused
}
