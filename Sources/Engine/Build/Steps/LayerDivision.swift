internal import BuildPlanning
internal import LinuxKernel

/// Divides the files of a copy into those that get layers of their own and the rest.
struct LayerDivision {
    /// Files with a layer of their own, in the copy's order.
    private(set) var large: [PlacedFile] = []
    /// All others, in the copy's order.
    private(set) var rest: [PlacedFile] = []
    /// What was decided against the policy, in words; nil when nothing was.
    private(set) var remark: String?

    /// Divides by size, then within what overlayfs and the registries take.
    init(_ files: [PlacedFile], policy: LayerPolicy, below parents: Int, isLarge: (SelectedFile) -> Bool) throws {
        let canStandAlone = Self.standAlone(files)
        var isAlone = files.indices.map { canStandAlone[$0] && isLarge(files[$0].file) }
        try refuseTooLarge(files, policy.limit)
        promote(files, &isAlone, canStandAlone)
        let room = max(1, LayerPolicy.mostLayers - LayerPolicy.reservedLayers - parents)
        let chosen = isAlone.indices.filter { isAlone[$0] }
        if chosen.count > room {
            // The largest ones gain most from being on their own.
            let kept = chosen.sorted { (files[$0].file.size, $1) > (files[$1].file.size, $0) }.prefix(room)
            for index in chosen where !kept.contains(index) { isAlone[index] = false }
            remark =
                "\(chosen.count) files are large enough for layers of their own, and an image has room for "
                + "\(room) here: the \(chosen.count - room) smallest of them share one layer"
        }
        for (index, file) in files.enumerated() {
            if isAlone[index] { large.append(file) } else { rest.append(file) }
        }
    }

    /// Two sources for one path, and two names for one file, need their common order: one layer for both.
    private static func standAlone(_ files: [PlacedFile]) -> [Bool] {
        var counts: [String: Int] = [:]
        var inodes: [FileNumber: Int] = [:]
        for placed in files {
            counts[placed.path, default: 0] += 1
            if let status = placed.file.status, status.links > 1 { inodes[FileNumber(status), default: 0] += 1 }
        }
        return files.map { placed in
            let isShared = placed.file.status.map { inodes[FileNumber($0), default: 0] > 1 } ?? false
            return placed.file.kind == .regular && placed.file.treePath != nil && placed.file.size > 0
                && counts[placed.path] == 1 && !isShared
        }
    }

    /// Refuses before anything is copied what the registry would refuse after everything was sent.
    private func refuseTooLarge(_ files: [PlacedFile], _ limit: LayerPolicy.Limit?) throws {
        guard let limit else { return }
        for file in files where file.file.size + 65536 > limit.bytes {
            throw CopyError.tooLarge(path: file.path, size: file.file.size, limit)
        }
    }

    /// Takes the largest files out of the common layer until every registry takes it.
    private func promote(_ files: [PlacedFile], _ isAlone: inout [Bool], _ canStandAlone: [Bool]) {
        // Headers and padding of a file take up to a few kilobytes.
        var total = files.indices.filter { !isAlone[$0] }.reduce(Int64(0)) { $0 + files[$1].file.size + 2048 }
        let candidates = files.indices.filter { !isAlone[$0] && canStandAlone[$0] }
        for index in candidates.sorted(by: { files[$0].file.size > files[$1].file.size }) {
            guard total > LayerPolicy.largestCommonLayer else { break }
            isAlone[index] = true
            total -= files[index].file.size
        }
    }
}
