internal import Diagnostics

/// A template of Go's `text/template`, in the part of the language that `--format` is used with.
///
/// Fields, variables, pipelines, `if`, `with`, `range`, Docker's functions and the common ones of Go.
struct GoTemplate: Equatable, Sendable {
    private let nodes: [GoTemplateNode]

    /// Parses `source`.
    init(_ source: String) throws(GoTemplateError) {
        nodes = try GoTemplateParser.parse(source)
    }

    /// Evaluates the template on `value`.
    ///
    /// With `asHeader`, functions that shape a value leave it alone, as for the header of a table.
    func render(_ value: DisplayValue, asHeader: Bool = false) throws(GoTemplateError) -> String {
        var evaluator = GoTemplateEvaluator(root: value, asHeader: asHeader)
        try evaluator.run(nodes, dot: value)
        return evaluator.output
    }

    /// The fields of the root that the template names, in order, for the header of a table.
    var rootFields: [String] {
        var found: [String] = []
        func visit(_ pipeline: GoTemplatePipeline) {
            for operand in pipeline.commands.flatMap(\.operands) {
                if case .group(let inner) = operand.kind { visit(inner) }
                if case .dot = operand.kind, let name = operand.fields.first { found.append(name) }
            }
        }
        for node in nodes { if case .action(let pipeline) = node { visit(pipeline) } }
        return found
    }
}

/// Walks the tree of a template and collects its output.
struct GoTemplateEvaluator {
    /// What was printed so far.
    private(set) var output = ""
    private let asHeader: Bool
    private var scopes: [[String: DisplayValue]]

    /// Starts with `$` bound to `root`.
    init(root: DisplayValue, asHeader: Bool) {
        self.asHeader = asHeader
        scopes = [["": root]]
    }

    /// Runs `nodes` with `.` bound to `dot`.
    mutating func run(_ nodes: [GoTemplateNode], dot: DisplayValue) throws(GoTemplateError) {
        for node in nodes {
            switch node {
            case .text(let text): output += text
            case .action(let pipeline):
                let value = try evaluate(pipeline, dot: dot)
                if pipeline.variables.isEmpty { output += value.goText } else { try bind(pipeline, to: [value]) }
            case .condition(let pipeline, let then, let otherwise):
                try scoped { (me) throws(GoTemplateError) in
                    let value = try me.evaluate(pipeline, dot: dot)
                    if !pipeline.variables.isEmpty { try me.bind(pipeline, to: [value]) }
                    try me.run(value.isTruthy ? then : otherwise, dot: dot)
                }
            case .with(let pipeline, let body, let otherwise):
                try scoped { (me) throws(GoTemplateError) in
                    let value = try me.evaluate(pipeline, dot: dot)
                    if !pipeline.variables.isEmpty { try me.bind(pipeline, to: [value]) }
                    try me.run(value.isTruthy ? body : otherwise, dot: value.isTruthy ? value : dot)
                }
            case .loop(let pipeline, let body, let otherwise):
                try loop(pipeline, body: body, otherwise: otherwise, dot: dot)
            }
        }
    }

    private mutating func loop(
        _ pipeline: GoTemplatePipeline,
        body: [GoTemplateNode],
        otherwise: [GoTemplateNode],
        dot: DisplayValue
    ) throws(GoTemplateError) {
        let value = try evaluate(pipeline, dot: dot)
        let items: [(DisplayValue, DisplayValue)]
        switch value {
        case .array(let values): items = values.enumerated().map { (.integer(Int64($0.offset)), $0.element) }
        case .object(let fields):
            items = fields.sorted { $0.name < $1.name }.map { (.string($0.name), $0.value) }
        case .null: items = []
        case .integer(let count): items = (0..<max(0, count)).prefix(100_000).map { (.integer($0), .integer($0)) }
        default: throw failure("range can't iterate over \(value.goText)", pipeline)
        }
        if items.isEmpty { return try scoped { (me) throws(GoTemplateError) in try me.run(otherwise, dot: dot) } }
        for (key, item) in items {
            try scoped { (me) throws(GoTemplateError) in
                if !pipeline.variables.isEmpty {
                    try me.bind(pipeline, to: pipeline.variables.count == 2 ? [key, item] : [item])
                }
                try me.run(body, dot: item)
            }
        }
    }

    private mutating func scoped(
        _ body: (inout GoTemplateEvaluator) throws(GoTemplateError) -> Void
    ) throws(GoTemplateError) {
        scopes.append([:])
        try body(&self)
        scopes.removeLast()
    }

