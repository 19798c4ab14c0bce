/// Where the files of a build come from, told from the text that names it.
public enum ContextLocation: Equatable, Sendable {
    /// A directory of this machine.
    case directory(String)
    /// Standard input: a Dockerfile or an archive.
    case standardInput
    /// An address of a Dockerfile or an archive.
    case web(String)
    /// A repository.
    case git(GitAddress)

    /// Reads the argument of `build` or the value of `--build-context`.
    public init(_ text: String) {
        if text == "-" {
            self = .standardInput
        } else if let git = GitAddress(text, allowsShorthand: true) {
            self = .git(git)
        } else if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .web(text)
        } else {
            self = .directory(text)
        }
    }
}
