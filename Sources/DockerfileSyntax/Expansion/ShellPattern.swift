/// A shell pattern over a variable's value: `*`, `?` and backslash escapes, with no meaning for slashes and brackets.
struct ShellPattern {
    private enum Element: Equatable {
        case scalar(Unicode.Scalar)
        case any

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            if case .scalar(let own) = self { own == scalar } else { true }
        }
    }

    /// The runs between stars: one run means there is no star.
    private var runs: [[Element]] = [[]]

    init(_ pattern: String) throws(ExpansionError) {
        var scalars = pattern.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch scalar {
            case "*": runs.append([])
            case "?": runs[runs.count - 1].append(.any)
            case "\\":
                // `}` and `/` are escaped for the sake of `${}`, the others for the pattern's.
                guard let escaped = scalars.next(), "*?\\}/".unicodeScalars.contains(escaped) else {
                    throw .invalidPattern(pattern)
                }
                runs[runs.count - 1].append(.scalar(escaped))
            default: runs[runs.count - 1].append(.scalar(scalar))
            }
        }
    }

    func removingPrefix(from value: String, longest: Bool) -> String {
        let scalars = Array(value.unicodeScalars)
        guard case .end(let end) = Self.match(runs, in: scalars, at: 0, longest: longest) else { return value }
        return Self.string(scalars[end...])
    }

    func removingSuffix(from value: String, longest: Bool) -> String {
        let scalars = Array(value.unicodeScalars.reversed())
        let reversed = runs.reversed().map { Array($0.reversed()) }
        guard case .end(let end) = Self.match(reversed, in: scalars, at: 0, longest: longest) else { return value }
        return Self.string(ArraySlice(scalars[end...].reversed()))
    }

    func replacing(in value: String, with replacement: String, everywhere: Bool) -> String {
        let scalars = Array(value.unicodeScalars)
        var result = String.UnicodeScalarView()
        var position = 0
        var previousEnd = -1
        search: while position <= scalars.count {
            switch Self.match(runs, in: scalars, at: position, longest: true) {
            case .end(let end) where end > position || position != previousEnd:
                result.append(contentsOf: replacement.unicodeScalars)
                previousEnd = end
                if end == position, position < scalars.count { result.append(scalars[position]) }
                position = max(end, position + 1)
                if !everywhere { break search }
            case .noneFromHereOn:
                break search
            default:
                if position < scalars.count { result.append(scalars[position]) }
                position += 1
            }
        }
        if position < scalars.count { result.append(contentsOf: scalars[position...]) }
        return String(result)
    }

    private enum Match {
        case end(Int)
        case none
        /// A star was reached in vain: no later start can do better.
        case noneFromHereOn
    }

    /// Matches at one place.
    /// - Complexity: O(n · m), without backtracking: between stars the first place that fits is always good.
    private static func match(_ runs: [[Element]], in value: [Unicode.Scalar], at start: Int, longest: Bool) -> Match {
        guard fits(runs[0], in: value, at: start) else { return .none }
        var position = start + runs[0].count
        for (index, run) in runs.enumerated().dropFirst() {
            let isLast = index == runs.count - 1
            let places = position...max(position, value.count - run.count)
            let place =
                isLast && longest
                ? places.last { fits(run, in: value, at: $0) } : places.first { fits(run, in: value, at: $0) }
            guard let place else { return .noneFromHereOn }
            position = place + run.count
        }
        return .end(position)
    }

    private static func fits(_ run: [Element], in value: [Unicode.Scalar], at start: Int) -> Bool {
        guard start + run.count <= value.count else { return false }
        return run.indices.allSatisfy { run[$0].matches(value[start + $0]) }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }
}
