/// What follows from the product name of one of NVIDIA's GPUs, for machines whose driver is not asked.
///
/// Source: NVIDIA's list of CUDA GPUs and their compute capabilities.
public struct GPUModel: Hashable, Sendable {
    /// The generation of its processors, such as 9.0; nil for names that are not known here.
    public let architecture: DriverVersion?
    /// Whether it takes another driver library than the installed one (forward compatibility): data centre products do,
    /// those for desks and games do not; nil for names that are not known here.
    public let takesCompatibility: Bool?
    /// The names of its product line as conditions of images write them, the precise one first; none where not known.
    public let brands: [String]

    private static let dataCentre: [(words: [String], architecture: String)] = [
        (["GB300", "B300"], "10.3"), (["GB200", "B200", "B100"], "10.0"),
        (["GH200", "H200", "H100", "H800", "H20"], "9.0"), (["L40S", "L40", "L40G", "L4", "L20", "L2"], "8.9"),
        (["A100", "A100X", "A800", "A30", "A30X"], "8.0"),
        (["A40", "A10", "A10G", "A10M", "A16", "A2", "A2000M"], "8.6"),
        (["T4", "T4G"], "7.5"), (["V100", "V100S"], "7.0"), (["P100"], "6.0"), (["P40", "P4"], "6.1"),
        (["M60", "M40", "M10", "M6", "M4"], "5.2"), (["K80"], "3.7"), (["K40", "K40m", "K20", "K20Xm"], "3.5"),
    ]

    /// The first two digits of the numbers of desktop products, with what follows from them.
    private static let series: [(line: String, number: String, architecture: String)] = [
        ("RTX", "50", "12.0"), ("RTX", "40", "8.9"), ("RTX", "30", "8.6"), ("RTX", "20", "7.5"), ("GTX", "16", "7.5"),
        ("GTX", "10", "6.1"), ("GTX", "9", "5.2"),
    ]

    /// Reads a name such as `NVIDIA H100 80GB HBM3`.
    public init(_ name: String) {
        let words = name.split(whereSeparator: { $0 == " " || $0 == "-" || $0 == "/" || $0 == "(" }).map(String.init)
        let data = Self.dataCentre.first { entry in entry.words.contains(where: words.contains) }
        if words.contains("GeForce") {
            architecture = Self.desktopArchitecture(words)
            takesCompatibility = false
            brands = words.contains("RTX") ? ["geforcertx", "geforce"] : ["geforce"]
        } else if words.contains("TITAN") {
            architecture = DriverVersion(words.contains("RTX") ? "7.5" : words.contains("V") ? "7.0" : "6.1")
            takesCompatibility = false
            brands = words.contains("RTX") ? ["titanrtx", "titan"] : ["titan"]
        } else if let data {
            architecture = DriverVersion(data.architecture)
            takesCompatibility = true
            brands = words.contains("Tesla") ? ["tesla"] : words.contains("GRID") ? ["grid"] : ["nvidia", "unknown"]
        } else if words.contains("Quadro") {
            architecture = words.contains("RTX") ? DriverVersion("7.5") : nil
            takesCompatibility = nil
            brands = words.contains("RTX") ? ["quadrortx", "quadro"] : ["quadro"]
        } else if words.contains("RTX") {
            // Workstations: `RTX A6000`, `RTX 6000 Ada Generation`, `RTX PRO 6000 Blackwell …`. Some take it.
            let isAmpere = words.contains { $0.hasPrefix("A") && $0.dropFirst().allSatisfy(\.isNumber) && $0.count > 2 }
            architecture = DriverVersion(
                words.contains("Blackwell") || words.contains("PRO") ? "12.0" : words.contains("Ada") ? "8.9" : "8.6"
            ).flatMap { isAmpere || words.contains("Ada") || words.contains("PRO") ? $0 : nil }
            takesCompatibility = nil
            brands = ["nvidiartx", "quadrortx", "unknown"]
        } else {
            architecture = words.contains("GB10") ? DriverVersion("12.1") : nil
            takesCompatibility = nil
            brands = []
        }
    }

    private static func desktopArchitecture(_ words: [String]) -> DriverVersion? {
        for entry in series where words.contains(entry.line) {
            let fits = words.contains { word in
                // `3080`, `3080Ti`, `970`.
                let digits = word.prefix { $0.isNumber }
                return digits.hasPrefix(entry.number) && digits.count == entry.number.count + 2
            }
            if fits { return DriverVersion(entry.architecture) }
        }
        return nil
    }
}
