internal import Diagnostics
internal import DockerfileSyntax
internal import FoundationEssentials

/// The stages that `--target` can name, as `--call=targets` tells them; the keys are BuildKit's.
public struct TargetList: Encodable, Sendable {
    /// One stage.
    public struct Target: Encodable, Sendable {
        /// Its name; nil for a stage without one.
        public let name: String?
        /// Whether it is built when no target is named; nil when not.
        public let `default`: Bool?
        /// What the comment above its `FROM` says.
        public let description: String?
        private let base: String
        private let platform: String?
        private let location: DocumentLocation

        init(_ stage: Stage, isDefault: Bool, in source: SourceText) {
            name = stage.from.name?.text
            `default` = isDefault ? true : nil
            let text = LeadingComment.description(of: name ?? "", at: stage.from.range, in: source)
            description = text.isEmpty ? nil : text
            base = stage.from.image.text
            platform = stage.platform?.text
            location = DocumentLocation(stage.from.range, in: source)
        }
    }

    /// The stages in the order of the file.
    public let targets: [Target]
    private let sources: [Data]

    /// Lists the stages of a Dockerfile.
    init(_ dockerfile: Dockerfile, in source: SourceText) {
        sources = [Data(source.bytes)]
        let last = dockerfile.stages.count - 1
        targets = dockerfile.stages.map { Target($0, isDefault: $0.index == last, in: source) }
    }
}
