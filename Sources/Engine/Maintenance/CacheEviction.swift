internal import OCIModel

/// Chooses what goes of a build cache until the rest is small enough: what was used longest ago goes first.
struct CacheEviction {
    /// Something that may go.
    struct Entry {
        /// A record's key, or the name of a cache mount.
        var id: String
        /// `regular` for a step, `exec.cachemount` for a directory of `RUN --mount=type=cache`.
        var kind: String
        /// When it was last used, in seconds since 1970.
        var lastUsed: Int64
        /// When it was made, in seconds since 1970.
        var created: Int64
        /// The layers that nothing but the cache needs.
        var layers: Set<BlobDigest> = []
        /// Bytes besides the layers.
        var bytes: UInt64 = 0

        static let step = "regular"
        static let mount = "exec.cachemount"
    }

    let entries: [Entry]
    /// Bytes of the layers.
    let sizes: [BlobDigest: UInt64]

    /// Bytes of everything; a layer of several steps counts once.
    var total: UInt64 {
        let layers = entries.reduce(into: Set<BlobDigest>()) { $0.formUnion($1.layers) }
        return layers.reduce(0) { $0 + (sizes[$1] ?? 0) } + entries.reduce(0) { $0 + $1.bytes }
    }

    /// What goes of those that `mayGo` lets go until no more than `kept` bytes stay; everything of them when nothing may stay.
    func choice(keeping kept: UInt64, where mayGo: (Entry) -> Bool) -> [Entry] {
        let candidates = entries.filter(mayGo)
        if kept == 0 { return candidates }
        var users: [BlobDigest: Int] = [:]
        for entry in entries { for layer in entry.layers { users[layer, default: 0] += 1 } }
        var left = total
        var chosen: [Entry] = []
        // Steps that one build used were used in one moment. The later ones build upon the others and go first: without what
        // is below them nobody would find them again.
        let order = candidates.sorted {
            ($0.lastUsed / 60, -$0.created, $0.id) < ($1.lastUsed / 60, -$1.created, $1.id)
        }
        for entry in order where left > kept {
            // What frees nothing may stay: images have its layers too, or it is only what is known of a file.
            let freed = entry.layers.filter { users[$0] == 1 }.reduce(entry.bytes) { $0 + (sizes[$1] ?? 0) }
            if freed == 0, entry.layers.isEmpty { continue }
            for layer in entry.layers { users[layer, default: 0] -= 1 }
            left -= min(left, freed)
            chosen.append(entry)
        }
        return chosen
    }
}
