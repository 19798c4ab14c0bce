internal import Diagnostics

/// A `--name` or `--name=value` in front of an instruction's arguments.
struct Flag {
    let name: String
    /// The value with quotes removed; `nil` without `=`.
    let value: Word?
    let range: SourceRange

    /// The flag as written, without quotes.
    var text: String { "--\(name)" + (value.map { "=\($0.text)" } ?? "") }
}

/// Which flags an instruction takes.
struct FlagSpecification {
    enum Kind {
        case value
        case repeatedValue
        case boolean
    }

    let name: String
    let kind: Kind

    static func all(of instruction: InstructionName) -> [FlagSpecification] {
        func value(_ name: String) -> FlagSpecification { .init(name: name, kind: .value) }
        func repeated(_ name: String) -> FlagSpecification { .init(name: name, kind: .repeatedValue) }
        func boolean(_ name: String) -> FlagSpecification { .init(name: name, kind: .boolean) }
        return switch instruction {
        case .from: [value("platform")]
        case .run: [repeated("mount"), value("network"), value("security"), repeated("device")]
        case .copy:
            [value("from"), value("chown"), value("chmod"), boolean("link"), boolean("parents"), repeated("exclude")]
        case .add:
            [
                value("chown"), value("chmod"), boolean("link"), repeated("exclude"), value("checksum"),
                boolean("keep-git-dir"), boolean("unpack"),
            ]
        case .healthcheck:
            [value("interval"), value("timeout"), value("start-period"), value("start-interval"), value("retries")]
        default: []
        }
    }
}

/// The flags of one instruction, checked against what it takes.
struct FlagSet {
    private(set) var flags: [Flag] = []

    /// Checks `found`, reporting every flag that is wrong.
    init(_ found: [Flag], for instruction: InstructionName, report: (Diagnostic) -> Void) {
        let known = FlagSpecification.all(of: instruction)
        for flag in found {
            guard let specification = known.first(where: { $0.name == flag.name }) else {
                report(Self.unknown(flag, in: instruction, known: known.map(\.name)))
                continue
            }
            if specification.kind != .repeatedValue, flags.contains(where: { $0.name == flag.name }) {
                report(Diagnostic(.error, "flag `--\(flag.name)` is given twice", at: flag.range))
                continue
            }
            let value = flag.value?.text
            switch (specification.kind, specification.kind == .boolean ? value?.lowercased() : value) {
            case (.boolean, nil), (.boolean, "true"), (.boolean, "false"), (.value, .some), (.repeatedValue, .some):
                flags.append(flag)
            case (.boolean, .some):
                let message = "flag `--\(flag.name)` takes `true` or `false`, not `\(value ?? "")`"
                report(Diagnostic(.error, message, at: flag.value?.range ?? flag.range))
            case (.value, nil), (.repeatedValue, nil):
                let hint = "write `--\(flag.name)=VALUE`"
                report(Diagnostic(.error, "flag `--\(flag.name)` needs a value", at: flag.range, hint: hint))
            }
        }
    }

    /// The value of a flag; an empty value counts as not given.
    func value(_ name: String) -> Word? { values(name).first }

    /// All values of a flag that may repeat.
    func values(_ name: String) -> [Word] {
        flags.filter { $0.name == name }.compactMap(\.value).filter { !$0.text.isEmpty }
    }

    /// The value of a boolean flag; `nil` when it was not given.
    func boolean(_ name: String) -> Bool? {
        flags.first { $0.name == name }.map { $0.value?.text.lowercased() != "false" }
    }

    private static func unknown(_ flag: Flag, in instruction: InstructionName, known: [String]) -> Diagnostic {
        let message = "unknown flag `--\(flag.name)` of `\(instruction.rawValue)`"
        var hint = closestMatch(to: flag.name, in: known).map { "did you mean `--\($0)`?" }
        if hint == nil, known.isEmpty { hint = "`\(instruction.rawValue)` takes no flags" }
        return Diagnostic(.error, message, at: flag.range, hint: hint)
    }
}

/// Splits leading flags from arguments.
enum FlagParser {
    static func split(_ text: Fragment) -> (flags: [Flag], arguments: Fragment) {
        var flags: [Flag] = []
        var position = text.lower
        while true {
            while position < text.upper, text[position].isBlank { position += 1 }
            let dash = UInt8(ascii: "-")
            guard position + 1 < text.upper, text[position] == dash, text[position + 1] == dash else {
                return (flags, text.slice(position, text.upper).trimmed())
            }
            let start = position
            let (content, equals) = unquotedWord(text, &position)
            let range = text.slice(start, position).range
            // A lone `--` ends the flags.
            if content == [dash, dash] { return (flags, text.slice(position, text.upper).trimmed()) }
            let split = content.firstIndex(of: UInt8(ascii: "=")) ?? content.count
            let name = String(decoding: content[2..<max(2, split)], as: UTF8.self)
            var value: Word?
            if split < content.count {
                let place = text.slice(min(equals ?? start, position), position).range
                value = Word(String(decoding: content[(split + 1)...], as: UTF8.self), at: place)
            }
            flags.append(Flag(name: name, value: value, range: range))
        }
    }

    /// Takes one word, removing quotes and backslash escapes; also says where the text after the first `=` begins.
    private static func unquotedWord(_ text: Fragment, _ position: inout Int) -> (content: [UInt8], equals: Int?) {
        var content: [UInt8] = []
        var equals: Int?
        var quote: UInt8?
        while position < text.upper {
            var byte = text[position]
            if quote == nil, byte.isBlank { break }
            position += 1
            if byte == quote {
                quote = nil
                continue
            }
            if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                continue
            }
            if byte == UInt8(ascii: "\\") {
                guard position < text.upper else { continue }
                byte = text[position]
                position += 1
            } else if byte == UInt8(ascii: "="), equals == nil {
                equals = position
            }
            content.append(byte)
        }
        return (content, equals)
    }
}
