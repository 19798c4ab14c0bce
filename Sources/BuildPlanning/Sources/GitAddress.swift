/// A repository with the version and the directory that are wanted: `https://host/name.git#ref:directory`.
///
/// Only what the four allowed protocols need gets through: no option in place of an address, no `ext::`, no path of the
/// machine that builds.
public struct GitAddress: Hashable, Sendable {
    /// What git is given, credentials included.
    public let remote: String
    /// A branch, a tag, a full reference or a commit; nil means the default branch.
    public let reference: String?
    /// The directory below the checkout, as written.
    public let directory: String?

    /// The protocols that git may use, also for submodules.
    public static let protocols = ["https", "http", "git", "ssh"]

    /// Parses an address; nil when the text is none.
    ///
    /// - Parameters:
    ///   - text: `https://….git`, `http://….git`, `git://…`, `ssh://…` or `user@host:path`, with `#ref:directory`.
    ///   - allowsShorthand: Whether `github.com/…` counts, which could be a directory as well.
    public init?(_ text: String, allowsShorthand: Bool = false) {
        guard !text.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else { return nil }
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard var address = parts.first else { return nil }
        if allowsShorthand, address.hasPrefix("github.com/") { address = "https://" + address }
        guard Self.isRemote(address) else { return nil }
        remote = address
        let wanted =
            parts.count > 1 ? parts[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false) : []
        reference = wanted.first.flatMap { $0.isEmpty ? nil : String($0) }
        directory = wanted.count > 1 && !wanted[1].isEmpty ? String(wanted[1]) : nil
    }

    /// The address for people, without credentials.
    public var description: String {
        let wanted = (reference ?? "") + (directory.map { ":" + $0 } ?? "")
        return AddressText.withoutCredentials(remote) + (wanted.isEmpty ? "" : "#" + wanted)
    }

    /// Whether the reference can be handed to git: no option, no refspec, no pattern.
    public var hasPlainReference: Bool {
        guard let reference else { return true }
        let isPlain = reference.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122: true
            default: "._/+@=-".utf8.contains(byte)
            }
        }
        return isPlain && !reference.hasPrefix("-") && !reference.hasPrefix("+") && !reference.contains("..")
    }

    /// The commit, when the reference is one written out.
    public var commit: String? {
        guard let reference, reference.utf8.count == 40 || reference.utf8.count == 64 else { return nil }
        let isHex = reference.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        return isHex ? reference : nil
    }

    private static func isRemote(_ address: String) -> Bool {
        for scheme in protocols {
            guard address.lowercased().hasPrefix(scheme + "://") else { continue }
            let rest = address.dropFirst(scheme.utf8.count + 3)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            guard isHost(host), rest.count > authority.count + 1 else { return false }
            return scheme == "git" || scheme == "ssh" || address.hasSuffix(".git")
        }
        // The form of scp; the user's name keeps a Windows path or `host:file` from being taken for one.
        guard !address.contains("://"), let colon = address.firstIndex(of: ":") else { return false }
        let login = address[..<colon].split(separator: "@", omittingEmptySubsequences: false)
        guard login.count == 2, isName(login[0]), isHost(login[1]) else { return false }
        let path = address[address.index(after: colon)...]
        return !path.isEmpty && !path.hasPrefix("-") && !path.hasPrefix(":")
    }

    private static func isHost(_ text: some StringProtocol) -> Bool {
        // An address of version 6 has brackets and colons, a port another colon.
        !text.isEmpty && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: ".-_:[]".utf8.contains(byte)
                }
            }
    }

    private static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: "._-".utf8.contains(byte)
                }
            }
    }
}
