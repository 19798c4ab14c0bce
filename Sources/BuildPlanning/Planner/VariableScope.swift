/// The variables that an instruction sees, in the order in which they first appeared.
///
/// `ENV` and `ARG` share one list as in BuildKit: whichever speaks later in the file wins for the lines below it.
struct VariableScope: Equatable, Sendable {
    private(set) var names: [String] = []
    private(set) var values: [String: String] = [:]

    /// The value of a variable; nil when it is unset.
    subscript(name: String) -> String? { values[name] }

    /// Sets a variable in its old place, or at the end when it is new.
    mutating func set(_ name: String, to value: String) {
        if values.updateValue(value, forKey: name) == nil { names.append(name) }
    }

    /// The variables as `NAME=value`.
    var environment: [String] { names.map { "\($0)=\(values[$0] ?? "")" } }

    /// Splits `NAME=value`; a text without `=` is a name with an empty value.
    static func split(_ entry: String) -> (name: String, value: String) {
        guard let equals = entry.firstIndex(of: "=") else { return (entry, "") }
        return (String(entry[..<equals]), String(entry[entry.index(after: equals)...]))
    }
}
