internal import OCIModel
internal import Testing

@testable internal import Engine

@Suite("What goes of the build cache") struct CacheEvictionTests {
    private func layer(_ name: String) -> BlobDigest { BlobDigest(hashing: name.utf8) }

    private func entry(_ id: String, used: Int64, created: Int64 = 0, _ layers: [String], bytes: UInt64 = 0)
        -> CacheEviction.Entry
    {
        CacheEviction.Entry(
            id: id,
            kind: layers.isEmpty && bytes > 0 ? CacheEviction.Entry.mount : CacheEviction.Entry.step,
            lastUsed: used,
            created: created,
            layers: Set(layers.map(layer)),
            bytes: bytes
        )
    }

    /// Two builds of two steps each, of which the last ones have a layer in common, a directory, and a note about a file.
    private var cache: CacheEviction {
        CacheEviction(
            entries: [
                entry("old-below", used: 600, created: 1, ["a"]), entry("old-above", used: 601, created: 2, ["c"]),
                entry("new-below", used: 6000, created: 3, ["b"]), entry("new-above", used: 6001, created: 4, ["c"]),
                entry("mount", used: 3000, [], bytes: 100), entry("note", used: 1, []),
            ],
            sizes: [layer("a"): 10, layer("b"): 20, layer("c"): 40]
        )
    }

    @Test(
        "what was used longest ago goes first, of one build what is above, until the rest is small enough",
        arguments: [
            (170, []), (165, ["old-above", "old-below"]), (160, ["old-above", "old-below"]),
            (159, ["old-above", "old-below", "mount"]), (60, ["old-above", "old-below", "mount"]),
            (20, ["old-above", "old-below", "mount", "new-above"]),
            (0, ["old-below", "old-above", "new-below", "new-above", "mount", "note"]),
        ] as [(UInt64, [String])]
    )
    func order(kept: UInt64, gone: [String]) {
        #expect(cache.total == 170)
        #expect(cache.choice(keeping: kept) { _ in true }.map(\.id) == gone)
    }

    @Test("conditions hold back what does not meet them")
    func conditions() {
        let filters = [PruneFilter.until(3500), .cacheKind("regular")]
        let chosen = cache.choice(keeping: 1) { entry in filters.allSatisfy { $0.accepts(entry) } }
        #expect(chosen.map(\.id) == ["old-above", "old-below"])
        #expect(cache.choice(keeping: 0) { PruneFilter.cacheID("new").accepts($0) }.count == 2)
    }

    @Test("limits are docker's: the reserve stays, the maximum does not, and the disk is freed no more than needed")
    func limits() throws {
        func kept(_ reserved: String?, _ maximum: String?, _ minimumFree: String?, free: UInt64) throws -> UInt64? {
            try CacheLimit(keepStorage: nil, reserved: reserved, maximum: maximum, minimumFree: minimumFree)?
                .kept(total: 100, free: free)
        }
        #expect(try kept(nil, nil, nil, free: 0) == nil)
        #expect(try kept("0", nil, nil, free: 0) == nil)
        #expect(try kept("30", nil, nil, free: 0) == 30)
        #expect(try kept(nil, "60", nil, free: 0) == 60)
        #expect(try kept("30", "20", nil, free: 0) == 30)
        #expect(try kept(nil, nil, "50", free: 50) == 100)
        #expect(try kept(nil, nil, "50", free: 10) == 60)
        #expect(try kept(nil, "20", "50", free: 10) == 20)
        #expect(try kept("70", nil, "1k", free: 10) == 70)
        #expect(throws: (any Error).self) { try kept("many", nil, nil, free: 0) }
    }
}
