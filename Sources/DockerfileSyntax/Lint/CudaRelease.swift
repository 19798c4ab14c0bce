/// The CUDA release that an image's name tells.
struct CudaRelease: Equatable {
    let major: Int
    let minor: Int

    /// Reads `nvidia/cuda:12.4.1-runtime-…` and tags with a part such as `cuda12.1` or `cu121`; nil for other images.
    init?(imageName: String) {
        let name = imageName.lowercased()
        guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return nil }
        let tag = name[name.index(after: colon)...]
        let repository = name[..<colon]
        if repository.hasSuffix("/cuda") || repository == "cuda" {
            self.init(numbers: tag)
            return
        }
        for part in tag.split(whereSeparator: { $0 == "-" || $0 == "_" }) {
            if part.hasPrefix("cuda") {
                self.init(numbers: part.dropFirst(4))
                return
            }
            let digits = part.dropFirst(2)
            if part.hasPrefix("cu"), digits.count == 3, let number = Int(digits) {
                self.init(major: number / 10, minor: number % 10)
                return
            }
        }
        return nil
    }

    private init(major: Int, minor: Int) {
        (self.major, self.minor) = (major, minor)
    }

    private init?(numbers text: Substring) {
        let numbers = text.prefix { $0.isNumber || $0 == "." }.split(separator: ".")
        guard let first = numbers.first, let major = Int(first), (8...99).contains(major) else { return nil }
        self.init(major: major, minor: numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0)
    }

    /// The oldest driver that runs it; within one major release any driver of that release will do.
    ///
    /// Source: NVIDIA, CUDA compatibility, minor version compatibility.
    var minimumDriver: String? {
        switch major {
        case 13: "580.65.06"
        case 12: "525.60.13"
        case 11: "450.80.02"
        case 10: minor >= 2 ? "440.33" : minor == 1 ? "418.39" : "410.48"
        case 9: "384.81"
        default: nil
        }
    }

    /// Compares versions number by number.
    static func isOlder(_ version: String, than other: String) -> Bool {
        func numbers(_ text: String) -> [Int] { text.split(separator: ".").map { Int($0) ?? 0 } }
        return numbers(version).lexicographicallyPrecedes(numbers(other))
    }
}
