/// Fields between commas, where double quotes protect commas and `""` inside them is one quote.
enum CommaSeparated {
    /// Returns the fields, or nil when a quote is not closed.
    static func fields(_ text: String) -> [String]? {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var characters = Array(text.unicodeScalars)[...]
        while let scalar = characters.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true) where characters.first == "\"":
                characters = characters.dropFirst()
                field.append("\"")
            case ("\"", _): isQuoted.toggle()
            case (",", false):
                fields.append(field)
                field = ""
            default: field.unicodeScalars.append(scalar)
            }
        }
        return isQuoted ? nil : fields + [field]
    }
}
