import DockerfileSyntax
import Testing

/// Random ignore files against a second matcher, which knows the rules and nothing of speed.
@Suite struct IgnorePropertyTests {
    private static let patternPieces = [
        "a", "b", "ab", "c.d", "*", "**", "?", "[ab]", "[^a]", "\\*", "a*", "*b", "**a", "é", "-",
    ]
    private static let names = ["a", "b", "ab", "c.d", "*", "aab", "é", "cab", "-"]

    @Test("the rules agree with a naive matcher on random files and paths")
    func agrees() throws {
        for seed in FuzzRandom.seeds {
            var random = FuzzRandom(seed: seed)
            for round in 0..<FuzzRandom.rounds(300) {
                let lines = Self.lines(&random)
                let rules = try IgnoreRules(parsing: Array(lines.joined(separator: "\n").utf8))
                for _ in 0..<12 {
                    let path = Self.path(&random)
                    let expected = NaiveIgnore.isExcluded(path, by: lines)
                    #expect(rules.isExcluded(path) == expected, "seed \(seed), round \(round): \(lines) on \(path)")
                }
            }
        }
    }

    @Test("leaving out directories that nothing can bring back finds the same files as looking at each")
    func pruning() throws {
        for seed in FuzzRandom.seeds {
            var random = FuzzRandom(seed: seed)
            for round in 0..<FuzzRandom.rounds(150) {
                let lines = Self.lines(&random)
                let rules = try IgnoreRules(parsing: Array(lines.joined(separator: "\n").utf8))
                let files = Set((0..<25).map { _ in Self.path(&random) })
                let filtered = files.filter { !rules.isExcluded($0) }
                let walked = files.filter { path in
                    let parts = path.split(separator: "/").map(String.init)
                    let isReached = (1..<max(1, parts.count)).allSatisfy { count in
                        let directory = parts.prefix(count).joined(separator: "/")
                        return !rules.isExcluded(directory) || rules.mayContainReincluded(directory: directory)
                    }
                    return isReached && !rules.isExcluded(path)
                }
                #expect(walked == filtered, "seed \(seed), round \(round): \(lines)")
            }
        }
    }

    private static func lines(_ random: inout FuzzRandom) -> [String] {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
            let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                (0..<Int.random(in: 1...2, using: &random))
                    .map { _ in patternPieces.randomElement(using: &random) ?? "a" }.joined()
            }
            return (Int.random(in: 0..<3, using: &random) == 0 ? "!" : "") + parts.joined(separator: "/")
        }
    }

    private static func path(_ random: inout FuzzRandom) -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in names.randomElement(using: &random) ?? "a" }
            .joined(separator: "/")
    }
}

/// The rules of ignore files told once more, by trying everything.
private enum NaiveIgnore {
    static func isExcluded(_ path: String, by lines: [String]) -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        var isExcluded = false
        for line in lines {
            let isNegated = line.hasPrefix("!")
            let pattern = Array(line.dropFirst(isNegated ? 1 : 0))
            // A pattern that matches a directory above speaks for the path.
            let matches = (1...parts.count).contains { count in
                match(pattern[...], Array(parts.prefix(count).joined(separator: "/"))[...], isStart: true)
            }
            if matches { isExcluded = !isNegated }
        }
        return isExcluded
    }

    private static func match(_ pattern: ArraySlice<Character>, _ path: ArraySlice<Character>, isStart: Bool) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        var rest = pattern.dropFirst()
        switch first {
        case "*" where rest.first == "*":
            rest = rest.dropFirst()
            let hasSlash = rest.first == "/"
            if hasSlash { rest = rest.dropFirst() }
            if rest.isEmpty { return true }
            let isPlain = !rest.contains { "*?[\\".contains($0) }
            if isStart, isPlain, !hasSlash { return path.reversed().starts(with: rest.reversed()) }
            // Nothing, or everything up to some slash.
            return match(rest, path, isStart: false)
                || path.indices.contains { path[$0] == "/" && match(rest, path[($0 + 1)...], isStart: false) }
        case "*":
            if match(rest, path, isStart: false) { return true }
            guard let next = path.first, next != "/" else { return false }
            return match(pattern, path.dropFirst(), isStart: false)
        case "?":
            guard let next = path.first, next != "/" else { return false }
            return match(rest, path.dropFirst(), isStart: false)
        case "[":
            guard let next = path.first, let end = rest.firstIndex(of: "]") else { return false }
            let isNegated = rest.first == "^"
            let members = rest[(rest.startIndex + (isNegated ? 1 : 0))..<end]
            guard members.contains(next) != isNegated else { return false }
            return match(rest[(end + 1)...], path.dropFirst(), isStart: false)
        case "\\":
            guard let escaped = rest.first, path.first == escaped else { return false }
            return match(rest.dropFirst(), path.dropFirst(), isStart: false)
        default:
            return path.first == first && match(rest, path.dropFirst(), isStart: false)
        }
    }
}
