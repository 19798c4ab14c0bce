/// A whole Dockerfile without errors.
public struct Dockerfile: Hashable, Sendable {
    /// The `# name=value` lines at the top.
    public let directives: [Directive]
    /// The `ARG` instructions before the first `FROM`.
    public let globalArgs: [Instruction]
    /// The build stages in file order; never empty.
    public let stages: [Stage]

    /// The character that continues lines and escapes in words: a backslash, or a backtick by directive.
    public var escape: EscapeCharacter {
        for case .escape(let character) in directives.map(\.kind) { return character }
        return .backslash
    }

    /// The frontend image named by `# syntax=`, which is only a hint here.
    public var syntax: String? {
        for case .syntax(let reference) in directives.map(\.kind) { return reference }
        return nil
    }

    /// The stage that `name` means for an instruction in the stage with index `limit`, which sees earlier stages only.
    ///
    /// Names are compared without case, and the last of several equal names wins.
    public func stage(named name: String, before limit: Int? = nil) -> Stage? {
        let name = name.lowercased()
        return stages.prefix(limit ?? stages.count).last { $0.name == name }
    }
}
