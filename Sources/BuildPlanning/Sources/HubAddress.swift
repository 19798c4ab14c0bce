/// A repository of a Hugging Face-compatible hub, with the version and the files that are wanted:
/// `hf://OWNER/NAME[@REVISION][/PATH]`, and `hf://datasets/…` or `hf://spaces/…` for the other kinds.
public struct HubAddress: Hashable, Sendable, CustomStringConvertible {
    /// What a repository holds.
    public enum Kind: String, Sendable {
        /// A model.
        case model
        /// A data set.
        case dataset
        /// The files of a demonstration.
        case space
    }

    /// What the text begins with.
    public static let scheme = "hf://"

    /// What the repository holds.
    public let kind: Kind
    /// The owner and the name, with a slash between them.
    public let repository: String
    /// A branch, a tag or a commit; nil means `main`.
    public let revision: String?
    /// A file, a directory or a pattern with `*` and `?` in the repository; empty for all of it.
    public let path: String

    /// Parses an address; nil when the text is none.
    ///
    /// A slash in a revision is written `%2F`, as in `hf://owner/name@refs%2Fpr%2F1`.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.scheme), !text.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else { return nil }
        var parts = text.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
            .map(String.init)
        switch parts.first {
        case "datasets": kind = .dataset
        case "spaces": kind = .space
        default: kind = .model
        }
        if kind != .model || parts.first == "models" { parts.removeFirst() }
        guard parts.count >= 2 else { return nil }
        let named = parts[1].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard Self.isName(parts[0]), Self.isName(named[0]) else { return nil }
        repository = parts[0] + "/" + named[0]
        if named.count > 1 {
            let wanted = named[1].replacing("%2F", with: "/").replacing("%2f", with: "/")
            guard Self.isRevision(wanted) else { return nil }
            revision = wanted
        } else {
            revision = nil
        }
        let rest = parts.dropFirst(2).filter { !$0.isEmpty && $0 != "." }
        guard !rest.contains("..") else { return nil }
        path = rest.joined(separator: "/")
    }

    /// The revision, written out when it was left out.
    public var wantedRevision: String { revision ?? "main" }

    /// The commit, when the revision is one written out.
    public var commit: String? {
        guard let revision, revision.utf8.count == 40 else { return nil }
        return revision.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) } ? revision : nil
    }

    /// The address as it can be written again.
    public var description: String { text(revision) }

    /// The address with its revision written out.
    public func pinned(to commit: String) -> String { text(commit) }

    private func text(_ revision: String?) -> String {
        let prefix = kind == .model ? "" : kind.rawValue + "s/"
        let version = revision.map { "@" + $0.replacing("/", with: "%2F") } ?? ""
        return Self.scheme + prefix + repository + version + (path.isEmpty ? "" : "/" + path)
    }

    private static func isName(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 96, text != ".", text != "..", !text.hasPrefix("-") else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122: true
            default: "._-".utf8.contains(byte)
            }
        }
    }

    private static func isRevision(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix("-") && !text.contains("..")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: "._-/+".utf8.contains(byte)
                }
            }
    }
}
