public import Diagnostics
internal import OCIModel

/// Why a build failed.
public enum BuildError: Explainable {
    /// The Dockerfile or the arguments are wrong.
    case diagnostics(SourceText, [Diagnostic])
    /// The context directory cannot be used.
    case context(path: String, reason: String, remedy: String?)
    /// The Dockerfile cannot be read.
    case dockerfile(path: String, reason: String)
    /// `.dockerignore` cannot be used.
    case ignoreFile(path: String, reason: String)
    /// `FROM` or `--from` names an image that cannot be had.
    ///
    /// Its lines of the Dockerfile and the stage that may have been meant stand beside it, where they are known.
    case imageUnavailable(
        name: String,
        reason: String,
        excerpt: String? = nil,
        nearestStage: String? = nil,
        remedy: String? = nil
    )
    /// The large files to copy are more than the store's disk has space for.
    case space(needed: Int64, free: Int64, store: String)
    /// A step failed.
    case step(StepFailure)

    /// What could not be done.
    public var what: String {
        switch self {
        case .diagnostics(let source, _): "cannot build `\(source.name)`"
        case .context(let path, _, _): "cannot use `\(path)` as the build context"
        case .dockerfile(let path, _): "cannot read the Dockerfile `\(path)`"
        case .ignoreFile(let path, _): "cannot use the ignore file `\(path)`"
        case .imageUnavailable(let name, _, _, _, _): "cannot get the image `\(name)`"
        case .space(let needed, _, let store):
            "cannot keep the large files of this build, \(Self.size(needed)), in the store `\(store)`"
        case .step(let failure): failure.what
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .diagnostics(_, let diagnostics):
            Self.summary(of: diagnostics.filter { $0.severity == .error })
        case .context(_, let reason, _), .dockerfile(_, let reason), .ignoreFile(_, let reason),
            .imageUnavailable(_, let reason, _, _, _):
            reason
        case .space(_, let free, _): "its disk has space for \(Self.size(free)) more"
        case .step(let failure): failure.why
        }
    }

    /// What the user can do.
    public var remedy: String? {
        switch self {
        case .context(_, _, let remedy): remedy
        case .dockerfile: "`-f FILE` names the Dockerfile, from where you are or from the context"
        case .space: "`llmbox system prune` frees what nothing uses; `--root` or `LLMBOX_ROOT` names another disk"
        case .imageUnavailable(_, _, _, let stage?, _): "did you mean the stage `\(stage)`?"
        case .imageUnavailable(let name, _, _, nil, let remedy): Self.importHint(for: name) ?? remedy
        case .step(let failure): failure.remedy
        default: nil
        }
    }

    private static func summary(of mistakes: [Diagnostic]) -> String {
        mistakes.count == 1 ? mistakes[0].message : "there are \(mistakes.count) mistakes in it"
    }

    /// How to do without a registry; nil for an image that nobody makes from a Debian.
    private static func importHint(for name: String) -> String? {
        // What is no name is told elsewhere.
        guard let image = try? ImageReference(name), image.domain == ImageReference.defaultDomain,
            image.path.hasPrefix("library/")
        else { return nil }
        return """
            where no registry can be reached, make a base and import it:
            `mmdebstrap --variant=minbase bookworm | llmbox import - \(name)`
            """
    }

    private static func size(_ bytes: Int64) -> String {
        guard bytes >= 1_000_000_000 else { return "\(bytes / 1_000_000) MB" }
        let tenths = bytes / 100_000_000
        return "\(tenths / 10).\(tenths % 10) GB"
    }
}

/// A step that could not be finished, with everything its reader needs to see why.
public struct StepFailure: Explainable {
    /// The step's place and text, as `[2/3] RUN make`.
    public var step: String
    /// What could not be done.
    public var what: String
    /// The cause.
    public var why: String?
    /// What to do about it.
    public var remedy: String?
    /// The lines of the Dockerfile around the step, the step's own marked.
    public var excerpt: String?
    /// The last lines that the step wrote.
    public var output: [String] = []

    /// Makes a failure.
    public init(step: String, what: String, why: String? = nil, remedy: String? = nil) {
        self.step = step
        self.what = what
        self.why = why
        self.remedy = remedy
    }

    /// Wraps an error of the work behind a step.
    init(step: String, _ error: any Error) {
        if let explained = error as? any Explainable {
            self.init(step: step, what: explained.what, why: explained.why, remedy: explained.remedy)
        } else {
            self.init(step: step, what: "cannot finish the step", why: "\(error)")
        }
    }
}

/// A mistake in what a `COPY` or `ADD` asks for, found when its files are looked at.
enum CopyError: Explainable {
    /// `excludedBy` is the ignore file that hides it.
    case notFound(path: String, excludedBy: String?)
    case danglingLink(String)
    case badPattern(String, reason: String)
    case directoryOverFile(String)
    case fileOverDirectory(String)
    case unknownUser(String, kind: String)
    case badMode(String)
    case tooManyLinks(String)
    case notYet(String)
    case changed(String)
    case tooLarge(path: String, size: Int64, LayerPolicy.Limit)

    var what: String {
        switch self {
        case .notFound(let path, _), .danglingLink(let path): "cannot find the source `\(path)`"
        case .badPattern(let text, _): "cannot use the pattern `\(text)`"
        case .directoryOverFile(let path): "cannot copy a directory onto `\(path)`"
        case .fileOverDirectory(let path): "cannot copy a file onto `\(path)`"
        case .unknownUser(let name, let kind): "cannot find the \(kind) `\(name)`"
        case .badMode(let text): "cannot use the mode `\(text)`"
        case .tooManyLinks(let path): "cannot follow `\(path)`"
        case .notYet(let text): "cannot use \(text)"
        case .changed(let path): "cannot copy `\(path)`"
        case .tooLarge(let path, _, _): "cannot make a layer of `\(path)` that the registry takes"
        }
    }

    var why: String? {
        switch self {
        case .notFound(_, let ignoreFile):
            ignoreFile.map { "`\($0)` excludes it" } ?? "there is no such file or directory there"
        case .danglingLink: "it is a symbolic link, and what it names is not in the context"
        case .badPattern(_, let reason): reason
        case .directoryOverFile: "it is a file in the image"
        case .fileOverDirectory: "it is a directory in the image"
        case .unknownUser(_, let kind): "the image has no such \(kind)"
        case .badMode: "it is neither octal, as `755`, nor symbolic, as `u+x,go-w`"
        case .tooManyLinks: "it passes too many symbolic links"
        case .notYet: "llmbox does not support it yet"
        case .changed: "it changed while it was read"
        case .tooLarge(_, let size, let limit):
            "it has \(size / 1_000_000) MB, and \(limit.registry) takes layers of up to "
                + "\(limit.bytes / 1_000_000) MB"
        }
    }

    var remedy: String? {
        switch self {
        case .unknownUser: "use its number, or make it in an earlier `RUN`"
        case .notFound(_, .some): "add a line that begins with `!` to bring it back"
        case .changed: "build again when nothing writes to it"
        case .tooLarge: "split it into shards, or leave out the `-t` that names that registry"
        default: nil
        }
    }
}
