internal import OCIModel

/// What `--build-context NAME=…` puts in the place of a stage or an image.
public enum NamedContext: Hashable, Sendable {
    /// Another image, by its reference.
    case image(String)
    /// Files: a directory, an archive, a repository.
    case files
}

extension [String: NamedContext] {
    /// The name under which a `FROM` or `--from` finds its replacement, nil when it has none.
    ///
    /// Stage names are compared without case, images by what their names stand for: `alpine` is
    /// `docker.io/library/alpine:latest`.
    func key(for name: String) -> String? {
        guard !isEmpty else { return nil }
        if let exact = keys.first(where: { $0.lowercased() == name.lowercased() }) { return exact }
        guard let wanted = Self.canonical(name) else { return nil }
        return keys.sorted().first { Self.canonical($0) == wanted }
    }

    private static func canonical(_ name: String) -> String? {
        do {
            return try ImageReference(name).withDefaultTag.canonical
        } catch {
            return nil
        }
    }
}
