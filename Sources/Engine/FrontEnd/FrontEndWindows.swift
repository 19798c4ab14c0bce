internal import Diagnostics
internal import DockerfileSyntax
internal import LinuxKernel

/// Views into how Dockerfiles are read, for tools and tests.
public enum FrontEndWindows {
    /// The syntax tree of a file as written; `-` is standard input.
    ///
    /// - Throws: ``BuildError/diagnostics(_:_:)`` with all mistakes.
    public static func syntaxTree(_ path: String) throws -> SyntaxTreeDocument {
        let source = try source(path)
        do {
            return SyntaxTreeDocument(try parseTree(source))
        } catch {
            throw BuildError.diagnostics(source, error.diagnostics)
        }
    }

    /// The stages of a file in which every instruction is valid; `-` is standard input.
    ///
    /// - Throws: ``BuildError/diagnostics(_:_:)`` with all mistakes.
    public static func stages(_ path: String) throws -> StageListDocument {
        let source = try source(path)
        let result = parse(source)
        guard let dockerfile = result.dockerfile else {
            throw BuildError.diagnostics(source, result.errors)
        }
        return StageListDocument(dockerfile)
    }

    /// A word with its variables replaced and its quotes removed.
    public static func expand(_ word: String, variables: [String: String], backtick: Bool) throws -> String {
        try expander(variables, backtick).expand(word)
    }

    /// A word with its variables replaced, split at the blanks that no quotes protect.
    public static func expandWords(_ word: String, variables: [String: String], backtick: Bool) throws -> [String] {
        try expander(variables, backtick).expandWords(word)
    }

    /// The answer of an ignore file: whether a path is excluded.
    ///
    /// - Throws: ``BuildError/ignoreFile(path:reason:)`` for a bad pattern.
    public static func ignoreRules(_ path: String) throws -> @Sendable (String) -> Bool {
        let bytes = try source(path).bytes
        do {
            let rules = try IgnoreRules(parsing: bytes)
            return { rules.isExcluded(trimmed($0)) }
        } catch {
            throw BuildError.ignoreFile(path: path, reason: error.description)
        }
    }

    /// A directory may be written with a slash behind it.
    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    private static func expander(_ variables: [String: String], _ backtick: Bool) -> WordExpander {
        WordExpander(escape: backtick ? .backtick : .backslash) { variables[$0] }
    }

    private static func source(_ path: String) throws -> SourceText {
        do throws(SyscallError) {
            let bytes =
                path == "-"
                ? try FileIO.readAll(OwnedFD.standardInput(), limit: BuildDefinition.sizeLimit)
                // Whatever the caller names, a pipe included: this is no context that somebody else has made.
                : try FileIO.readAll(path: path, limit: BuildDefinition.sizeLimit)
            return SourceText(name: path, bytes: bytes)
        } catch {
            throw BuildError.dockerfile(path: path, reason: error.why ?? "\(error)")
        }
    }
}
