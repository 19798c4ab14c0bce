internal import DockerfileSyntax

/// The stages of a Dockerfile without mistakes as a JSON document.
public struct StageListDocument: Encodable, Sendable {
    private let stages: [Stage]

    init(_ dockerfile: Dockerfile) {
        stages = dockerfile.stages.map { stage in
            Stage(
                index: stage.index,
                name: stage.name ?? "",
                base: stage.from.image.text,
                platform: stage.platform?.text ?? "",
                instructions: stage.instructions.count
            )
        }
    }

    private struct Stage: Encodable {
        let index: Int
        let name: String
        let base: String
        let platform: String
        let instructions: Int
    }
}
