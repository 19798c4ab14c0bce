internal import OCIModel

extension DisplayValue {
    /// The value as JSON on one line, or indented by `indent` spaces a level.
    ///
    /// Beyond what JSON asks for, characters that could steer a terminal are escaped: they come from images.
    func json(indent: Int? = nil) -> String {
        var text = ""
        writeJSON(into: &text, indent: indent, level: 0)
        return text
    }

    /// Takes any encodable value by way of its JSON; the order of its fields becomes alphabetical.
    init(encoding value: some Encodable) throws {
        self = try CanonicalJSON.decode(DisplayValue.self, from: CanonicalJSON.encode(value))
    }

    private func writeJSON(into text: inout String, indent: Int?, level: Int) {
        switch self {
        case .null, .lookup: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? Self.text(of: value) : "null"
        case .string(let value): Self.quote(value, into: &text)
        case .array(let values):
            Self.writeList(values, brackets: ("[", "]"), into: &text, indent: indent, level: level) { value, text in
                value.writeJSON(into: &text, indent: indent, level: level + 1)
            }
        case .object(let fields):
            let visible = fields.filter { if case .lookup = $0.value { false } else { true } }
            Self.writeList(visible, brackets: ("{", "}"), into: &text, indent: indent, level: level) { field, text in
                Self.quote(field.name, into: &text)
                text += indent == nil ? ":" : ": "
                field.value.writeJSON(into: &text, indent: indent, level: level + 1)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element],
        brackets: (String, String),
        into text: inout String,
        indent: Int?,
        level: Int,
        write: (Element, inout String) -> Void
    ) {
        text += brackets.0
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            breakLine(into: &text, indent: indent, level: level + 1)
            write(element, &text)
        }
        if !elements.isEmpty { breakLine(into: &text, indent: indent, level: level) }
        text += brackets.1
    }

    private static func breakLine(into text: inout String, indent: Int?, level: Int) {
        guard let indent else { return }
        text += "\n" + String(repeating: " ", count: indent * level)
    }

    private static func quote(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar.value {
            case 0x22: text += "\\\""
            case 0x5C: text += "\\\\"
            case 0x0A: text += "\\n"
            case 0x0D: text += "\\r"
            case 0x09: text += "\\t"
            // U+2028 and U+2029 as Go does it; C1 controls and bidirectional overrides for the terminal's sake.
            case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension DisplayValue: Decodable {
    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: FieldName.self) {
            // `try?` asks what kind of value this is; a wrong guess goes on to the next kind.
            let names = container.allKeys.sorted { $0.stringValue < $1.stringValue }
            self = .object(
                try names.map {
                    DisplayField(name: $0.stringValue, value: try container.decode(DisplayValue.self, forKey: $0))
                }
            )
        } else if var container = try? decoder.unkeyedContainer() {
            var values: [DisplayValue] = []
            while !container.isAtEnd { values.append(try container.decode(DisplayValue.self)) }
            self = .array(values)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Int64.self) {
                self = .integer(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else {
                self = .string(try container.decode(String.self))
            }
        }
    }

    private struct FieldName: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
