/// A condition of an image on the driver, as in `NVIDIA_REQUIRE_CUDA`.
///
/// Blanks separate alternatives; commas join terms that must all hold. A term is `name op value`.
public struct DriverRequirement: Hashable, Sendable {
    /// What conditions are about.
    public struct Facts: Hashable, Sendable {
        /// The newest CUDA release of the driver.
        public var cuda: DriverVersion?
        /// The driver.
        public var driver: DriverVersion?
        /// The compute capability of a GPU, such as 9.0.
        public var architecture: DriverVersion?
        /// The names of its product line, precise ones and NVIDIA's older ones.
        public var brands: [String]

        /// Collects what is known.
        public init(
            cuda: DriverVersion?,
            driver: DriverVersion?,
            architecture: DriverVersion? = nil,
            brands: [String] = []
        ) {
            self.cuda = cuda
            self.driver = driver
            self.architecture = architecture
            self.brands = brands
        }
    }

    struct Term: Hashable {
        var name: String
        var comparison: String
        var value: String
    }

    /// The text, for messages.
    public let text: String
    let alternatives: [[Term]]

    /// Reads a condition; nil where it breaks the grammar.
    public init?(_ text: String) {
        self.text = text
        var alternatives: [[Term]] = []
        for alternative in text.split(whereSeparator: \.isWhitespace) {
            var terms: [Term] = []
            for part in alternative.split(separator: ",") {
                guard let term = Self.term(part) else { return nil }
                terms.append(term)
            }
            alternatives.append(terms)
        }
        self.alternatives = alternatives
    }

    private static func term(_ text: Substring) -> Term? {
        let name = text.prefix { !"=!<>".contains($0) }
        let rest = text.dropFirst(name.count)
        let comparison = rest.prefix { "=!<>".contains($0) }
        let value = rest.dropFirst(comparison.count)
        guard !name.isEmpty, !value.isEmpty, ["=", "!=", "<", "<=", ">", ">="].contains(comparison) else { return nil }
        return Term(name: name.lowercased(), comparison: String(comparison), value: String(value))
    }

    /// Whether the condition holds.
    ///
    /// What is not known holds, and so do names that nobody knows.
    public func isSatisfied(by facts: Facts) -> Bool {
        alternatives.isEmpty || alternatives.contains { terms in terms.allSatisfy { Self.holds($0, facts) } }
    }

    /// The CUDA release that the first alternative asks for at least.
    public var wantedRelease: DriverVersion? {
        alternatives.first?.first { $0.name == "cuda" && $0.comparison == ">=" }.flatMap { DriverVersion($0.value) }
    }

    private static func holds(_ term: Term, _ facts: Facts) -> Bool {
        switch term.name {
        case "cuda": return compare(facts.cuda, term)
        case "driver": return compare(facts.driver, term)
        case "arch": return compare(facts.architecture, term)
        case "brand":
            if facts.brands.isEmpty { return true }
            let matches = facts.brands.contains { $0.lowercased() == term.value.lowercased() }
            switch term.comparison {
            case "=": return matches
            case "!=": return facts.brands.first?.lowercased() != term.value.lowercased()
            default: return true
            }
        default: return true
        }
    }

    private static func compare(_ version: DriverVersion?, _ term: Term) -> Bool {
        guard let version, let value = DriverVersion(term.value) else { return true }
        let order = DriverVersion.compare(version, value)
        switch term.comparison {
        case "=": return order == 0
        case "!=": return order != 0
        case "<": return order < 0
        case "<=": return order <= 0
        case ">": return order > 0
        default: return order >= 0
        }
    }
}
