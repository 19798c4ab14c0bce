internal import Diagnostics
internal import Engine

/// Reads the values of the build command's options.
enum BuildOptionText {
    /// Splits `NAME=value`; the value is nil without `=`.
    static func pair(_ text: String) -> (name: String, value: String?) {
        guard let equals = text.firstIndex(of: "=") else { return (text, nil) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// The build arguments; a name alone takes the caller's value, and is not set when there is none.
    static func arguments(_ texts: [String], environment: (String) -> String?) -> [String: String] {
        var result: [String: String] = [:]
        if let epoch = environment("SOURCE_DATE_EPOCH") { result["SOURCE_DATE_EPOCH"] = epoch }
        for text in texts {
            let (name, value) = pair(text)
            if let value = value ?? environment(name) { result[name] = value }
        }
        return result
    }

    /// A `--secret`: `id=NAME`, with `src=FILE`, `env=NAME`, or neither, which means the variable or file of that name.
    static func secret(_ text: String, environment: (String) -> String?) throws(BuildOptionError) -> BuildSecret {
        var id: String?
        var file: String?
        var variable: String?
        for part in text.split(separator: ",") {
            let (key, value) = pair(String(part))
            guard let value else { throw .badSecret(text) }
            switch key {
            case "id": id = value
            case "src", "source": file = value
            case "env": variable = value
            case "type":
                if value == "env" { variable = variable ?? file } else if value != "file" { throw .badSecret(text) }
            default: throw .badSecret(text)
            }
        }
        guard let id, !id.isEmpty else { throw .badSecret(text) }
        if let name = variable {
            guard let value = environment(name) else { throw .unsetVariable(name) }
            return BuildSecret(id: id, source: .value(Array(value.utf8)))
        }
        if let file { return BuildSecret(id: id, source: .file(file)) }
        if let value = environment(id) { return BuildSecret(id: id, source: .value(Array(value.utf8))) }
        return BuildSecret(id: id, source: .file(id))
    }
}

/// What is wrong with an option of the build command.
enum BuildOptionError: Explainable {
    case invalid(option: String, value: String, allowed: String)
    case badPlatform(String)
    case badSecret(String)
    case unsetVariable(String)
    case unsupported(String, instead: String?)

    var what: String {
        switch self {
        case .invalid(let option, let value, _): "cannot use `\(option) \(value)`"
        case .badPlatform(let text): "cannot build for `\(text)`"
        case .badSecret(let text): "cannot use `--secret \(text)`"
        case .unsetVariable(let name): "cannot take a secret from the variable `\(name)`"
        case .unsupported(let option, _): "cannot use `\(option)`"
        }
    }

    var why: String? {
        switch self {
        case .invalid(_, _, let allowed): "it is none of \(allowed)"
        case .badPlatform: "it is no platform of Linux, such as `linux/amd64` or `linux/arm64/v8`"
        case .badSecret: "it is not of the form `id=NAME,src=FILE` or `id=NAME,env=NAME`"
        case .unsetVariable: "it is not set"
        case .unsupported: "llmbox does not support it yet"
        }
    }

    var remedy: String? {
        switch self {
        case .unsupported(_, let instead): instead
        default: nil
        }
    }
}
