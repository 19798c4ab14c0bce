internal import BuildPlanning
internal import LinuxKernel
internal import Synchronization

/// The `--build-context`s of a build: which are images, and the files of the others, fetched when a step needs them.
final class NamedContexts: Sendable {
    /// What the planner must know.
    let kinds: [String: NamedContext]
    private let texts: [String: String]
    private let preparation: ContextPreparation
    private let prepared = Mutex<[String: PreparedContext]>([:])

    init(_ texts: [String: String], preparation: ContextPreparation) {
        self.texts = texts
        self.preparation = preparation
        kinds = texts.mapValues { text in
            if text.hasPrefix("docker-image://") { return .image(String(text.dropFirst("docker-image://".count))) }
            return text.hasPrefix(LayoutAddress.scheme) ? .image(text) : .files
        }
    }

    /// Whether the files under a name lie in a directory of this machine, so that nothing must be fetched.
    func isLocal(_ name: String) -> Bool {
        if case .directory = ContextLocation(texts[name] ?? "") { true } else { false }
    }

    /// The files under a name, but for what their own `.dockerignore` hides.
    func tree(_ name: String) throws -> SourceTree {
        let context = try prepared.withLock { prepared in
            if let known = prepared[name] { return known }
            let made = try preparation.prepare(texts[name] ?? "")
            prepared[name] = made
            return made
        }
        return SourceTree(
            root: try context.open(),
            ignore: try BuildDefinition.ignoreRules(of: context),
            keepsOwners: false
        )
    }
}