    private mutating func bind(
        _ pipeline: GoTemplatePipeline,
        to values: [DisplayValue]
    ) throws(GoTemplateError) {
        for (name, value) in zip(pipeline.variables, values) {
            if pipeline.declares {
                scopes[scopes.count - 1][name] = value
            } else {
                guard let scope = scopes.lastIndex(where: { $0[name] != nil }) else {
                    throw failure("undefined variable \"$\(name)\"", pipeline)
                }
                scopes[scope][name] = value
            }
        }
    }

    private func evaluate(_ pipeline: GoTemplatePipeline, dot: DisplayValue) throws(GoTemplateError) -> DisplayValue {
        var result: DisplayValue?
        for command in pipeline.commands { result = try evaluate(command, last: result, dot: dot) }
        return result ?? .null
    }

    private func evaluate(
        _ command: GoTemplateCommand,
        last: DisplayValue?,
        dot: DisplayValue
    ) throws(GoTemplateError) -> DisplayValue {
        guard let head = command.operands.first else { return .null }
        let rest = command.operands.dropFirst()
        if case .function(let name) = head.kind {
            // `and` and `or` stop at the first operand that decides, so that later ones may be absent fields.
            if name == "and" || name == "or" {
                var value = DisplayValue.null
                for operand in rest {
                    value = try evaluate(operand, dot: dot)
                    if value.isTruthy == (name == "or") { return value }
                }
                return last ?? value
            }
            var arguments: [DisplayValue] = []
            for operand in rest { arguments.append(try evaluate(operand, dot: dot)) }
            if let last { arguments.append(last) }
            do {
                return try GoTemplateFunctions.call(name, arguments, asHeader: asHeader)
            } catch let problem {
                throw .evaluation("error calling \(name): \(problem.reason)", expression: name, offset: head.offset)
            }
        }
        let value = try evaluate(head, dot: dot)
        var arguments: [DisplayValue] = []
        for operand in rest { arguments.append(try evaluate(operand, dot: dot)) }
        if let last { arguments.append(last) }
        if arguments.isEmpty { return value }
        guard case .lookup(let values) = value, case .string(let key) = arguments[0], arguments.count == 1 else {
            if asHeader { return value }
            throw .evaluation("can't give argument to non-function", expression: head.source, offset: head.offset)
        }
        return .string(values[key] ?? "")
    }

    private func evaluate(_ operand: GoTemplateOperand, dot: DisplayValue) throws(GoTemplateError) -> DisplayValue {
        var value: DisplayValue
        switch operand.kind {
        case .dot: value = dot
        case .literal(let literal): value = literal
        case .group(let pipeline): value = try evaluate(pipeline, dot: dot)
        case .function(let name):
            do {
                value = try GoTemplateFunctions.call(name, [], asHeader: asHeader)
            } catch let problem {
                throw .evaluation(problem.reason, expression: name, offset: operand.offset)
            }
        case .variable(let name):
            guard let scope = scopes.last(where: { $0[name] != nil }), let bound = scope[name] else {
                throw .malformed("undefined variable \"$\(name)\"", offset: operand.offset)
            }
            value = bound
        }
        for (place, name) in operand.fields.enumerated() {
            guard case .object(let fields) = value else {
                let reason =
                    value == .null ? "nil pointer evaluating interface {}.\(name)" : "can't evaluate field \(name)"
                throw .evaluation(reason, expression: operand.source, offset: operand.offset)
            }
            guard let field = value[name] else {
                // Go's maps have no entry for what was never put there, and that is nothing to complain about.
                if place > 0, Self.maps.contains(operand.fields[place - 1]) {
                    value = .null
                    continue
                }
                let suggestion = closestMatch(to: name, in: fields.map(\.name))
                throw .unknownField(
                    name,
                    expression: operand.source,
                    offset: operand.offset,
                    suggestion: suggestion
                )
            }
            value = field
        }
        return value
    }

    /// Fields whose keys the users choose.
    private static let maps: Set = [
        "Annotations", "Attributes", "Data", "DriverOpts", "ExposedPorts", "Labels", "Networks", "Options",
        "PortBindings", "Ports", "Sysctls", "Tmpfs", "Volumes",
    ]

    private func failure(_ reason: String, _ pipeline: GoTemplatePipeline) -> GoTemplateError {
        let operand = pipeline.commands.first?.operands.first
        return .evaluation(reason, expression: operand?.source ?? "", offset: operand?.offset ?? 0)
    }
}
