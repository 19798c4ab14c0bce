internal import BuildPlanning
internal import Diagnostics

/// The lines of the Dockerfile around a step, as BuildKit shows them beneath an error.
enum StepExcerpt {
    /// The step's lines marked with `>>>`, two more before and after; nil for a step that is not in the file.
    static func text(of step: BuildStep, in source: SourceText) -> String? {
        step.range.map { text(of: $0, in: source) }
    }

    /// The lines of a place in the file marked with `>>>`, two more before and after.
    static func text(of range: SourceRange, in source: SourceText) -> String {
        let first = source.lineIndex(at: range.lowerBound)
        let last = source.lineIndex(at: max(range.lowerBound, range.upperBound - 1))
        var lines = ["\(source.name):\(first + 1)", String(repeating: "-", count: 20)]
        for index in max(0, first - 2)...min(source.lineCount - 1, last + 2) {
            let text = TerminalText.escaped(
                AddressText.withoutCredentials(source.text(in: source.lineRange(index))),
                keepingLayout: true
            )
            let number = String(index + 1)
            let padding = String(repeating: " ", count: max(0, 4 - number.utf8.count))
            let mark = (first...last).contains(index) ? ">>> " : "    "
            lines.append("\(padding)\(number) | \(mark)\(text)")
        }
        lines.append(String(repeating: "-", count: 20))
        return lines.joined(separator: "\n")
    }
}
