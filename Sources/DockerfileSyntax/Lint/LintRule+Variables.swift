internal import Diagnostics

extension LintRule {
    static let undefinedArgInFrom = LintRule(
        name: "UndefinedArgInFrom",
        summary: "`FROM` sees only the arguments declared before the first `FROM`; any other expands to nothing."
    ) { input in
        var declared = predefined
        for case .arg(let declarations) in input.dockerfile.globalArgs.map(\.kind) {
            declared.formUnion(declarations.map(\.name.text))
        }
        return input.dockerfile.stages.map(\.from).flatMap { from in
            [from.image, from.platform].compactMap { $0 }.flatMap { word in
                names(in: word, escape: input.dockerfile.escape).filter { !declared.contains($0) }.map { name in
                    let match = closestMatch(to: name, in: declared.sorted())
                    let hint = match.map { "did you mean `\($0)`?" } ?? "declare it with `ARG \(name)` above"
                    return Finding(
                        range: word.range,
                        message: "`FROM` uses `\(name)`, which is not declared",
                        hint: hint
                    )
                }
            }
        }
    }

    /// The arguments that need no declaration in `FROM`.
    private static let predefined: Set<String> = Set(
        ["BUILD", "TARGET"].flatMap { side in ["PLATFORM", "OS", "ARCH", "VARIANT"].map { side + $0 } }
            + ["TARGETSTAGE"]
    )

    /// The variables of a word that has nothing to fall back on when they are unset.
    private static func names(in word: Word, escape: EscapeCharacter) -> [String] {
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
            !["-", ":-", "+", ":+"].contains { word.text.contains("${\(name)\($0)") }
        }
    }
}
