internal import Diagnostics

/// Builds the tree of a template from the pieces of its lexer.
struct GoTemplateParser {
    private let pieces: [GoTemplateLexer.Piece]
    private var position = 0

    /// Parses `source`.
    static func parse(_ source: String) throws(GoTemplateError) -> [GoTemplateNode] {
        var parser = GoTemplateParser(pieces: try GoTemplateLexer.pieces(of: source))
        let (nodes, end) = try parser.block()
        if let end { throw .malformed("unexpected {{\(end.words.first?.source ?? "")}}", offset: end.offset) }
        return nodes
    }

    private init(pieces: [GoTemplateLexer.Piece]) { self.pieces = pieces }

    private typealias Terminator = (words: [GoTemplateLexer.Word], offset: Int)

    /// Reads nodes up to `{{end}}` or `{{else …}}`, which is returned, or the end of the template.
    private mutating func block() throws(GoTemplateError) -> ([GoTemplateNode], Terminator?) {
        var nodes: [GoTemplateNode] = []
        while position < pieces.count {
            let piece = pieces[position]
            position += 1
            switch piece {
            case .text(let text): nodes.append(.text(text))
            case .action(let words, let offset):
                guard let first = words.first else { throw .malformed("missing value for command", offset: offset) }
                switch first.kind {
                case .name("end"), .name("else"): return (nodes, (words, offset))
                case .name("if"), .name("range"), .name("with"):
                    nodes.append(try control(first.source, Array(words.dropFirst()), offset: offset))
                case .name("template"), .name("define"), .name("block"), .name("break"), .name("continue"):
                    throw .malformed("`\(first.source)` is not supported here", offset: first.offset)
                default:
                    nodes.append(.action(try pipeline(words, offset: offset)))
                }
            }
        }
        return (nodes, nil)
    }

    private mutating func control(
        _ keyword: String,
        _ words: [GoTemplateLexer.Word],
        offset: Int
    ) throws(GoTemplateError) -> GoTemplateNode {
        let pipeline = try pipeline(words, offset: offset)
        let (body, end) = try block()
        guard let end else { throw .malformed("unclosed {{\(keyword)}}", offset: offset) }
        var otherwise: [GoTemplateNode] = []
        if end.words.first?.kind == .name("else") {
            if end.words.count > 1 {
                // `{{else if …}}` is an `if` inside the `else` that shares the `{{end}}`.
                guard end.words[1].kind == .name(keyword), keyword != "range" else {
                    throw .malformed("unexpected <\(end.words[1].source)> after else", offset: end.words[1].offset)
                }
                otherwise = [try control(keyword, Array(end.words.dropFirst(2)), offset: end.offset)]
            } else {
                let (nodes, last) = try block()
                guard let last, last.words.first?.kind == .name("end") else {
                    throw .malformed("expected {{end}}", offset: end.offset)
                }
                otherwise = nodes
            }
        }
        switch keyword {
        case "if": return .condition(pipeline, then: body, otherwise: otherwise)
        case "range": return .loop(pipeline, body: body, otherwise: otherwise)
        default: return .with(pipeline, body: body, otherwise: otherwise)
        }
    }

    private func pipeline(
        _ words: [GoTemplateLexer.Word],
        offset: Int
    ) throws(GoTemplateError) -> GoTemplatePipeline {
        var rest = words[...]
        let pipeline = try Self.pipeline(&rest, offset: offset, nested: false)
        if let extra = rest.first { throw .malformed("unexpected `\(extra.source)`", offset: extra.offset) }
        return pipeline
    }

    private static func pipeline(
        _ words: inout ArraySlice<GoTemplateLexer.Word>,
        offset: Int,
        nested: Bool
    ) throws(GoTemplateError) -> GoTemplatePipeline {
        var result = GoTemplatePipeline()
        if let operation = words.firstIndex(where: { $0.kind == .symbol(":=") || $0.kind == .symbol("=") }) {
            result.declares = words[operation].kind == .symbol(":=")
            for word in words[..<operation] where word.kind != .symbol(",") {
                guard case .variable(let name, []) = word.kind, !name.isEmpty, !nested else {
                    throw .malformed("unexpected `\(word.source)` before an assignment", offset: word.offset)
                }
                result.variables.append(name)
            }
            guard (1...2).contains(result.variables.count) else {
                throw .malformed("an assignment needs one or two variables", offset: offset)
            }
            words = words[(operation + 1)...]
        }
        var command: [GoTemplateOperand] = []
        while let word = words.first, word.kind != .symbol(")") {
            words.removeFirst()
            if word.kind == .symbol("|") {
                guard !command.isEmpty else { throw .malformed("missing value for command", offset: word.offset) }
                result.commands.append(GoTemplateCommand(operands: command))
                command = []
                continue
            }
            command.append(try operand(word, &words))
        }
        guard !command.isEmpty else { throw .malformed("missing value for command", offset: offset) }
        result.commands.append(GoTemplateCommand(operands: command))
        return result
    }

    private static func operand(
        _ word: GoTemplateLexer.Word,
        _ words: inout ArraySlice<GoTemplateLexer.Word>
    ) throws(GoTemplateError) -> GoTemplateOperand {
        var operand = GoTemplateOperand(kind: .dot, source: word.source, offset: word.offset)
        switch word.kind {
        case .fields(let fields): operand.fields = fields
        case .variable(let name, let fields):
            operand.kind = .variable(name)
            operand.fields = fields
        case .literal(let value): operand.kind = .literal(value)
        case .name("true"): operand.kind = .literal(true)
        case .name("false"): operand.kind = .literal(false)
        case .name("nil"): operand.kind = .literal(nil)
        case .name(let name):
            guard GoTemplateFunctions.names.contains(name) else {
                throw .unknownFunction(name, suggestion: closestMatch(to: name, in: GoTemplateFunctions.names.sorted()))
            }
            operand.kind = .function(name)
        case .symbol("("):
            let inner = try pipeline(&words, offset: word.offset, nested: true)
            guard words.first?.kind == .symbol(")") else {
                throw .malformed("unclosed left paren", offset: word.offset)
            }
            words.removeFirst()
            operand.kind = .group(inner)
            if let next = words.first, next.follows, case .fields(let fields) = next.kind {
                operand.fields = fields
                words.removeFirst()
            }
        case .symbol(let symbol):
            throw .malformed("unexpected `\(symbol)` in operand", offset: word.offset)
        }
        return operand
    }
}
