/// What documents hold in its text form.
public protocol TextCodable: Codable, CustomStringConvertible {
    /// What the text is of, for errors.
    static var noun: String { get }

    /// Reads the text form; nil for anything else.
    init?(_ text: String)
}

extension TextCodable {
    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not \(Self.noun)")
        }
        self = value
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
