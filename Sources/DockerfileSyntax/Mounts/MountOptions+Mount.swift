internal import Diagnostics

extension MountOptions {
    /// Makes the typed mount from expanded values.
    func mount() throws(Diagnostic) -> RunMount {
        switch kind {
        case .bind:
            return .bind(
                RunMount.Bind(
                    target: try target(),
                    source: values[.source] ?? "",
                    from: text(.from),
                    isReadOnly: try flag(.readOnly) ?? true
                )
            )
        case .cache:
            return .cache(try cache())
        case .tmpfs:
            let size = try values[.size].map { (text) throws(Diagnostic) in try byteCount(text) }
            return .tmpfs(RunMount.Tmpfs(target: try target(), sizeInBytes: size))
        case .secret:
            return .secret(try secret())
        case .ssh:
            return .ssh(
                RunMount.SSH(
                    id: text(.id) ?? "default",
                    target: text(.target),
                    uid: try number(.uid) ?? 0,
                    gid: try number(.gid) ?? 0,
                    mode: try mode() ?? 0o600,
                    isRequired: try flag(.required) ?? false
                )
            )
        }
    }

    private func cache() throws(Diagnostic) -> RunMount.Cache {
        let target = try target()
        var sharing = RunMount.Cache.Sharing.shared
        if let name = text(.sharing) {
            guard let known = RunMount.Cache.Sharing(rawValue: name.lowercased()) else {
                let names = RunMount.Cache.Sharing.allCases.map(\.rawValue)
                let hint = closestMatch(to: name, in: names).map { "did you mean `\($0)`?" }
                throw error("unknown value `\(name)` of mount option `sharing`", hint: hint)
            }
            sharing = known
        }
        return RunMount.Cache(
            id: text(.id) ?? CleanPath.clean(target),
            target: target,
            sharing: sharing,
            from: text(.from),
            source: text(.source),
            uid: try number(.uid) ?? 0,
            gid: try number(.gid) ?? 0,
            mode: try mode() ?? 0o755,
            isReadOnly: try flag(.readOnly) ?? false
        )
    }

    private func secret() throws(Diagnostic) -> RunMount.Secret {
        if text(.id) != nil, text(.source) != nil {
            throw error("mount options `id` and `source` of a secret mean the same", hint: "give only `id`")
        }
        let target = text(.target)
        let environment = text(.environment)
        guard let id = text(.id) ?? text(.source) ?? target.map(CleanPath.lastComponent), !id.isEmpty else {
            throw error("a secret mount needs an `id`", hint: "write `--mount=type=secret,id=NAME`")
        }
        return RunMount.Secret(
            id: id,
            target: target ?? (environment == nil ? "/run/secrets/\(CleanPath.lastComponent(id))" : nil),
            environment: environment,
            uid: try number(.uid) ?? 0,
            gid: try number(.gid) ?? 0,
            mode: try mode() ?? 0o400,
            isRequired: try flag(.required) ?? false
        )
    }

    /// The value of an option; an empty one counts as not given.
    private func text(_ key: Key) -> String? {
        values[key].flatMap { $0.isEmpty ? nil : $0 }
    }

    private func target() throws(Diagnostic) -> String {
        guard let target = text(.target) else {
            throw error("a \(kind.rawValue) mount needs a `target`", hint: "write `target=/path`")
        }
        guard CleanPath.clean(target) != "/" else { throw error("a mount cannot cover `/`") }
        return target
    }

    private func flag(_ key: Key) throws(Diagnostic) -> Bool? {
        guard let value = text(key) else { return nil }
        return try Self.boolean(value, key.rawValue, at: word.range)
    }

    private func number(_ key: Key) throws(Diagnostic) -> UInt32? {
        guard let value = text(key) else { return nil }
        guard value.utf8.allSatisfy(\.isDigit), let number = UInt32(value), number != .max else {
            throw error("mount option `\(key.rawValue)` takes a number, not `\(value)`")
        }
        return number
    }

    private func mode() throws(Diagnostic) -> UInt32? {
        guard let value = text(.mode) else { return nil }
        guard value.utf8.allSatisfy(\.isDigit), let mode = UInt32(value, radix: 8), mode <= 0o7777 else {
            throw error("mount option `mode` takes an octal number such as `0755`, not `\(value)`")
        }
        return mode
    }

    /// Reads `512`, `64k`, `1.5g`, `2GiB`: units are powers of 1024 in either spelling.
    private func byteCount(_ text: String) throws(Diagnostic) -> Int64 {
        let lowered = text.lowercased()
        let number = lowered.prefix { $0.isNumber || $0 == "." }
        var unit = String(lowered.dropFirst(number.count)).trimmingBlanks()
        for suffix in ["ib", "b"] where unit.hasSuffix(suffix) {
            unit.removeLast(suffix.count)
            break
        }
        let shifts = ["": 0, "k": 10, "m": 20, "g": 30, "t": 40]
        guard let value = Double(number), let shift = shifts[unit] else {
            throw error("mount option `size` takes a size such as `64m`, not `\(text)`")
        }
        let bytes = value * Double(Int64(1) << shift)
        guard bytes < 0x1p62 else { throw error("mount option `size` is too large: `\(text)`") }
        return Int64(bytes)
    }

    private func error(_ message: String, hint: String? = nil) -> Diagnostic {
        Diagnostic(.error, message, at: word.range, hint: hint)
    }
}
