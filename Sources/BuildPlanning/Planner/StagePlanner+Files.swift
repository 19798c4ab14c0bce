internal import Diagnostics
internal import DockerfileSyntax
internal import OCIModel

/// `COPY`, `ADD` and `WORKDIR`.
extension StagePlanner {
    func applyCopy(_ copy: CopyInstruction, _ context: InstructionContext) {
        let name = copy.isAdd ? "ADD" : "COPY"
        guard let destination = expand(copy.destination, context) else { return }
        let sources = copy.sources.compactMap { source(of: $0, isAdd: copy.isAdd, context) }
        let owner = copy.chown.map { expand($0, context) } ?? .some(nil)
        let mode = copy.chmod.map { expand($0, context) } ?? .some(nil)
        let checksum = copy.checksum.map { expand($0, context) } ?? .some(nil)
        let excludes = copy.excludes.compactMap { expand($0, context) }
        guard sources.count == copy.sources.count, excludes.count == copy.excludes.count else { return }
        var origin = FileOrigin.context
        if let from = copy.from {
            guard let resolved = session.origin(from.text, range: rangeOrBase(from.range), before: source.index) else {
                isComplete = false
                return
            }
            origin = resolved
        }
        guard checksumFits(checksum ?? nil, sources, copy) else { return }
        let target = absoluteDestination(destination)
        if sources.count > 1, !target.hasSuffix("/"), sources.contains(where: \.isDocument) == false {
            report(
                Diagnostic(
                    .error,
                    "several sources need a directory as destination, and `\(destination)` does not end in `/`",
                    at: copy.destination.range,
                    hint: "write `\(destination)/`"
                )
            )
            return
        }
        let operation = CopyOperation(
            isAdd: copy.isAdd,
            origin: origin,
            sources: sources,
            destination: target,
            owner: owner ?? nil,
            mode: mode ?? nil,
            excludes: excludes,
            keepsParents: copy.parents,
            unpack: copy.unpack,
            checksum: checksum ?? nil,
            keepsGitDirectory: copy.keepGitDir,
            isLinked: copy.link
        )
        var words = [name]
        if copy.parents { words.append("--parents") }
        if let owner = operation.owner { words.append("--chown=\(owner)") }
        if let mode = operation.mode { words.append("--chmod=\(mode)") }
        // BuildKit names inline files last, wherever they stood.
        words += sources.filter { !$0.isDocument }.map(\.historyText) + sources.filter(\.isDocument).map(\.historyText)
        words += [destination, "# buildkit"]
        append(.copy(operation), history: words.joined(separator: " "), context)
    }

    /// Whether `--checksum` can be checked: it belongs to one file of the web, or to one repository.
    private func checksumFits(
        _ checksum: String?,
        _ sources: [CopyOperation.Source],
        _ copy: CopyInstruction
    ) -> Bool {
        guard let checksum, let word = copy.checksum else { return true }
        var problem: String?
        var hint: String?
        if sources.count > 1 {
            problem = "`--checksum` cannot speak for several sources"
            hint = "write an `ADD` for each"
        } else if case .url? = sources.first {
            if (try? BlobDigest(checksum)) == nil {
                problem = "`\(checksum)` is no checksum"
                hint = "write `sha256:` and 64 hexadecimal digits"
            }
        } else if let source = sources.first, source.isRepository {
            let isHex = checksum.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0 | 32) }
            if !isHex || checksum.utf8.count < 7 { problem = "`\(checksum)` is no commit" }
        } else {
            problem = "`--checksum` needs an address as the source"
        }
        guard let problem else { return true }
        report(Diagnostic(.error, problem, at: word.range, hint: hint))
        return false
    }

    func applyWorkdir(_ word: Word, _ context: InstructionContext) {
        guard let written = expand(word, context) else { return }
        // An absolute path is stored as written, trailing and double slashes included, as Docker does.
        let path =
            written.hasPrefix("/")
            ? written
            : written.isEmpty ? state.config.workingDir ?? "/" : ImagePath.absolute(written, in: state.directory)
        state.config.workingDir = path.isEmpty ? "/" : path
        let directory = state.directory
        let history = "WORKDIR \(state.config.workingDir ?? "/")"
        if directory == "/" {
            append(.metadata, history: history, context)
        } else {
            let operation = MakeDirectoryOperation(path: directory, user: state.config.user ?? "")
            append(.makeDirectory(operation), history: history, context)
        }
    }

    private func source(
        of source: CopyInstruction.Source,
        isAdd: Bool,
        _ context: InstructionContext
    ) -> CopyOperation.Source? {
        switch source {
        case .heredoc(let heredoc):
            guard heredoc.expands else { return .document(name: heredoc.name, content: heredoc.content) }
            do {
                return .document(name: heredoc.name, content: try context.expander.expand(heredoc))
            } catch {
                report(error)
                return nil
            }
        case .path(let word):
            guard let path = expand(word, context) else { return nil }
            let isWeb = path.hasPrefix("http://") || path.hasPrefix("https://")
            let isGit = GitAddress(path) != nil
            let isHub = path.hasPrefix(HubAddress.scheme)
            guard isWeb || isGit || isHub else { return .path(path) }
            guard isAdd else {
                report(
                    Diagnostic(
                        .error,
                        "`COPY` cannot fetch `\(path)`",
                        at: word.range,
                        hint: "use `ADD` for an address"
                    )
                )
                return nil
            }
            guard isHub else { return isGit ? .git(path) : .url(path) }
            guard let address = HubAddress(path) else {
                report(
                    Diagnostic(
                        .error,
                        "`\(path)` is no address of a model",
                        at: word.range,
                        hint: "write `hf://OWNER/NAME`, with `@REVISION` and `/PATH` behind it if you want"
                    )
                )
                return nil
            }
            return .hub(address)
        }
    }

    /// The destination below the working directory; what was written as a directory ends in a slash.
    private func absoluteDestination(_ written: String) -> String {
        let path = ImagePath.absolute(written, in: state.directory)
        let last = written.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let isDirectory = last.isEmpty || last == "." || last == ".."
        return isDirectory && path != "/" ? path + "/" : path
    }

    func rangeOrBase(_ range: SourceRange) -> SourceRange {
        isTrigger ? source.from.image.range : range
    }
}

extension CopyOperation.Source {
    fileprivate var isDocument: Bool { if case .document = self { true } else { false } }

    /// Whether a checksum is a commit rather than a digest.
    fileprivate var isRepository: Bool {
        switch self {
        case .git, .hub: true
        case .path, .url, .document: false
        }
    }

    fileprivate var historyText: String {
        switch self {
        case .path(let text): text
        case .url(let text), .git(let text): AddressText.withoutCredentials(text)
        case .hub(let address): address.description
        case .document(let name, _): "<<\(name)"
        }
    }
}
