/// Text as a part of a URL's query.
enum PercentEncoding {
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
}
