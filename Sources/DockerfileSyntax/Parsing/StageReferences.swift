internal import Diagnostics

/// Finds references to stages that do not exist yet.
enum StageReferences {
    static func check(_ dockerfile: Dockerfile) -> [Diagnostic] {
        dockerfile.stages.flatMap { stage in
            stage.instructions.flatMap { references(of: $0.kind) }.compactMap { check($0, in: stage, dockerfile) }
        }
    }

    private static func references(of kind: InstructionKind) -> [Word] {
        switch kind {
        case .copy(let copy): copy.from.map { [$0] } ?? []
        case .run(let run): run.mounts.compactMap { mount in mount.from.map { Word($0, at: mount.word.range) } }
        default: []
        }
    }

    private static func check(_ reference: Word, in stage: Stage, _ dockerfile: Dockerfile) -> Diagnostic? {
        if let number = Int(reference.text) {
            if (0..<stage.index).contains(number) { return nil }
            let message =
                number < 0 || number >= dockerfile.stages.count
                ? "there is no stage \(reference.text)" : "stage \(number) is not finished where it is used"
            let hint = "stages are counted from 0, and only earlier ones can be used"
            return Diagnostic(.error, message, at: reference.range, hint: hint)
        }
        if dockerfile.stage(named: reference.text, before: stage.index) != nil { return nil }
        // A name that is no stage at all is an image's.
        guard let later = dockerfile.stage(named: reference.text) else { return nil }
        let message =
            later.index == stage.index
            ? "stage `\(reference.text)` cannot copy from itself"
            : "stage `\(reference.text)` is used before it is defined"
        let hint = "move the stage above this one"
        return Diagnostic(.error, message, at: reference.range, hint: later.index == stage.index ? nil : hint)
    }
}
