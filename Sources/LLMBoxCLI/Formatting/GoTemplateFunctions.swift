/// The functions of `--format` templates: Docker's, and the common ones of Go's `text/template`.
enum GoTemplateFunctions {
    /// Why a function cannot be called so.
    struct Problem: Error {
        /// The cause in Go's words.
        var reason: String
    }

    /// The names that can be called.
    static let names: Set<String> = [
        "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "index", "len", "slice", "print", "printf", "println",
        "json", "join", "split", "title", "lower", "upper", "pad", "truncate",
    ]

    /// Calls `name` with its arguments, of which the last may come from a pipe.
    ///
    /// With `asHeader`, functions that shape a value return it as it is, for the header of a table.
    static func call(_ name: String, _ arguments: [DisplayValue], asHeader: Bool) throws(Problem) -> DisplayValue {
        if asHeader, ["json", "title", "lower", "upper", "truncate", "join", "pad", "split"].contains(name) {
            return arguments.first ?? .null
        }
        switch name {
        case "not": return .bool(!(try only(arguments)).isTruthy)
        case "eq", "ne", "lt", "le", "gt", "ge": return .bool(try compare(name, arguments))
        case "index": return try index(arguments)
        case "len": return .integer(try length(of: only(arguments)))
        case "slice": return try slice(arguments)
        case "print": return .string(printed(arguments))
        case "println": return .string(arguments.map(\.goText).joined(separator: " ") + "\n")
        case "printf": return .string(try GoPrintf.format(text(arguments, 0), Array(arguments.dropFirst())))
        case "json": return .string(try only(arguments).json())
        case "join": return .string(try strings(arguments).joined(separator: text(arguments, 1)))
        case "split": return .strings(split(try text(arguments, 0), by: try text(arguments, 1)))
        case "lower": return .string(try text(arguments, 0).lowercased())
        case "upper": return .string(try text(arguments, 0).uppercased())
        case "title": return .string(titled(try text(arguments, 0)))
        case "pad":
            let source = try text(arguments, 0)
            guard !source.isEmpty else { return "" }
            let (before, after) = (try integer(arguments, 1), try integer(arguments, 2))
            let spaces = { (count: Int) in String(repeating: " ", count: min(max(0, count), 1000)) }
            return .string(spaces(before) + source + spaces(after))
        case "truncate":
            let source = try text(arguments, 0)
            return .string(String(source.prefix(max(0, try integer(arguments, 1)))))
        default: throw Problem(reason: "function `\(name)` not defined")
        }
    }

    private static func compare(_ name: String, _ arguments: [DisplayValue]) throws(Problem) -> Bool {
        guard arguments.count >= 2 else { throw Problem(reason: "missing argument for comparison") }
        let (left, right) = (arguments[0], arguments[1])
        if name == "eq" {
            for other in arguments.dropFirst() where try order(left, other) == 0 { return true }
            return false
        }
        guard arguments.count == 2 else { throw Problem(reason: "want 2 arguments, got \(arguments.count)") }
        let order = try order(left, right)
        switch name {
        case "ne": return order != 0
        case "lt": return order < 0
        case "le": return order <= 0
        case "gt": return order > 0
        default: return order >= 0
        }
    }

    private static func order(_ left: DisplayValue, _ right: DisplayValue) throws(Problem) -> Int {
        switch (left, right) {
        case (.string(let a), .string(let b)): return a == b ? 0 : (a < b ? -1 : 1)
        case (.integer(let a), .integer(let b)): return a == b ? 0 : (a < b ? -1 : 1)
        case (.number(let a), .number(let b)): return a == b ? 0 : (a < b ? -1 : 1)
        case (.integer(let a), .number(let b)): return Double(a) == b ? 0 : (Double(a) < b ? -1 : 1)
        case (.number(let a), .integer(let b)): return a == Double(b) ? 0 : (a < Double(b) ? -1 : 1)
        case (.bool(let a), .bool(let b)): return a == b ? 0 : 1
        case (.null, .null): return 0
        case (.null, _), (_, .null): return 1
        default: throw Problem(reason: "incompatible types for comparison")
        }
    }

