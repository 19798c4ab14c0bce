/// A version of a driver or of CUDA: numbers with dots between them, compared number by number.
public struct DriverVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The numbers, most significant first.
    public let numbers: [Int]
    /// The version as it was written, such as `535.161.07`.
    public let description: String

    /// Reads a text that is nothing but digits and dots.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var numbers: [Int] = []
        for part in parts {
            guard !part.isEmpty, part.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(part) else {
                return nil
            }
            numbers.append(number)
        }
        self.numbers = numbers
        description = String(text)
    }

    /// The first word of the form `535.161.07` in what a kernel module says about itself.
    public static func first(in text: String) -> DriverVersion? {
        for word in text.split(whereSeparator: \.isWhitespace) {
            if let version = DriverVersion(word), (2...3).contains(version.numbers.count) { return version }
        }
        return nil
    }

    /// The first number, which names the branch of a driver.
    public var major: Int { numbers.first ?? 0 }

    /// The second number.
    public var minor: Int { numbers.count > 1 ? numbers[1] : 0 }

    /// How the left version stands to the right one; missing numbers count as 0.
    public static func compare(_ left: DriverVersion, _ right: DriverVersion) -> Int {
        for index in 0..<max(left.numbers.count, right.numbers.count) {
            let first = index < left.numbers.count ? left.numbers[index] : 0
            let second = index < right.numbers.count ? right.numbers[index] : 0
            if first != second { return first < second ? -1 : 1 }
        }
        return 0
    }

    /// Whether the left version is older.
    public static func < (left: DriverVersion, right: DriverVersion) -> Bool { compare(left, right) < 0 }

    /// Whether both are the same release; `13` and `13.0` are.
    public static func == (left: DriverVersion, right: DriverVersion) -> Bool { compare(left, right) == 0 }

    /// Hashes what counts for equality.
    public func hash(into hasher: inout Hasher) {
        var significant = numbers
        while significant.last == 0 { significant.removeLast() }
        hasher.combine(significant)
    }
}
