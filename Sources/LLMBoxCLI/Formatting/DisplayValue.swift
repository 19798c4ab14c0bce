internal import Diagnostics

/// A JSON-like value whose objects keep their order: what `inspect` prints and Go templates are evaluated on.
enum DisplayValue: Hashable, Sendable {
    /// JSON's null; a template prints it as Go prints a missing value.
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([DisplayValue])
    case object([DisplayField])
    /// A method that takes a key, such as `.Label "k"`; JSON leaves it out.
    case lookup([String: String])

    /// Makes an object from its fields in order.
    static func fields(_ fields: KeyValuePairs<String, DisplayValue>) -> DisplayValue {
        .object(fields.map { DisplayField(name: $0.key, value: $0.value) })
    }

    /// Makes an object of texts, sorted by name as Go prints maps.
    static func map(_ values: [String: String]) -> DisplayValue {
        .object(values.sorted { $0.key < $1.key }.map { DisplayField(name: $0.key, value: .string($0.value)) })
    }

    /// Makes an array of texts.
    static func strings(_ values: some Sequence<String>) -> DisplayValue { .array(values.map { .string($0) }) }

    /// The value of the field `name` when this is an object that has it.
    subscript(name: String) -> DisplayValue? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }

    /// Whether Go's `if` takes the value as true: not false, zero, nothing or empty.
    var isTruthy: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .number(let value): value != 0
        case .string(let value): !value.isEmpty
        case .array(let values): !values.isEmpty
        case .object(let fields): !fields.isEmpty
        case .lookup: true
        }
    }

    /// The value as Go's `%v` prints it: `[a b]` for arrays and `map[k:v]` for objects.
    ///
    /// Control characters are escaped, because values come from images and registries.
    var goText: String {
        switch self {
        case .null: "<no value>"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): Self.text(of: value)
        case .string(let value): TerminalText.escaped(value)
        case .array(let values): "[\(values.map(\.goText).joined(separator: " "))]"
        case .object(let fields):
            "map["
                + fields.sorted { $0.name < $1.name }
                .map { "\(TerminalText.escaped($0.name)):\($0.value.goText)" }.joined(separator: " ") + "]"
        case .lookup: "<no value>"
        }
    }

    /// Writes a number as Go does: without a fraction where it has none.
    static func text(of number: Double) -> String {
        if number.magnitude < 1e15, number == number.rounded() { return String(Int64(number)) }
        return "\(number)"
    }
}

/// One field of a ``DisplayValue/object(_:)``.
struct DisplayField: Hashable, Sendable {
    /// The name, as JSON and templates spell it.
    var name: String
    /// The value.
    var value: DisplayValue
}

extension DisplayValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(nilLiteral: ()) { self = .null }
}
