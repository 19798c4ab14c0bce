internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import Glibc
internal import LinuxKernel
internal import Storage

/// Finds the files that the sources of a copy mean, reading directories but no contents.
struct FileSelector {
    let tree: SourceTree
    let operation: CopyOperation
    /// What is known about a file from earlier builds; nothing where contents do not matter.
    var known: @Sendable (FileStatus) -> KnownFile? = { _ in nil }
    /// What the sources that are no paths bring; nothing for those who only ask about paths.
    var fetched: (CopyOperation.Source) throws -> [SelectedSource] = { _ in [] }

    /// The selections of all sources in order.
    func select() throws -> [SelectedSource] {
        var result: [SelectedSource] = []
        for source in operation.sources {
            switch source {
            case .path(let path): result += try select(path)
            case .document(let name, let content): result.append(document(name, content))
            case .url, .git, .hub: result += try fetched(source)
            }
        }
        return result
    }

    private func document(_ name: String, _ content: String) -> SelectedSource {
        let bytes = Array(content.utf8)
        let file = SelectedFile(relativePath: "", status: nil, content: .document(bytes))
        return SelectedSource(placement: .file(name: name), files: [file])
    }

    // MARK: Paths

    private func select(_ written: String) throws -> [SelectedSource] {
        // `/./` marks how much of the path `--parents` keeps.
        let pivot = operation.keepsParents ? written.range(ofPivot: "/./") : nil
        let (outer, inner) = pivot ?? ("", written)
        let prefix = ImagePath.components(outer).count
        let pattern = ImagePath.components(outer + "/" + inner).joined(separator: "/")
        guard PathGlob.hasWildcards(pattern) else {
            let path = unescaped(pattern)
            guard let status = try tree.status(path, followFinalLink: true), try !tree.isHidden(path, status) else {
                throw try tree.notFound(path, written: written)
            }
            return [try selection(path, status, keptFrom: prefix)]
        }
        let components: [PathGlob]
        do {
            components = try PathGlob(pattern).components
        } catch {
            throw CopyError.badPattern(written, reason: error.why ?? "it is malformed")
        }
        var matches: [(String, FileStatus)] = []
        try expand(components[...], below: "", into: &matches)
        return try matches.map { try selection($0.0, $0.1, keptFrom: prefix) }
    }

    /// A backslash escapes in a path without wildcards too.
    private func unescaped(_ pattern: String) -> String {
        (try? PathGlob(pattern).literalPath) ?? pattern
    }

    private func expand(
        _ components: ArraySlice<PathGlob>,
        below directory: String,
        into matches: inout [(String, FileStatus)]
    ) throws {
        guard let first = components.first else { return }
        let rest = components.dropFirst()
        let names: [String]
        if let name = first.literalPath {
            names = [name]
        } else {
            guard try tree.status(directory, followFinalLink: true)?.kind == .directory else { return }
            names = try DirectoryWalker.names(in: try tree.root.openDirectory(directory.isEmpty ? "." : directory))
                .filter { first.matches($0) }
        }
        for name in names {
            let path = directory.isEmpty ? name : "\(directory)/\(name)"
            guard let status = try tree.status(path, followFinalLink: true) else {
                // A name that matches and leads nowhere: to leave it out in silence would be to copy less than was asked.
                if rest.isEmpty, let link = try tree.status(path, followFinalLink: false), !tree.hides(path, link) {
                    throw CopyError.danglingLink(path)
                }
                continue
            }
            guard try !tree.isHidden(path, status) else { continue }
            if rest.isEmpty {
                matches.append((path, status))
            } else if status.kind == .directory {
                try expand(rest, below: path, into: &matches)
            }
        }
    }

    /// What a found path brings: itself, or what is in it.
    private func selection(_ path: String, _ status: FileStatus, keptFrom prefix: Int) throws -> SelectedSource {
        let kept = FileName.components(path).dropFirst(prefix).joined(separator: "/")
        var files: [SelectedFile] = []
        if operation.keepsParents { files += try parents(of: path, keptFrom: prefix) }
        let place = operation.keepsParents ? kept : ""
        guard status.kind == .directory else {
            guard status.kind != .socket else { throw CopyError.notFound(path: path, excludedBy: nil) }
            if isExcludedByFlag(FileName.components(path).last.map(String.init) ?? path) {
                return SelectedSource(placement: .contents, files: [])
            }
            files.append(try file(path, at: place, status, link: nil))
            let name = FileName.components(path).last.map(String.init) ?? path
            return SelectedSource(placement: operation.keepsParents ? .paths : .file(name: name), files: files)
        }
        files.append(SelectedFile(relativePath: place, status: status, content: .tree(path)))
        let selection = try DirectorySelection(
            of: tree.place(of: path),
            in: tree,
            at: place,
            excludes: try Self.rules(operation.excludes),
            known: known
        )
        return SelectedSource(
            placement: operation.keepsParents ? .paths : .contents,
            files: files,
            contents: try selection.find()
        )
    }

    private func parents(of path: String, keptFrom prefix: Int) throws -> [SelectedFile] {
        let parts = FileName.components(path).map(String.init)
        guard parts.count > prefix + 1 else { return [] }
        return try (prefix..<parts.count - 1).compactMap { end in
            let parent = parts[...end].joined(separator: "/")
            guard let status = try tree.status(parent, followFinalLink: true) else { return nil }
            var file = SelectedFile(
                relativePath: parts[prefix...end].joined(separator: "/"),
                status: status,
                content: .tree(parent)
            )
            file.isParent = true
            return file
        }
    }

    private func file(_ path: String, at place: String, _ status: FileStatus, link: String?) throws -> SelectedFile {
        var file = SelectedFile(relativePath: place, status: status, content: .tree(path))
        // The source itself was followed, so its attributes are those of what it leads to.
        file.attributes = try Self.kept(ExtendedAttributes.all(of: try tree.root.open(path, O_PATH)))
        return file
    }

    private func isExcludedByFlag(_ name: String) -> Bool {
        ((try? Self.rules(operation.excludes)) ?? .none).isExcluded(name)
    }

    private static func rules(_ patterns: [String]) throws -> IgnoreRules {
        guard !patterns.isEmpty else { return .none }
        do {
            return try IgnoreRules(patterns: patterns)
        } catch {
            throw CopyError.badPattern(patterns.joined(separator: ", "), reason: error.why ?? "it is malformed")
        }
    }

    /// The attributes that belong to the file rather than to the machine it lies on.
    static func kept(_ attributes: [ExtendedAttributes.Entry]) -> [ExtendedAttributes.Entry] {
        attributes.filter {
            $0.name == "security.capability" || ($0.name.hasPrefix("user.") && !$0.name.hasPrefix("user.overlay."))
        }
    }
}

extension String {
    /// Splits at the first `pivot`: what comes before and what comes after.
    fileprivate func range(ofPivot pivot: String) -> (String, String)? {
        let text = Array(utf8)
        let mark = Array(pivot.utf8)
        guard text.count >= mark.count else { return hasPrefix("./") ? ("", String(dropFirst(2))) : nil }
        for start in 0...(text.count - mark.count) where Array(text[start..<start + mark.count]) == mark {
            return (
                String(decoding: text[..<start], as: UTF8.self),
                String(decoding: text[(start + mark.count)...], as: UTF8.self)
            )
        }
        return hasPrefix("./") ? ("", String(dropFirst(2))) : nil
    }
}
