internal import Diagnostics

/// Reads the `# name=value` lines at the top of a file.
struct DirectiveParser {
    let source: SourceText
    private(set) var directives: [Directive] = []
    private(set) var diagnostics: [Diagnostic] = []
    /// The first line that is not consumed; comments are left to the line reader.
    private(set) var nextLine = 0
    private var seen: Set<String> = []
    private let hasShebang: Bool

    init(_ source: SourceText) {
        self.source = source
        let first = LineReader.content(ofLine: 0, in: source)
        hasShebang = source.bytes[first.lowerBound..<first.upperBound].starts(with: "#!".utf8)
        if hasShebang { nextLine = 1 }
        if parseForeignSyntaxLine() { nextLine += 1 }
        while nextLine < source.lineCount, parseLine() { nextLine += 1 }
    }

    private func text(ofLine index: Int) -> String {
        guard index < source.lineCount else { return "" }
        let content = LineReader.content(ofLine: index, in: source)
        return source.text(in: LineReader.droppingLeadingBlanks(content, in: source))
    }

    /// `//syntax=…` and `{"syntax": …}` name a frontend too, and frontends are a hint only.
    private mutating func parseForeignSyntaxLine() -> Bool {
        let line = text(ofLine: nextLine)
        let range = source.lineRange(min(nextLine, source.lineCount - 1))
        if line.hasPrefix("//"), let (name, value) = Self.split(line.dropFirst(2)), name == "syntax" {
            directives.append(Directive(kind: .syntax(value), range: range))
            seen.insert(name)
            return true
        }
        if line.hasPrefix("{"), let value = JSONReader.string(forKey: "syntax", in: Array(line.utf8)) {
            directives.append(Directive(kind: .syntax(value), range: range))
            seen.insert("syntax")
            return true
        }
        return false
    }

    private mutating func parseLine() -> Bool {
        let line = text(ofLine: nextLine)
        guard line.hasPrefix("#"), let (name, value) = Self.split(line.dropFirst()) else { return false }
        let content = LineReader.content(ofLine: nextLine, in: source)
        let range = LineReader.droppingLeadingBlanks(content, in: source)
        guard let kind = kind(name: name, value: value, at: range) else { return false }
        if !seen.insert(name).inserted {
            diagnostics.append(Diagnostic(.error, "only one `\(name)` directive can be used", at: range))
            return true
        }
        if let kind = kind.value { directives.append(Directive(kind: kind, range: range)) }
        return true
    }

    private struct Parsed {
        let value: Directive.Kind?
    }

    /// `nil` for a name that is no directive: such a line is a comment and ends the directives.
    private mutating func kind(name: String, value: String, at range: SourceRange) -> Parsed? {
        switch name {
        case "syntax":
            return Parsed(value: .syntax(value))
        case "escape" where hasShebang:
            // The interpreter line is a comment, which ends the directives that the parser itself heeds.
            return Parsed(value: nil)
        case "escape":
            if value.count == 1, let character = value.first.flatMap(EscapeCharacter.init) {
                return Parsed(value: .escape(character))
            }
            diagnostics.append(
                Diagnostic(.error, "`\(value)` cannot be the escape character", at: range, hint: "use `\\` or `` ` ``")
            )
            return Parsed(value: nil)
        case "check":
            return Parsed(value: checkDirective(value, at: range).map { .check($0) })
        default:
            return nil
        }
    }

    private mutating func checkDirective(_ value: String, at range: SourceRange) -> CheckDirective? {
        var misunderstood = ""
        guard let result = CheckDirective(value, misunderstood: &misunderstood) else {
            diagnostics.append(
                Diagnostic(
                    .error,
                    "cannot understand `\(misunderstood)` in the `check` directive",
                    at: range,
                    hint: "write `check=skip=RuleName,OtherRule;error=true`"
                )
            )
            return nil
        }
        diagnostics += LintRule.unknownNames(in: result).map { name, suggestion in
            let hint = suggestion.map { "did you mean `\($0)`?" }
            return Diagnostic(.warning, "there is no rule `\(name)` to skip or turn on", at: range, hint: hint)
        }
        return result
    }

    /// Splits `name = value`; the name is letters and digits, the value is not empty.
    private static func split(_ text: Substring) -> (name: String, value: String)? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let name = text[..<equals].trimmingBlanks()
        let value = text[text.index(after: equals)...].trimmingBlanks()
        let bytes = Array(name.utf8)
        guard let first = bytes.first, first.isLetter, bytes.allSatisfy({ $0.isLetter || $0.isDigit }) else {
            return nil
        }
        return value.isEmpty ? nil : (name.lowercased(), value)
    }
}

extension StringProtocol {
    /// The text without ASCII blanks at either end.
    func trimmingBlanks() -> String {
        let bytes = Array(utf8)
        let lower = bytes.firstIndex { !$0.isBlank } ?? bytes.count
        let upper = (bytes.lastIndex { !$0.isBlank } ?? lower - 1) + 1
        return String(decoding: bytes[lower..<upper], as: UTF8.self)
    }
}
