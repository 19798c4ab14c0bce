internal import Diagnostics

/// The options of one mount flag, split and checked for their names.
struct MountOptions {
    enum Kind: String, CaseIterable {
        case bind
        case cache
        case tmpfs
        case secret
        case ssh

        var keys: Set<Key> {
            switch self {
            case .bind: [.type, .from, .source, .target, .readOnly]
            case .cache:
                [.type, .id, .from, .source, .target, .readOnly, .sharing, .uid, .gid, .mode]
            case .tmpfs: [.type, .target, .size]
            case .secret: [.type, .id, .source, .target, .required, .mode, .uid, .gid, .environment]
            case .ssh: [.type, .id, .target, .required, .mode, .uid, .gid]
            }
        }
    }

    enum Key: String, CaseIterable {
        case type
        case from
        case source
        case target
        case readOnly = "readonly"
        case id
        case sharing
        case required
        case size
        case mode
        case uid
        case gid
        case environment = "env"
    }

    /// Other names of keys; `readwrite` is `readonly` turned round.
    private static let aliases: [String: Key] = [
        "src": .source, "dst": .target, "destination": .target, "ro": .readOnly, "rw": .readOnly,
        "readwrite": .readOnly,
    ]

    let word: Word
    private(set) var kind = Kind.bind
    private(set) var values: [Key: String] = [:]

    /// Splits the options; without `expand`, values that hold variables are not looked at.
    init(_ word: Word, expand: ((String) throws(Diagnostic) -> String)?) throws(Diagnostic) {
        self.word = word
        var given: [(key: Key, spelling: String, range: SourceRange)] = []
        for (field, range) in try Self.fields(word) {
            let split = field.firstIndex(of: "=")
            let spelling = field[..<(split ?? field.endIndex)].lowercased()
            guard let key = Self.aliases[spelling] ?? Key(rawValue: spelling) else {
                throw Self.unknown(spelling, at: range)
            }
            var value: String
            if let split {
                value = String(field[field.index(after: split)...])
            } else if key == .readOnly || key == .required {
                value = "true"
            } else {
                throw Diagnostic(.error, "mount option `\(spelling)` needs a value", at: range)
            }
            try Self.refuseVariable(in: value, of: key, at: range)
            if let expand, key != .from { value = try expand(value) }
            let isOpen = expand == nil && value.utf8.contains(UInt8(ascii: "$"))
            if key == .readOnly, !isOpen {
                let flag = try Self.boolean(value, spelling, at: range)
                let isTurnedRound = spelling == "rw" || spelling == "readwrite"
                value = String(flag != isTurnedRound)
            }
            if key == .type {
                guard let kind = Kind(rawValue: value.lowercased()) else {
                    throw Self.unknownKind(value, at: range)
                }
                self.kind = kind
            }
            given.append((key, spelling, range))
            values[key] = value
        }
        for (key, spelling, range) in given where !kind.keys.contains(key) {
            throw Diagnostic(
                .error,
                "mount option `\(spelling)` does not apply to type `\(kind.rawValue)`",
                at: range
            )
        }
    }

    /// Splits at commas as CSV does: a field may be quoted, a doubled quote is one.
    private static func fields(_ word: Word) throws(Diagnostic) -> [(text: String, range: SourceRange)] {
        var fields: [(text: String, range: SourceRange)] = []
        var rest = Substring(word.text)
        while true {
            let start = rest.startIndex
            var field = ""
            if rest.first == "\"" {
                rest.removeFirst()
                var isClosed = false
                while let character = rest.popFirst() {
                    if character != "\"" {
                        field.append(character)
                    } else if rest.first == "\"" {
                        field.append(rest.removeFirst())
                    } else {
                        isClosed = true
                        break
                    }
                }
                guard isClosed, rest.isEmpty || rest.first == "," else {
                    throw Diagnostic(.error, "a quote in the mount options is not closed", at: word.range)
                }
            } else {
                field = String(rest.prefix { $0 != "," })
                rest = rest.dropFirst(field.count)
            }
            guard !field.isEmpty else { throw Diagnostic(.error, "a mount option is empty", at: word.range) }
            fields.append((field, range(of: start..<rest.startIndex, in: word)))
            if rest.popFirst() == nil { return fields }
        }
    }

    /// Where a field stands, or the whole flag when quotes or escapes were removed from it.
    private static func range(of field: Range<String.Index>, in word: Word) -> SourceRange {
        guard word.range.length == word.text.utf8.count else { return word.range }
        let offset = word.range.lowerBound + word.text.utf8.distance(from: word.text.startIndex, to: field.lowerBound)
        return SourceRange(offset, offset + word.text.utf8.distance(from: field.lowerBound, to: field.upperBound))
    }

    private static func unknown(_ spelling: String, at range: SourceRange) -> Diagnostic {
        let names = Key.allCases.map(\.rawValue) + aliases.keys.sorted()
        let hint = closestMatch(to: spelling, in: names).map { "did you mean `\($0)`?" }
        return Diagnostic(.error, "unknown mount option `\(spelling)`", at: range, hint: hint)
    }

    private static func unknownKind(_ value: String, at range: SourceRange) -> Diagnostic {
        let names = Kind.allCases.map(\.rawValue)
        let hint = closestMatch(to: value, in: names).map { "did you mean `\($0)`?" }
        return Diagnostic(
            .error,
            "unknown mount type `\(value)`",
            at: range,
            hint: hint ?? "the types are \(names.map { "`\($0)`" }.joined(separator: ", "))"
        )
    }

    private static func refuseVariable(in value: String, of key: Key, at range: SourceRange) throws(Diagnostic) {
        guard key == .from || key == .type, value.utf8.contains(UInt8(ascii: "$")) else { return }
        var hint: String?
        if key == .from { hint = "give the image a name with `FROM … AS name`, where variables work, and use that" }
        throw Diagnostic(.error, "variables are not expanded in mount option `\(key.rawValue)`", at: range, hint: hint)
    }

    static func boolean(_ value: String, _ spelling: String, at range: SourceRange) throws(Diagnostic) -> Bool {
        switch value.lowercased() {
        case "1", "t", "true": return true
        case "0", "f", "false": return false
        default:
            let message = "mount option `\(spelling)` takes `true` or `false`, not `\(value)`"
            throw Diagnostic(.error, message, at: range)
        }
    }
}
