/// Follows the variables that are known line by line, for rules about their use.
struct VariableTracker {
    private let input: LintInput
    private let escape: EscapeCharacter

    init(_ input: LintInput) {
        self.input = input
        escape = input.dockerfile.escape
    }

    /// The words of an instruction in which the builder expands variables.
    static func words(of kind: InstructionKind) -> [Word] {
        switch kind {
        case .copy(let copy):
            copy.paths + [copy.destination, copy.chown, copy.chmod, copy.checksum].compactMap { $0 } + copy.excludes
        case .arg(let declarations): declarations.flatMap { [$0.name] + ($0.value.map { [$0] } ?? []) }
        case .env(let list), .label(let list): list.pairs.flatMap { [$0.key, $0.value] }
        case .expose(let words), .volume(let words): words
        case .stopSignal(let word), .user(let word), .workdir(let word): [word]
        case .run(let run): run.mounts.map(\.word)
        default: []
        }
    }

    /// The variables of a word that has nothing to fall back on when they are unset.
    static func names(in word: Word, escape: EscapeCharacter) -> [String] {
        final class Names {
            var all: [String] = []
        }
        let names = Names()
        let expander = WordExpander(escape: escape) { name in
            if !names.all.contains(name) { names.all.append(name) }
            return nil
        }
        // A word that cannot be expanded is an error of its own when the file is built.
        _ = try? expander.expand(word.text)
        return names.all.filter { name in
            !["-", ":-", "+", ":+", "?", ":?"].contains { word.text.contains("${\(name)\($0)") }
        }
    }

    /// What an instruction declares.
    static func declarations(of kind: InstructionKind) -> [String] {
        switch kind {
        case .arg(let declarations): declarations.map(\.name.text)
        case .env(let list): list.pairs.map(\.key.text)
        default: []
        }
    }

    /// What is known at the start of a stage; nil when its image is not here, and may set anything.
    func start(of stage: Stage) -> (known: Set<String>, isComplete: Bool) {
        if let parent = input.parent(of: stage) {
            var (known, isComplete) = start(of: parent)
            for instruction in parent.instructions { known.formUnion(Self.declarations(of: instruction.kind)) }
            return (known, isComplete)
        }
        let standard: Set<String> = ["PATH"]
        if stage.from.image.text == "scratch" { return (standard, true) }
        guard let name = expanded(stage.from.image), let own = input.facts?.imageVariables[name] else {
            return (standard, false)
        }
        return (own.union(standard), true)
    }

    /// A word of `FROM` with the global arguments' defaults or the command line's values.
    func expanded(_ word: Word, usingDefaultsOnly: Bool = false) -> String? {
        var values: [String: String] = [:]
        for side in ["BUILD", "TARGET"] {
            values["\(side)PLATFORM"] = "linux/amd64"
            values["\(side)OS"] = "linux"
            values["\(side)ARCH"] = "amd64"
            values["\(side)VARIANT"] = ""
        }
        values["TARGETSTAGE"] = "default"
        for instruction in input.dockerfile.globalArgs {
            guard case .arg(let declarations) = instruction.kind else { continue }
            let before = values
            let expander = WordExpander(escape: escape) { before[$0] }
            for declaration in declarations {
                let name = declaration.name.text
                if !usingDefaultsOnly, let given = input.facts?.buildArguments[name] {
                    values[name] = given
                } else if let word = declaration.value, let value = try? expander.expand(word.text) {
                    values[name] = value
                }
            }
        }
        let all = values
        return try? WordExpander(escape: escape) { all[$0] }.expand(word.text)
    }
}
