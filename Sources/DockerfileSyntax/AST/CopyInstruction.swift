/// `COPY` or `ADD`.
public struct CopyInstruction: Hashable, Sendable {
    /// One source of a copy.
    public enum Source: Hashable, Sendable {
        /// A path, a pattern or (for `ADD`) an address, unexpanded.
        case path(Word)
        /// A document in the Dockerfile.
        case heredoc(Heredoc)
    }

    /// Whether it is `ADD`.
    public let isAdd: Bool
    /// The sources in order; never empty.
    public let sources: [Source]
    /// The destination, unexpanded.
    public let destination: Word
    /// `--from`: a stage's name or number, or an image; never expanded (`COPY` only).
    public let from: Word?
    /// `--chown`, unexpanded.
    public let chown: Word?
    /// `--chmod`, unexpanded.
    public let chmod: Word?
    /// `--link`.
    public let link: Bool
    /// `--parents` (`COPY` only).
    public let parents: Bool
    /// `--exclude`, unexpanded, in order.
    public let excludes: [Word]
    /// `--checksum`, unexpanded (`ADD` only).
    public let checksum: Word?
    /// `--keep-git-dir` (`ADD` only).
    public let keepGitDir: Bool
    /// `--unpack`; `nil` unpacks local archives and leaves fetched ones (`ADD` only).
    public let unpack: Bool?

    /// The sources that are paths.
    public var paths: [Word] {
        sources.compactMap { if case .path(let word) = $0 { word } else { nil } }
    }

    /// The sources that stand in the Dockerfile.
    public var heredocs: [Heredoc] {
        sources.compactMap { if case .heredoc(let heredoc) = $0 { heredoc } else { nil } }
    }
}
