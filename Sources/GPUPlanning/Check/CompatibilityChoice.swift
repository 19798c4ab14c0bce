/// Whether an image's own `libcuda` is used.
public enum CompatibilityChoice: String, Hashable, Sendable, CaseIterable {
    /// Where the driver is older and the GPU takes it.
    case auto
    /// Wherever the driver is older.
    case on
    /// Never.
    case off
}
