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
        let done = Done()
        // The largest first: they take longest, and small ones fill the gaps.
        let jobs = files.sorted { $0.file.size > $1.file.size }.map { job in
            HubTransfer.Job(file: job.file, path: job.path, address: address(of: job.file, repository, commit: commit))
        }
        try WorkerPool.forEach(jobs, width: width) { job in
            let transfer = try HubTransfer(job, name: "\(name): \(job.file.path)", client: self) { count in
                progress(done.add(count))
            }
            try transfer.run()
        }
    }

    /// The bytes of all files that are there.
    private final class Done: Sendable {
        private let bytes = Mutex<Int64>(0)

        func add(_ count: Int64) -> Int64 {
            bytes.withLock {
                $0 += count
                return $0
            }
        }
    }
}
