/// The value of `--chmod`: an octal mode, or symbolic changes as `chmod` takes them.
public struct ModeChange: Equatable, Sendable {
    private enum Clause: Equatable {
        case absolute(UInt32)
        case symbolic(who: UInt32, operation: Character, permissions: String)
    }

    private let clauses: [Clause]

    /// Parses `755`, `0755`, `u+x,go-r` or `a=rX`; nil for anything else.
    public init?(_ text: String) {
        if !text.isEmpty, text.utf8.allSatisfy({ (48...55).contains($0) }) {
            guard text.utf8.count <= 5, let mode = UInt32(text, radix: 8), mode <= 0o7777 else { return nil }
            clauses = [.absolute(mode)]
            return
        }
        var parsed: [Clause] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            var rest = part
            var who: UInt32 = 0
            while let letter = rest.first, let bits = Self.who[letter] {
                who |= bits
                rest.removeFirst()
            }
            guard !rest.isEmpty else { return nil }
            while let operation = rest.first {
                guard "+-=".contains(operation) else { return nil }
                rest.removeFirst()
                let permissions = rest.prefix { !"+-=".contains($0) }
                guard permissions.allSatisfy({ "rwxXstugo".contains($0) }) else { return nil }
                parsed.append(
                    .symbolic(who: who == 0 ? 0o7777 : who, operation: operation, permissions: String(permissions))
                )
                rest = rest.dropFirst(permissions.count)
            }
        }
        guard !parsed.isEmpty else { return nil }
        clauses = parsed
    }

    private static let who: [Character: UInt32] = ["u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777]

    /// The mode after the change.
    public func applied(to mode: UInt32, isDirectory: Bool) -> UInt32 {
        var mode = mode & 0o7777
        for clause in clauses {
            switch clause {
            case .absolute(let value): mode = value
            case .symbolic(let who, let operation, let permissions):
                let bits = Self.bits(permissions, in: mode, isDirectory: isDirectory) & who
                switch operation {
                case "+": mode |= bits
                case "-": mode &= ~bits
                default:
                    // `=` leaves a directory's set-id bits alone unless they are named, as chmod does.
                    let kept = isDirectory ? mode & 0o6000 : 0
                    mode = mode & ~(who & 0o7777) | bits | kept
                }
            }
        }
        return mode
    }

    private static func bits(_ permissions: String, in mode: UInt32, isDirectory: Bool) -> UInt32 {
        var bits: UInt32 = 0
        for letter in permissions {
            switch letter {
            case "r": bits |= 0o444
            case "w": bits |= 0o222
            case "x": bits |= 0o111
            case "X": if isDirectory || mode & 0o111 != 0 { bits |= 0o111 }
            case "s": bits |= 0o6000
            case "t": bits |= 0o1000
            case "u": bits |= (mode >> 6 & 7) * 0o111
            case "g": bits |= (mode >> 3 & 7) * 0o111
            default: bits |= (mode & 7) * 0o111
            }
        }
        return bits
    }
}
