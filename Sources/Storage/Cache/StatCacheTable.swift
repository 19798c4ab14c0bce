internal import Glibc
internal import OCIModel
internal import SystemPackage

/// A mapped, immutable hash table with open addressing.
///
///     header   8 bytes magic and version, 8 bytes capacity (a power of two)
///     slots    88 bytes each: device, inode, size, modified, changed, 32 bytes digest, flags, check value; zeros when
///              empty
///
/// All numbers are little-endian and 64 bits wide.
///
/// Invariant behind `@unchecked Sendable`: the mapping is private and read-only, and nothing changes after `init`.
final class StatCacheTable: @unchecked Sendable {
    private static let magic = UInt64(littleEndian: 0x3230_4354_4158_424C)
    private static let headerSize = 16
    private static let slotSize = 88
    private static let checkOffset = 80
    /// More files than this, and the table starts over with the newest: a bound, not a limit anybody should meet.
    private static let countLimit = 1 << 21

    private let map: UnsafeRawPointer
    private let mapSize: Int
    private let capacity: Int

    /// Maps a table; nil when there is none or it is not one.
    init?(_ path: FilePath) {
        // Whatever is wrong with the file, the cache starts empty.
        guard let file = try? StoreFiles.open(path, O_RDONLY) else { return nil }
        var status = stat()
        guard fstat(file.descriptor, &status) == 0, status.st_size >= Self.headerSize else { return nil }
        let size = Int(status.st_size)
        guard let map = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), map != MAP_FAILED else {
            return nil
        }
        self.map = UnsafeRawPointer(map)
        mapSize = size
        let capacity = UInt64(littleEndian: map.load(fromByteOffset: 8, as: UInt64.self))
        self.capacity = Int(clamping: capacity)
        guard map.load(as: UInt64.self) == Self.magic, capacity > 0, capacity & (capacity - 1) == 0,
            capacity <= UInt64(size / Self.slotSize), size == Self.headerSize + Int(capacity) * Self.slotSize
        else { return nil }
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: map), mapSize)
    }

    func lookup(_ identity: FileIdentity) -> KnownFile? {
        var index = Int(truncatingIfNeeded: Self.hash(identity)) & (capacity - 1)
        for _ in 0..<capacity {
            guard let slot = slot(index) else { return nil }
            if slot.identity == identity { return slot.isSound ? slot.known : nil }
            index = (index + 1) & (capacity - 1)
        }
        return nil
    }

    /// The bytes of a table with everything of an old one and what was learnt since.
    static func merging(_ old: StatCacheTable?, with learnt: [FileIdentity: KnownFile]) -> [UInt8] {
        var records = learnt
        if let old {
            let names = Set(learnt.keys.map { Name(device: $0.device, inode: $0.inode) })
            for index in 0..<old.capacity where records.count < countLimit {
                guard let slot = old.slot(index), slot.isSound,
                    // A file that is known anew has no use for its past.
                    !names.contains(Name(device: slot.identity.device, inode: slot.identity.inode))
                else { continue }
                records[slot.identity] = slot.known
            }
        }
        var capacity = 256
        while capacity < records.count * 2 { capacity *= 2 }
        var bytes = [UInt8](repeating: 0, count: headerSize + capacity * slotSize)
        bytes.withUnsafeMutableBytes { buffer in
            buffer.storeBytes(of: magic, as: UInt64.self)
            buffer.storeBytes(of: UInt64(capacity).littleEndian, toByteOffset: 8, as: UInt64.self)
            for (identity, known) in records {
                var index = Int(truncatingIfNeeded: hash(identity)) & (capacity - 1)
                while buffer.load(fromByteOffset: headerSize + index * slotSize + checkOffset, as: UInt64.self) != 0 {
                    index = (index + 1) & (capacity - 1)
                }
                Slot(identity: identity, known: known).store(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[(headerSize + index * slotSize)...])
                )
            }
        }
        return bytes
    }

    private func slot(_ index: Int) -> Slot? {
        Slot(map + Self.headerSize + index * Self.slotSize)
    }

    /// FNV-1a over the fields; spreads, does not protect.
    fileprivate static func hash(
        _ identity: FileIdentity,
        _ digest: DigestWords = (0, 0, 0, 0),
        flags: UInt64 = 0
    ) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ value: UInt64) {
            hash = (hash ^ value) &* 0x0000_0100_0000_01B3
            hash ^= hash >> 29
        }
        mix(identity.device)
        mix(identity.inode)
        mix(identity.size)
        mix(UInt64(bitPattern: identity.modified))
        mix(UInt64(bitPattern: identity.changed))
        mix(digest.0)
        mix(digest.1)
        mix(digest.2)
        mix(digest.3)
        mix(flags)
        return hash
    }

    /// A digest's 32 bytes as they lie in memory.
    fileprivate typealias DigestWords = (UInt64, UInt64, UInt64, UInt64)

    /// A file, whatever it holds.
    private struct Name: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// One record.
    private struct Slot {
        let identity: FileIdentity
        let words: DigestWords
        let flags: UInt64
        let check: UInt64

        private static let plain: UInt64 = 1

        init(identity: FileIdentity, known: KnownFile) {
            self.identity = identity
            words = known.content.withUnsafeBytes { $0.loadUnaligned(as: DigestWords.self) }
            flags = known.isPlain ? Self.plain : 0
            // Never zero: that marks an empty slot.
            check = StatCacheTable.hash(identity, words, flags: flags) | 1
        }

        init?(_ pointer: UnsafeRawPointer) {
            func number(_ offset: Int) -> UInt64 {
                UInt64(littleEndian: pointer.load(fromByteOffset: offset, as: UInt64.self))
            }
            check = number(checkOffset)
            guard check != 0 else { return nil }
            identity = FileIdentity(
                device: number(0),
                inode: number(8),
                size: number(16),
                modified: Int64(bitPattern: number(24)),
                changed: Int64(bitPattern: number(32))
            )
            words = pointer.load(fromByteOffset: 40, as: DigestWords.self)
            flags = number(72)
        }

        var isSound: Bool { check == StatCacheTable.hash(identity, words, flags: flags) | 1 }

        var known: KnownFile? {
            // 32 bytes always make a digest.
            let content = withUnsafeBytes(of: words) { try? BlobDigest(bytes: $0) }
            return content.map { KnownFile(content: $0, isPlain: flags & Self.plain != 0) }
        }

        func store(into buffer: UnsafeMutableRawBufferPointer) {
            let numbers = [
                identity.device, identity.inode, identity.size, UInt64(bitPattern: identity.modified),
                UInt64(bitPattern: identity.changed),
            ]
            for (index, number) in numbers.enumerated() {
                buffer.storeBytes(of: number.littleEndian, toByteOffset: index * 8, as: UInt64.self)
            }
            buffer.storeBytes(of: words, toByteOffset: 40, as: DigestWords.self)
            buffer.storeBytes(of: flags.littleEndian, toByteOffset: 72, as: UInt64.self)
            buffer.storeBytes(of: check.littleEndian, toByteOffset: checkOffset, as: UInt64.self)
        }
    }
}
