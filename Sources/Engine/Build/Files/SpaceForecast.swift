internal import BuildPlanning
internal import LinuxKernel
internal import Storage
internal import Synchronization
internal import SystemPackage

/// Finds out before any work whether the store's disk has space for the large files that the build will copy.
///
/// An hour of `RUN` before a `COPY` that cannot fit is an hour lost. What counts is a lower bound: large files of contexts on
/// this machine that no build has stored. Where that fits, a disk that is too small shows when a file begins at the latest.
final class SpaceForecast: Sendable {
    private let plan: BuildPlan
    private let sources: StepSources
    private let lookup: StepLookup
    private let isDone = Mutex(false)

    init(_ plan: BuildPlan, sources: StepSources, lookup: StepLookup) {
        self.plan = plan
        self.sources = sources
        self.lookup = lookup
    }

    /// Looks once in a build; whoever asks meanwhile waits for the answer.
    ///
    /// - Throws: ``BuildError/space(needed:free:store:)``.
    func check() throws {
        try isDone.withLock { isDone in
            guard !isDone else { return }
            isDone = true
            let needed = neededBytes()
            guard needed > 0 else { return }
            let store = lookup.store.root.string
            let free = try DiskSpace.usable(at: store)
            if needed > free { throw BuildError.space(needed: needed, free: free, store: store) }
        }
    }

    private func neededBytes() -> Int64 {
        var counted: Set<FileIdentity> = []
        var bytes: Int64 = 0
        for step in plan.stages.flatMap(\.steps) {
            guard case .copy(let operation) = step.operation, isHere(operation),
                // What is wrong with the sources is the step's to say.
                let tree = try? sources.tree(operation.origin, stage: { _ in [] }),
                let selection = try? lookup.select(operation, from: tree)
            else { continue }
            for file in selection.flatMap(\.files) where lookup.identifier.isLarge(file) {
                guard let identity = file.status?.identity(onDevice: tree.device), counted.insert(identity).inserted,
                    !lookup.identifier.mayBeStored(file, identity)
                else { continue }
                bytes += file.size
            }
        }
        return bytes
    }

    private func isHere(_ operation: CopyOperation) -> Bool {
        guard !operation.isRemote else { return false }
        switch operation.origin {
        case .context: return true
        case .named(let name): return sources.namedContexts.isLocal(name)
        case .stage, .image: return false
        }
    }
}
