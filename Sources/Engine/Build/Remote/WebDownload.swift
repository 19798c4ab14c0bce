internal import BuildPlanning
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Registry
internal import Storage

/// Fetches a file to the disk, hashing it on the way.
struct WebDownload {
    /// A file that arrived.
    struct Arrived {
        var digest: BlobDigest
        var validators: WebValidators
        var modificationTime: Int64?
    }

    let fetcher: WebFetcher
    let address: String
    /// Whether the digest will be compared with one that the user gave.
    let isVerified: Bool
    /// Told how many bytes have come, and how many there will be.
    let progress: (Int64, Int64?) -> Void

    /// The file's name: the last part of the address, taken for one plain name; nil when there is none.
    var name: String? {
        let path = address.prefix { $0 != "?" && $0 != "#" }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        // `https:`, nothing, and the host come first.
        guard parts.count > 3, let last = parts.last else { return nil }
        let name = String(decoding: PercentEncoding.decode(last), as: UTF8.self)
        guard !name.isEmpty, name != ".", name != "..", !name.contains("/"), !name.utf8.contains(0) else { return nil }
        return name
    }

    /// Fetches the file to `path`, which must not exist yet; nil when the server says that it is as it was `known`.
    func fetch(to path: String, known: WebValidators?, limit: Int64) throws -> Arrived? {
        var attempt = 1
        while true {
            let file = try fetcher.open(address, known: known, isVerified: isVerified)
            if file.isUnchanged { return nil }
            if let length = file.length, length > limit { throw tooLarge(limit) }
            do {
                return try receive(file, at: path, limit: limit)
            } catch let error as WebError {
                guard case .unreachable = error, attempt < fetcher.attempts else { throw error }
                // A transfer that broke begins again: few servers say reliably that the rest still fits.
                attempt += 1
            }
        }
    }

    private func receive(_ file: WebFile, at path: String, limit: Int64) throws -> Arrived {
        let output = try OwnedFD.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        var sink = HashingSink(next: FileSink(descriptor: output.raw, name: path))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        var done: Int64 = 0
        while true {
            let count = try file.read(into: buffer)
            if count == 0 { break }
            done += Int64(count)
            guard done <= limit else { throw tooLarge(limit) }
            try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            progress(done, file.length)
        }
        let time = FileStatus.Timestamp(seconds: file.modificationTime ?? 0, nanoseconds: 0)
        let digest = try sink.finish().digest
        try FileIO.setTimes(output, accessed: time, modified: time)
        return Arrived(digest: digest, validators: file.validators, modificationTime: file.modificationTime)
    }

    private func tooLarge(_ limit: Int64) -> WebError {
        .tooLarge(address: AddressText.withoutCredentials(address), limit: limit)
    }
}
