/// Text as a part of a URL.
public enum PercentEncoding {
    /// Escapes everything but letters, digits and the marks that mean nothing in a query.
    static func encode(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF")
        return text.utf8.map { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126, 58, 47: String(Unicode.Scalar(byte))
            default: "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
            }
        }.joined()
    }

    /// The bytes that a part of a URL stands for; a `%` without two digits behind it stands for itself.
    public static func decode(_ text: some StringProtocol) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(value)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
