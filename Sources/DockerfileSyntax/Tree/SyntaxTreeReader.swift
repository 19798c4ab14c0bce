internal import Diagnostics

/// Splits every instruction of a file into words.
struct SyntaxTreeReader {
    private let source: SourceText
    private let escape: EscapeCharacter
    private var reader: LineReader
    private var nodes: [SyntaxNode] = []
    private var warnings: [Diagnostic] = []
    private var errors: [Diagnostic]

    init(_ source: SourceText) {
        self.source = source
        let head = DirectiveParser(source)
        errors = head.diagnostics
        escape = Dockerfile(directives: head.directives, globalArgs: [], stages: []).escape
        reader = LineReader(source, startingAt: head.nextLine, escape: escape)
    }

    mutating func read() throws(SyntaxTreeError) -> SyntaxTree {
        while errors.count < DockerfileParser.maximumErrors, let line = reader.next() {
            if let empty = line.emptyLine {
                let text = String(decoding: line.bytes, as: UTF8.self)
                warnings.append(Diagnostic(.warning, "Empty continuation line found in: \(text)", at: empty))
            }
            do throws(Diagnostic) {
                let parts = try parts(of: line.whole.trimmed())
                let heredocs = try heredocs(of: parts)
                nodes.append(node(parts, first: line.firstLine, heredocs: heredocs))
            } catch {
                errors.append(error)
            }
        }
        errors += reader.diagnostics
        if nodes.isEmpty, errors.isEmpty {
            errors.append(Diagnostic(.error, "the file holds no instructions", at: nil))
        }
        guard errors.isEmpty else { throw SyntaxTreeError(diagnostics: errors) }
        return SyntaxTree(escape: escape, nodes: nodes, warnings: warnings)
    }

    /// An instruction without its place in the file.
    private struct Parts {
        let keyword: Fragment
        let flags: [Flag]
        /// What follows the flags.
        let rest: Fragment
        var arguments: [String] = []
        var isJSON = false
        var child: [Parts] = []
    }

    private func node(_ parts: Parts, first: Int, heredocs: [Heredoc]) -> SyntaxNode {
        SyntaxNode(
            name: parts.keyword.text.lowercased(),
            flags: parts.flags.map(\.text),
            arguments: parts.arguments,
            isJSON: parts.isJSON,
            firstLine: first,
            lastLine: reader.linesRead,
            heredocs: heredocs,
            children: parts.child.map { node($0, first: first, heredocs: []) }
        )
    }

    private func parts(of text: Fragment) throws(Diagnostic) -> Parts {
        let (keyword, rest) = text.cutFirstWord()
        let (flags, arguments) = FlagParser.split(rest)
        var parts = Parts(keyword: keyword, flags: flags, rest: arguments)
        switch InstructionName(rawValue: keyword.text.uppercased()) {
        case nil: parts.arguments = [""]
        case .onbuild: if !arguments.isEmpty { parts.child = [try self.parts(of: arguments)] }
        case .from, .expose: parts.arguments = arguments.words().map(\.text)
        case .maintainer, .stopSignal, .user, .workdir: parts.arguments = arguments.isEmpty ? [] : [arguments.text]
        case .env, .label: parts.arguments = try pairs(arguments, keyword)
        case .arg: parts.arguments = arguments.quotedWords(escape: reader.escape).map(\.text)
        case .add, .copy, .volume: try json(&parts, orElse: arguments.words().map(\.text))
        case .cmd, .entrypoint, .run, .shell: try json(&parts, orElse: arguments.isEmpty ? [] : [arguments.text])
        case .healthcheck:
            let (kind, command) = arguments.cutFirstWord()
            try json(&parts, in: command, orElse: command.isEmpty ? [] : [command.text])
            if !kind.isEmpty { parts.arguments.insert(kind.text, at: 0) }
        }
        return parts
    }

    private func json(_ parts: inout Parts, in text: Fragment? = nil, orElse words: [String]) throws(Diagnostic) {
        switch JSONReader.readArray(text ?? parts.rest) {
        case .strings(let elements):
            parts.isJSON = true
            parts.arguments = elements.map(\.text)
        case .notAnArray: parts.arguments = words
        case .otherElement(let element):
            throw Diagnostic(.error, "only strings may stand in the array", at: element.range)
        }
    }

    /// `ENV` and `LABEL`: name, value, and what stands between them.
    private func pairs(_ arguments: Fragment, _ keyword: Fragment) throws(Diagnostic) -> [String] {
        let words = arguments.quotedWords(escape: reader.escape)
        guard let first = words.first else { return [] }
        let equals = UInt8(ascii: "=")
        if first.firstIndex(of: equals) == nil {
            let (name, value) = arguments.cutFirstWord()
            if !value.isEmpty { return [name.text, value.text, ""] }
            let message = "`\(keyword.text.uppercased())` must have two arguments"
            throw Diagnostic(.error, message, at: keyword.range)
        }
        var result: [String] = []
        for word in words {
            guard let place = word.firstIndex(of: equals) else {
                let hint = "write `name=value`, with quotes around a value that holds blanks"
                throw Diagnostic(.error, "`\(word.text)` has no `=`", at: word.range, hint: hint)
            }
            result += [word.slice(word.lower, place).text, word.slice(place + 1, word.upper).text, "="]
        }
        return result
    }

    private mutating func heredocs(of parts: Parts) throws(Diagnostic) -> [Heredoc] {
        let owner = parts.child.first ?? parts
        guard InstructionName(rawValue: owner.keyword.text.uppercased())?.allowsHeredoc == true, !owner.isJSON else {
            return []
        }
        var result: [Heredoc] = []
        for (found, place) in HeredocOperator.find(in: owner.rest, of: reader) {
            guard let heredoc = reader.readHeredoc(found, at: place.range) else {
                throw HeredocOperator.unterminated(found, at: place.range)
            }
            result.append(heredoc)
        }
        return result
    }
}
