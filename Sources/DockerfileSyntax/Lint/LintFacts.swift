public import Diagnostics

/// What lint rules may know besides the file: values gathered by the caller, so that rules stay pure.
public struct LintFacts: Sendable {
    /// A file of the context.
    public struct LargeFile: Hashable, Sendable {
        /// The path below the context's root.
        public var path: String
        /// The bytes it holds.
        public var size: Int64

        /// Makes a file.
        public init(path: String, size: Int64) {
            (self.path, self.size) = (path, size)
        }
    }

    /// What is known of the context.
    public struct Context: Sendable {
        /// The rules of its ignore file; nil when it has none.
        public var ignore: IgnoreRules?
        /// Its large files, those that the ignore file excludes left out.
        public var largeFiles: [LargeFile]

        /// Makes a context.
        public init(ignore: IgnoreRules?, largeFiles: [LargeFile]) {
            (self.ignore, self.largeFiles) = (ignore, largeFiles)
        }
    }

    /// `--build-arg`, by name.
    public var buildArguments: [String: String] = [:]
    /// The variables that images set, by the name that `FROM` gives; an image that is not here is not in it.
    public var imageVariables: [String: Set<String>] = [:]
    /// The context, when there is one.
    public var context: Context?
    /// The version of this machine's NVIDIA driver, such as `535.161.07`; nil without one.
    public var driverVersion: String?
    /// Whether a text can name an image.
    public var isImageName: @Sendable (String) -> Bool

    /// Makes facts; `isImageName` judges names by the grammar of references.
    public init(isImageName: @escaping @Sendable (String) -> Bool) {
        self.isImageName = isImageName
    }
}

/// Checks a file with every rule, those that need facts included.
///
/// - Returns: the tree, if the file has no mistakes, and all errors and warnings.
public func check(_ source: SourceText, facts: LintFacts) -> ParseResult {
    var parser = DockerfileParser(source, facts: facts)
    return parser.parse()
}
