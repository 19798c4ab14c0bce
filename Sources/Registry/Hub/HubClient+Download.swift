internal import Crypto
internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import Synchronization

extension HubClient {
    /// Fetches files at once into places of their own, and checks each against what the hub's list says of it.
    ///
    /// A part of a file that is there already, of an earlier attempt, is checked and continued.
    ///
    /// - Parameters:
    ///   - files: What to fetch, each with the path where it goes.
    ///   - repository: The kind of repository and its name.
    ///   - commit: The version.
    ///   - name: What errors call the repository.
    ///   - progress: Told how many bytes of all files are there; called from several threads.
    /// - Throws: ``HubError``; what was fetched so far stays, for the next attempt.
    public func download(
        _ files: [(file: HubFile, path: String)],
        _ repository: (kind: String, name: String),
        commit: String,
        name: String,
        progress: @escaping @Sendable (Int64) -> Void
    ) throws {
        let done = Mutex<Int64>(0)
        // The largest first: they take longest, and small ones fill the gaps.
        let jobs = files.sorted { $0.file.size > $1.file.size }.map { job in
            Job(file: job.file, path: job.path, address: address(of: job.file, repository, commit: commit))
        }
        try WorkerPool.forEach(jobs, width: width) { job in
            try self.fetch(job, name: "\(name): \(job.file.path)") { count in
                progress(
                    done.withLock {
                        $0 += count
                        return $0
                    }
                )
            }
        }
    }

    private struct Job: Sendable {
        let file: HubFile
        let path: String
        let address: String
    }

    private func fetch(_ job: Job, name: String, _ count: (Int64) -> Void) throws {
        let output = try OwnedFD.open(job.path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        var content = HubContent(job.file)
        var offset = try Self.resume(output, &content, upTo: job.file.size)
        count(offset)
        var failures = 0
        while offset < job.file.size {
            let headers = offset > 0 ? [HTTPHeader(name: "Range", value: "bytes=\(offset)-")] : []
            let response = try get(job.address, headers: headers, name: name)
            if offset > 0, response.status != 206 || Self.start(of: response) != offset {
                // A server without ranges sends everything again.
                guard response.status == 200 else {
                    throw HubError.badAnswer(name, reason: "the hub goes on at the wrong place")
                }
                count(-offset)
                offset = 0
                content = HubContent(job.file)
            }
            let before = offset
            do throws(HTTPFailure) {
                try Self.copy(response, to: output, at: &offset, limit: job.file.size, &content, count)
                guard offset < job.file.size else { break }
                throw .transfer(code: 18, message: "the connection ended too early")
            } catch {
                // A line that breaks again and again gets there, as long as something comes each time.
                failures = offset > before ? 1 : failures + 1
                guard error.isTransient, failures < retry.attempts else {
                    throw HubError.unreachable(name, reason: error.reason)
                }
                retry.wait(after: failures)
            }
        }
        let descriptor = output.raw
        try check("shorten", job.path) { ftruncate(descriptor, off_t(job.file.size)) }
        do throws(HubError) {
            try content.verify(name)
        } catch {
            // What is wrong must not be continued.
            unlink(job.path)
            throw error
        }
    }

    /// Reads what an earlier attempt left, so that the digest goes over everything; returns how much that is.
    private static func resume(_ file: borrowing OwnedFD, _ content: inout HubContent, upTo size: Int64) throws -> Int64
    {
        let descriptor = file.raw
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var offset: Int64 = 0
        while offset < size {
            let wanted = Int(min(Int64(buffer.count), size - offset))
            let count = try check("read a part of a download") { pread(descriptor, &buffer, wanted, off_t(offset)) }
            if count == 0 { break }
            content.update(buffer[..<Int(count)])
            offset += Int64(count)
        }
        return offset
    }

    private static func copy(
        _ response: HTTPResponse,
        to file: borrowing OwnedFD,
        at offset: inout Int64,
        limit: Int64,
        _ content: inout HubContent,
        _ progress: (Int64) -> Void
    ) throws(HTTPFailure) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        while offset < limit {
            let count = Int(min(Int64(try response.read(into: buffer)), limit - offset))
            if count == 0 { return }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            var written = 0
            while written < count {
                let result = pwrite(
                    file.raw,
                    bytes.baseAddress.map { $0 + written },
                    count - written,
                    off_t(offset) + off_t(written)
                )
                if result < 0, errno == EINTR { continue }
                guard result > 0 else {
                    throw .transfer(code: 23, message: "it cannot be written: \(String(cString: strerror(errno)))")
                }
                written += result
            }
            content.update(bytes)
            offset += Int64(count)
            progress(Int64(count))
        }
    }

    /// Where a part of a file begins: `bytes 123-…/…`.
    private static func start(of response: HTTPResponse) -> Int64? {
        response.header("content-range")?.split(separator: " ").last?.split(separator: "-").first.flatMap { Int64($0) }
    }
}

/// The digest of a file while it arrives, as the hub's list gives it: SHA-256 of large files, git's SHA-1 of small ones.
private struct HubContent {
    private let file: HubFile
    private var large = SHA256()
    private var small = Insecure.SHA1()

    init(_ file: HubFile) {
        self.file = file
        small.update(data: Array("blob \(file.size)\0".utf8))
    }

    mutating func update(_ bytes: some Collection<UInt8>) {
        _ = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if file.sha256 != nil { large.update(bufferPointer: bytes) } else { small.update(bufferPointer: bytes) }
    }

    func verify(_ name: String) throws(HubError) {
        if let expected = file.sha256 {
            let actual = BlobDigest(large.finalize())
            guard actual == expected else {
                throw .damaged(name, expected: expected.description, actual: actual.description)
            }
        } else if let expected = file.gitID {
            let actual = small.finalize().map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            guard actual == expected else { throw .damaged(name, expected: expected, actual: actual) }
        }
    }
}
