internal import LayerArchive
internal import Storage

/// How layers leave for a registry.
public enum PushCompression: String, CaseIterable, Sendable {
    /// As they are where samples say that compressing saves little, as weights do; with gzip otherwise.
    case auto
    /// With gzip.
    case gzip
    /// With zstd.
    case zstd
    /// As they are.
    case none

    /// The form for a layer, nil for as it is.
    func format(for layer: StoredLayer, in store: ImageStore) throws -> CompressionFormat? {
        switch self {
        case .none: return nil
        case .gzip: return .gzip
        case .zstd: return .zstd
        case .auto: return try store.compressibility(of: layer).isWorthwhile ? .gzip : nil
        }
    }

    /// Whether a layer that exists in `format` already may be sent so.
    func accepts(_ format: CompressionFormat) -> Bool {
        switch self {
        case .auto: format == .gzip || format == .zstd || format == .none
        case .gzip: format == .gzip
        case .zstd: format == .zstd
        case .none: format == .none
        }
    }

    /// The efforts that may be asked for.
    public var levels: ClosedRange<Int>? {
        switch self {
        case .gzip, .auto: 1...12
        case .zstd: 1...19
        case .none: nil
        }
    }

    /// The effort when nobody asks for one: the last step that costs little time for what it saves.
    static func standardLevel(_ format: CompressionFormat) -> Int { format == .zstd ? 3 : 5 }
}
