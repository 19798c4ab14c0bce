/// The value of `--gpus`, in docker's grammar: one record of comma-separated values.
///
/// A bare word is a count. Lists stand in quotes: `"device=0,2","capabilities=compute,utility"`. Without the quotes, which
/// shells like to take away, what follows `device=` and looks like a device belongs to it.
public enum GPUArgument {
    /// Reads a value.
    ///
    /// - Throws: ``GPURequestError``.
    public static func parse(_ text: String) throws(GPURequestError) -> GPURequest {
        var reader = FieldReader(text)
        var seen: [String: String] = [:]
        var devices: [String]?
        var count: Int?
        for field in try joined(reader.fields(), text) {
            let (key, value) = keyAndValue(field)
            guard seen.updateValue(value, forKey: key) == nil else {
                throw .malformed(text, why: "`\(key)` is given twice")
            }
            switch key {
            case "count": count = try number(value, text)
            case "device": devices = value.split(separator: ",").map { String($0.trimmed) }.filter { !$0.isEmpty }
            case "driver", "capabilities", "options": break
            default: throw .malformed(text, why: "there is no key `\(key)`")
            }
        }
        if count != nil, devices != nil {
            throw .malformed(text, why: "a count and devices exclude each other")
        }
        if let devices, devices.isEmpty { throw .malformed(text, why: "`device` names no device") }
        let capabilities = try seen["capabilities"].map { (words) throws(GPURequestError) in
            try DriverCapability.parse(words)
        }
        let selection: GPURequest.Selection
        if let devices {
            selection = devices.contains("all") ? .all : .named(devices)
        } else {
            // As docker does where neither is given: one.
            selection = count.map { $0 < 0 ? .all : .count($0) } ?? .count(1)
        }
        return GPURequest(selection, capabilities: capabilities ?? nil, vendor: try vendor(seen["driver"], text))
    }

    private static func keyAndValue(_ field: String) -> (String, String) {
        guard let equals = field.firstIndex(of: "=") else { return ("count", field) }
        return (String(field[..<equals]).lowercased(), String(field[field.index(after: equals)...]))
    }

    private static func number(_ value: String, _ text: String) throws(GPURequestError) -> Int {
        if value == "all" || value == "-1" { return -1 }
        guard let count = Int(value), count >= 0, !value.hasPrefix("+") else {
            throw .malformed(text, why: "`\(value)` is neither a number nor `all`")
        }
        return count
    }

    private static func vendor(_ driver: String?, _ text: String) throws(GPURequestError) -> GPUVendor? {
        guard let driver, !driver.isEmpty else { return nil }
        guard let vendor = GPUVendor(rawValue: driver.lowercased()) else {
            throw .malformed(text, why: "there is no driver `\(driver)`; there are `nvidia`, `amd` and `intel`")
        }
        return vendor
    }

    /// Gives words that cannot stand by themselves back to the `device=` or `capabilities=` before them.
    private static func joined(_ fields: [String], _ text: String) throws(GPURequestError) -> [String] {
        var result: [String] = []
        for field in fields {
            if field.isEmpty { throw .malformed(text, why: "a field is empty") }
            let last = result.last ?? ""
            if !field.contains("="), last.hasPrefix("device=") || last.hasPrefix("capabilities=") {
                result[result.count - 1] += "," + field
            } else {
                result.append(field)
            }
        }
        return result
    }

    /// Splits a record: quotes keep commas together, and two of them are one.
    private struct FieldReader {
        private let text: String

        init(_ text: String) { self.text = text }

        mutating func fields() throws(GPURequestError) -> [String] {
            var fields: [String] = []
            var field = ""
            var (inQuotes, wasQuoted) = (false, false)
            var rest = text[...]
            while let character = rest.popFirst() {
                switch character {
                case "\"" where inQuotes:
                    if rest.first == "\"" {
                        field.append("\"")
                        rest.removeFirst()
                    } else {
                        inQuotes = false
                    }
                case "\"" where field.isEmpty && !wasQuoted: (inQuotes, wasQuoted) = (true, true)
                case "\"": throw .malformed(text, why: "a quote stands in the middle of a field")
                case "," where !inQuotes:
                    fields.append(field)
                    field = ""
                    wasQuoted = false
                default: field.append(character)
                }
            }
            if inQuotes { throw .malformed(text, why: "a quote is not closed") }
            return fields + [field]
        }
    }
}
