internal import Diagnostics
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Moves files of which a step has changed nothing but attributes back into the layers they came from.
///
/// `chown`, `chmod` and `touch` make overlayfs copy the whole file up: a step of ten milliseconds would store ten
/// gigabytes again, and every push and pull would move them twice. Where the layer below was made by this very build,
/// it is made again with the file's new attributes and takes its place in this stage; the layer itself stays as it was
/// for the cache and for other stages. The tree that comes out is the same: nothing above that layer had the file.
struct AttributeFolding {
    /// What folding found and did.
    struct Outcome {
        /// New layers, with the diff ID of the one each takes the place of.
        var replaced: [(old: BlobDigest, new: StoredLayer)] = []
        /// Files that went back, and their bytes.
        var foldedFiles = 0
        var foldedBytes: Int64 = 0
        /// Files that could not go back, and their bytes, which the image has twice.
        var wastedFiles = 0
        var wastedBytes: Int64 = 0
        /// One of them.
        var wastedExample: String?
    }

    /// A copied-up file whose content is the lower one's.
    private struct Candidate: Sendable {
        var path: String
        var size: Int64
        var layer: Int
    }

    /// Less than this is not worth a word or a new layer.
    static let smallest: Int64 = 1 << 20

    let store: ImageStore
    /// The image's layers before the step, lowest first.
    let parents: [StoredLayer]
    /// Which of them this build has made.
    let own: Set<BlobDigest>
    /// Later times become this one in streams, in seconds since 1970.
    var latestTime: Int64 = .max

    /// Looks through a step's upper directory, which nothing may have mounted any more.
    func fold(_ workspace: LayerWorkspace) throws -> Outcome {
        var outcome = Outcome()
        let groups = Dictionary(grouping: try candidates(in: workspace.upper.string), by: \.layer)
        for (index, group) in groups.sorted(by: { $0.key < $1.key }) {
            guard Self.bytes(group) >= Self.smallest else { continue }
            let same = try unchanged(group, upper: workspace.upper.string)
            guard Self.bytes(same) >= Self.smallest else { continue }
            if isFoldable(same, index) {
                outcome.replaced.append((parents[index].diffID, try replace(index, same, from: workspace)))
                outcome.foldedFiles += same.count
                outcome.foldedBytes += Self.bytes(same)
            } else {
                outcome.wastedFiles += same.count
                outcome.wastedBytes += Self.bytes(same)
                outcome.wastedExample = outcome.wastedExample ?? same.first.map { "/" + $0.path }
            }
        }
        return outcome
    }

    /// A base's layers belong to others; and a layer is made again only when most of it is what changed, because all of
    /// it is then new to every registry.
    private func isFoldable(_ files: [Candidate], _ index: Int) -> Bool {
        let layer = parents[index]
        return own.contains(layer.diffID) && parents.count { $0.diffID == layer.diffID } == 1
            && Self.bytes(files) >= Int64(layer.tarSize) / 2
    }

    private static func bytes(_ files: [Candidate]) -> Int64 { files.reduce(0) { $0 + $1.size } }

    // MARK: Finding

    /// The files that overlayfs has copied up from a layer that shows a file of the same size there.
    private func candidates(in upper: String) throws -> [Candidate] {
        guard parents.contains(where: { $0.tarSize >= UInt64(Self.smallest) }) else { return [] }
        var lookup = LowerLookup(parents)
        var found: [Candidate] = []
        let root = try OwnedFD.open(upper, O_RDONLY | O_DIRECTORY)
        try DirectoryWalker.walk(root) { (entry: borrowing DirectoryWalker.Entry) throws -> DirectoryWalker.Step in
            let status = entry.status
            guard status.kind == .regular, status.size > 0, status.links == 1 else { return .descend }
            // What the step wrote itself has no origin.
            guard try ExtendedAttributes.get(WhiteoutForm.ofThisProcess.originAttribute, of: entry.open()) != nil,
                let lower = try lookup.file(entry.path), lower.status.size == status.size, lower.status.links == 1
            else { return .descend }
            found.append(Candidate(path: entry.path, size: status.size, layer: lower.layer))
            return .descend
        }
        return found
    }

    /// Those whose bytes really are the same.
    private func unchanged(_ files: [Candidate], upper: String) throws -> [Candidate] {
        let trees = parents.map(\.tree.string)
        let same = try ParallelWork.map(files.count) { index in
            let file = files[index]
            let copy = try BeneathPath(opening: upper).open(file.path, O_RDONLY | O_NOFOLLOW)
            let original = try BeneathPath(opening: trees[file.layer]).open(file.path, O_RDONLY | O_NOFOLLOW)
            return try ContentComparison.isEqual(copy.raw, original.raw)
        }
        return zip(files, same).filter(\.1).map(\.0)
    }

    // MARK: Folding

    /// Makes a layer again with some of its files taken from the step's upper directory.
    private func replace(_ index: Int, _ files: [Candidate], from step: LayerWorkspace) throws -> StoredLayer {
        let old = parents[index].tree
        let workspace = try store.makeWorkspace()
        try LayerTreeCopy.copy(from: old, to: workspace.upper, leavingOut: Set(files.map { FileName.bytes($0.path) }))
        let upper = try BeneathPath(opening: step.upper.string)
        let tree = try BeneathPath(opening: workspace.upper.string)
        for file in files {
            let from = try upper.openParent(file.path)
            let to = try tree.openParent(file.path)
            let before = try FileStatus.of(from.directory)
            try check("move", file.path) {
                from.withName { old, name in to.withName { renameat(old, name, $0, $1) } }
            }
            // The step's directory has the time that the step left, as if the file were still there.
            let parent = FileName.components(file.path).dropLast().joined(separator: "/")
            if !parent.isEmpty { try upper.setTimes(parent, accessed: before.modified, modified: before.modified) }
            try LayerTreeCopy.restoreTimes(above: FileName.bytes(file.path), from: old, in: workspace.upper)
        }
        return try store.commitTree(workspace, times: .atMost(latestTime))
    }
}
