internal import CArchive

/// How a stream is compressed.
public enum CompressionFormat: String, Sendable, CaseIterable, Codable {
    /// Not at all.
    case none
    /// RFC 1952.
    case gzip
    /// bzip2.
    case bzip2
    /// XZ.
    case xz
    /// RFC 8878.
    case zstd

    /// Tells the format from a stream's first bytes.
    public init(detecting start: some Collection<UInt8>) {
        func begins(with magic: [UInt8]) -> Bool { start.starts(with: magic) }
        if begins(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if begins(with: [0x28, 0xB5, 0x2F, 0xFD]) || Self.isSkippableFrame(start) {
            self = .zstd
        } else if begins(with: Array("BZh".utf8)) {
            self = .bzip2
        } else if begins(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
            self = .xz
        } else {
            self = .none
        }
    }

    /// zstd streams may begin with a skippable frame (zstd:chunked, pzstd): 0x184D2A50 to 0x184D2A5F.
    private static func isSkippableFrame(_ start: some Collection<UInt8>) -> Bool {
        let magic = Array(start.prefix(4))
        return magic.count == 4 && magic[0] & 0xF0 == 0x50 && magic[1...] == [0x2A, 0x4D, 0x18]
    }

    /// libarchive's filter, nil when nothing needs to be undone.
    var filter: llb_filter? {
        switch self {
        case .none: nil
        case .gzip: LLB_FILTER_GZIP
        case .bzip2: LLB_FILTER_BZIP2
        case .xz: LLB_FILTER_XZ
        case .zstd: LLB_FILTER_ZSTD
        }
    }
}