    private static func index(_ arguments: [DisplayValue]) throws(Problem) -> DisplayValue {
        guard var value = arguments.first else { throw Problem(reason: "missing argument") }
        for key in arguments.dropFirst() {
            switch (value, key) {
            case (.array(let values), .integer(let index)):
                guard values.indices.contains(Int(clamping: index)) else {
                    throw Problem(reason: "index out of range: \(index)")
                }
                value = values[Int(index)]
            // Go gives the zero value for a key that a map does not have.
            case (.object, .string(let name)): value = value[name] ?? ""
            case (.lookup(let values), .string(let name)): value = .string(values[name] ?? "")
            case (.null, _): throw Problem(reason: "index of untyped nil")
            default: throw Problem(reason: "can't index \(value.goText) with \(key.goText)")
            }
        }
        return value
    }

    private static func length(of value: DisplayValue) throws(Problem) -> Int64 {
        switch value {
        case .string(let text): Int64(text.utf8.count)
        case .array(let values): Int64(values.count)
        case .object(let fields): Int64(fields.count)
        case .null: 0
        default: throw Problem(reason: "len of type without a length")
        }
    }

    private static func slice(_ arguments: [DisplayValue]) throws(Problem) -> DisplayValue {
        guard let value = arguments.first, (2...3).contains(arguments.count) else {
            throw Problem(reason: "slice wants a value and one or two indexes")
        }
        let start = try integer(arguments, 1)
        let count = Int(try length(of: value))
        let end = arguments.count > 2 ? try integer(arguments, 2) : count
        guard start >= 0, start <= end, end <= count else { throw Problem(reason: "index out of range") }
        switch value {
        case .string(let text):
            return .string(String(decoding: Array(text.utf8)[start..<end], as: UTF8.self))
        case .array(let values): return .array(Array(values[start..<end]))
        default: throw Problem(reason: "can't slice item")
        }
    }

    /// Go's `Sprint`: a space between two operands of which neither is a text.
    private static func printed(_ arguments: [DisplayValue]) -> String {
        var text = ""
        var lastIsText = true
        for argument in arguments {
            let isText = if case .string = argument { true } else { false }
            if !text.isEmpty, !isText, !lastIsText { text += " " }
            text += argument.goText
            lastIsText = isText
        }
        return text
    }

    private static func titled(_ text: String) -> String {
        var previous: Character = " "
        return String(
            text.map { character in
                defer { previous = character }
                let startsWord = !previous.isLetter && !previous.isNumber && previous != "_" && previous != "'"
                return startsWord ? Character(character.uppercased()) : character
            }
        )
    }

    private static func split(_ text: String, by separator: String) -> [String] {
        guard !separator.isEmpty else { return text.map { String($0) } }
        var parts: [String] = []
        var rest = text[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }

    private static func only(_ arguments: [DisplayValue]) throws(Problem) -> DisplayValue {
        guard arguments.count == 1 else { throw Problem(reason: "want 1 argument, got \(arguments.count)") }
        return arguments[0]
    }

    private static func text(_ arguments: [DisplayValue], _ index: Int) throws(Problem) -> String {
        guard arguments.indices.contains(index) else { throw Problem(reason: "wrong number of args") }
        guard case .string(let text) = arguments[index] else {
            throw Problem(reason: "expected string, found \(arguments[index].goText)")
        }
        return text
    }

    private static func strings(_ arguments: [DisplayValue]) throws(Problem) -> [String] {
        switch arguments.first {
        case .array(let values): return values.map(\.goText)
        case .null: return []
        default: throw Problem(reason: "expected a list")
        }
    }

    private static func integer(_ arguments: [DisplayValue], _ index: Int) throws(Problem) -> Int {
        guard arguments.indices.contains(index) else { throw Problem(reason: "wrong number of args") }
        guard case .integer(let value) = arguments[index] else {
            throw Problem(reason: "expected integer, found \(arguments[index].goText)")
        }
        return Int(clamping: value)
    }
}
