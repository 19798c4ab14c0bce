import Glibc
import OCIModel
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite("the memory of file digests")
struct StatCacheTests {
    private func identity(_ inode: UInt64, changed: Int64 = 1_000) -> FileIdentity {
        FileIdentity(device: 1, inode: inode, size: inode * 3, modified: 900, changed: changed)
    }

    private func digest(_ number: UInt64) -> BlobDigest {
        BlobDigest(hashing: withUnsafeBytes(of: number) { Array($0) })
    }

    private static let later: Int64 = 1_000_000_000

    @Test("what was inserted is found by the next process, and only for the same identity")
    func persistence() throws {
        try withStore { store, _ throws in
            let cache = store.statCache()
            for number in UInt64(0)..<1000 { cache.insert(identity(number), digest(number), observed: Self.later) }
            #expect(cache.lookup(identity(7)) == digest(7))
            try cache.save()
            let other = store.statCache()
            for number in UInt64(0)..<1000 { #expect(other.lookup(identity(number)) == digest(number)) }
            #expect(other.lookup(identity(7, changed: 1_001)) == nil)
            #expect(other.lookup(identity(1000)) == nil)
        }
    }

    @Test("several writers lose nothing, and a changed file replaces its past")
    func merging() throws {
        try withStore { store, _ throws in
            let first = store.statCache()
            let second = store.statCache()
            first.insert(identity(1), digest(1), observed: Self.later)
            second.insert(identity(2), digest(2), observed: Self.later)
            try first.save()
            try second.save()
            let third = store.statCache()
            third.insert(identity(1, changed: 2_000), digest(11), observed: Self.later)
            try third.save()
            let all = store.statCache()
            #expect(all.lookup(identity(1)) == nil)
            #expect(all.lookup(identity(1, changed: 2_000)) == digest(11))
            #expect(all.lookup(identity(2)) == digest(2))
        }
    }

    @Test("that a file has no attributes is remembered with its content")
    func plain() throws {
        try withStore { store, _ throws in
            let cache = store.statCache()
            cache.insert(identity(1), digest(1), isPlain: true, observed: Self.later)
            cache.insert(identity(2), digest(2), observed: Self.later)
            try cache.save()
            let other = store.statCache()
            #expect(other.record(of: identity(1)) == KnownFile(content: digest(1), isPlain: true))
            #expect(other.record(of: identity(2)) == KnownFile(content: digest(2), isPlain: false))
            #expect(other.record(of: identity(1, changed: 1_001)) == nil)
        }
    }

    @Test("a file that changed a moment ago is not remembered")
    func racy() throws {
        try withStore { store, _ throws in
            let cache = store.statCache()
            cache.insert(identity(1, changed: Self.later - 1_000_000), digest(1), observed: Self.later)
            #expect(cache.lookup(identity(1, changed: Self.later - 1_000_000)) == nil)
        }
    }

    @Test("a damaged file answers less, never wrongly", arguments: 0..<30)
    func damage(seed: Int) throws {
        try withStore { store, _ throws in
            let cache = store.statCache()
            for number in UInt64(0)..<100 { cache.insert(identity(number), digest(number), observed: Self.later) }
            try cache.save()
            let path = store.root.appending("stat-cache")
            var bytes = [UInt8]()
            let file = open(path.string, O_RDWR)
            bytes = [UInt8](repeating: 0, count: 30_000)
            let size = read(file, &bytes, bytes.count)
            for step in 0..<200 { bytes[(seed * 7919 + step * 104_729) % size] ^= UInt8(1 + (seed + step) % 255) }
            if seed % 5 == 0 { ftruncate(file, off_t(size / 2 + seed)) }
            pwrite(file, bytes, seed % 5 == 0 ? size / 2 : size, 0)
            close(file)
            let damaged = store.statCache()
            for number in UInt64(0)..<100 {
                let found = damaged.lookup(identity(number))
                #expect(found == nil || found == digest(number))
            }
            damaged.insert(identity(500), digest(500), observed: Self.later)
            try damaged.save()
            #expect(store.statCache().lookup(identity(500)) == digest(500))
        }
    }
}
