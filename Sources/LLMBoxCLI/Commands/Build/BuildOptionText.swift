internal import Diagnostics
internal import Engine
internal import Glibc
internal import SystemPackage

/// Reads the values of the build command's options.
enum BuildOptionText {
    /// Splits `NAME=value`; the value is nil without `=`.
    static func pair(_ text: String) -> (name: String, value: String?) {
        guard let equals = text.firstIndex(of: "=") else { return (text, nil) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// The build arguments; a name alone takes the caller's value, and is not set when there is none.
    ///
    /// `proxies` are those that docker's `config.json` gives to every build, where the arguments say nothing of them.
    static func arguments(
        _ texts: [String],
        environment: (String) -> String?,
        proxies: CallerProxies = CallerProxies()
    ) -> [String: String] {
        var result: [String: String] = [:]
        let named = Set(texts.map { pair($0).name })
        for (name, value) in proxies.variables where !named.contains(name) { result[name] = value }
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

extension BuildSecret {
    /// Refuses a secret whose file cannot be read, whether or not a step asks for it: a misspelt path must not go unseen.
    func check() throws(BuildOptionError) {
        guard case .file(let path) = source else { return }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw .unreadableSecret(id: id, path: path, errno: .isDirectory)
        }
        guard access(path, R_OK) == 0 else {
            throw .unreadableSecret(id: id, path: path, errno: Errno(rawValue: errno))
        }
    }
}

/// What is wrong with an option of the build command.
enum BuildOptionError: Explainable {
    case invalid(option: String, value: String, allowed: String)
    case badPlatform(String)
    case badSecret(String)
    case unsetVariable(String)
    case unreadableSecret(id: String, path: String, errno: Errno)
    case unsupported(String, instead: String?)

    var what: String {
        switch self {
        case .invalid(let option, let value, _): "cannot use `\(option) \(value)`"
        case .badPlatform(let text): "cannot build for `\(text)`"
        case .badSecret(let text): "cannot use `--secret \(text)`"
        case .unreadableSecret(let id, let path, _): "cannot read the secret `\(id)` from `\(path)`"
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
        case .unreadableSecret(_, _, let errno): errno.description.lowercased()
        case .unsupported: "llmbox does not support it yet"
        }
    }

    var remedy: String? {
        switch self {
        case .unsupported(_, let instead): instead
        case .unreadableSecret(let id, let path, .noSuchFileOrDirectory) where id == path:
            "name its file with `--secret id=\(id),src=FILE`, or set the variable `\(id)`"
        default: nil
        }
    }
}
