internal import Glibc
internal import LinuxKernel

/// One file of a hub on its way into a place of its own.
///
/// It arrives in order: by one request, which goes on where a line broke, or by several at once where that is faster. What
/// an earlier attempt left at the place is checked and continued.
final class HubTransfer {
    /// Which file, and where it goes.
    struct Job: Sendable {
        let file: HubFile
        let path: String
        let address: String
    }

    private let job: Job
    private let name: String
    private let client: HubClient
    private let count: (Int64) -> Void
    private let output: OwnedFD
    private var content: HubContent
    private var offset: Int64 = 0
    private var failures = 0
    private var current: HubClient.Answer?
    private var pace = TransferPace()
    private var window: RangeWindow?

    /// Opens the file's place.
    ///
    /// - Parameters:
    ///   - job: The file.
    ///   - name: What errors call it.
    ///   - client: Asks the hub.
    ///   - count: Told how many more bytes are there.
    /// - Throws: `SyscallError` when the place cannot be opened.
    init(_ job: Job, name: String, client: HubClient, count: @escaping (Int64) -> Void) throws {
        self.job = job
        self.name = name
        self.client = client
        self.count = count
        output = try OwnedFD.open(job.path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        content = HubContent(job.file)
    }

    deinit { window?.stop() }

    /// Fetches what is not there yet, and checks the whole.
    ///
    /// - Throws: ``HubError``; what has arrived stays, unless it is wrong.
    func run() throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        try readWhatIsThere(buffer)
        while offset < job.file.size {
            let begun = ContinuousClock.now
            guard let bytes = try read(into: buffer) else { continue }
            try write(bytes)
            take(bytes)
            choose(pace.note(bytes.count, after: .now - begun, left: job.file.size - offset))
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

    /// Reads what an earlier attempt left, so that the digest goes over everything.
    private func readWhatIsThere(_ buffer: UnsafeMutableRawBufferPointer) throws {
        let descriptor = output.raw
        while offset < job.file.size {
            let wanted = Int(min(Int64(buffer.count), job.file.size - offset))
            let count = try check("read a part of a download") {
                pread(descriptor, buffer.baseAddress, wanted, off_t(offset))
            }
            if count == 0 { return }
            take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        content.update(bytes)
        offset += Int64(bytes.count)
        count(Int64(bytes.count))
    }

    /// The next bytes; nil when the line broke and there is something to be tried.
    private func read(into buffer: UnsafeMutableRawBufferPointer) throws -> UnsafeRawBufferPointer? {
        if let window {
            if let count = window.read(into: buffer) { return UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
            // The rest comes by a single request, which also tells what is wrong.
            self.window = nil
            pace.giveUp()
        }
        let answer: HubClient.Answer
        if let current { answer = current } else { answer = try opened() }
        current = answer
        switch answer.response.reading(into: buffer) {
        case .success(let count) where count > 0:
            failures = 0
            return UnsafeRawBufferPointer(rebasing: buffer[..<Int(min(Int64(count), job.file.size - offset))])
        case .success: try recover(from: .transfer(code: 18, message: "the connection ended too early"))
        case .failure(let failure): try recover(from: failure)
        }
        return nil
    }

    /// A line that breaks again and again gets there, as long as something comes each time.
    private func recover(from failure: HTTPFailure) throws(HubError) {
        current = nil
        failures += 1
        guard failure.isTransient, failures < client.retry.attempts else {
            throw .unreachable(name, reason: failure.reason)
        }
        client.retry.wait(after: failures)
    }

    /// Asks for the file, or for its end from where it stopped.
    private func opened() throws -> HubClient.Answer {
        let headers = offset > 0 ? [HTTPHeader(name: "Range", value: "bytes=\(offset)-")] : []
        let answer = try client.ask(job.address, headers: headers, name: name)
        if offset > 0, answer.response.status != 206 || Self.start(of: answer.response) != offset {
            // A server without ranges sends everything again.
            guard answer.response.status == 200 else {
                throw HubError.badAnswer(name, reason: "the hub goes on at the wrong place")
            }
            count(-offset)
            offset = 0
            content = HubContent(job.file)
        }
        return answer
    }

    private func choose(_ advice: TransferPace.Advice) {
        switch advice {
        case .goOn: break
        case .leaveWindow: window?.close()
        case .tryWindow:
            let response = current?.response
            let knowsRanges = response?.status == 206 || response?.header("accept-ranges") == "bytes"
            guard knowsRanges, let place = current?.address else { return pace.giveUp() }
            let (client, address, name) = (client, job.address, name)
            window = RangeWindow.open(from: offset, to: job.file.size) { start, count, isWanted in
                RangeWindow.part(from: start, count: count, attempts: client.retry.attempts, while: isWanted) { range in
                    // The place to which the hub has sent us is good for a time; then the hub names another.
                    if let direct = try? client.follow(place, [range]).response, direct.status == 206 { return direct }
                    return try? client.ask(address, headers: [range], name: name).response
                }
            }
            if window == nil { pace.giveUp() } else { current = nil }
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        let descriptor = output.raw
        var written = 0
        while written < bytes.count {
            let position = off_t(offset) + off_t(written)
            written += try check("write", job.path) {
                pwrite(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written, position)
            }
        }
    }

    /// Where a part of a file begins: `bytes 123-…/…`.
    private static func start(of response: HTTPResponse) -> Int64? {
        response.header("content-range")?.split(separator: " ").last?.split(separator: "-").first.flatMap { Int64($0) }
    }
}
