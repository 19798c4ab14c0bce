/// Where the fields of a 512-byte ustar header lie (POSIX.1-2017, pax, "ustar Interchange Format").
enum TarBlock {
    static let size = 512
    static let name = 0..<100
    static let mode = 100..<108
    static let userID = 108..<116
    static let groupID = 116..<124
    static let entrySize = 124..<136
    static let modificationTime = 136..<148
    static let checksum = 148..<156
    static let type = 156
    static let linkName = 157..<257
    static let magic = 257..<263
    static let version = 263..<265
    static let deviceMajor = 329..<337
    static let deviceMinor = 337..<345
    static let prefix = 345..<500

    // GNU's old sparse format keeps its map where ustar has the prefix.
    static let sparseMap = 386..<482
    static let sparseIsExtended = 482
    static let sparseRealSize = 483..<495

    /// How many bytes fill up a block after `count` bytes of content.
    static func padding(after count: UInt64) -> Int {
        Int((512 - count % 512) % 512)
    }
}
