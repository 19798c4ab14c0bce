/// The pairs of an `ENV` or `LABEL`.
public struct KeyValueList: Hashable, Sendable {
    /// One `key=value`, quotes and variables untouched.
    public struct Pair: Hashable, Sendable {
        /// The key; variables in it are expanded too.
        public let key: Word
        /// The value.
        public let value: Word
    }

    /// The pairs in order; never empty.
    public let pairs: [Pair]
    /// Whether the old form `ENV key rest of the line` was used.
    public let isLegacyForm: Bool
}
