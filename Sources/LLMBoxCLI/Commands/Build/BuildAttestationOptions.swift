internal import ArgumentParser
internal import Engine

/// What is told beside the image.
struct BuildAttestationOptions: ParsableArguments {
    @Option(
        help: "Tell what the image was built from beside it (--push, -o type=oci): mode=min, mode=max, or false."
    )
    var provenance: String?
    @Option(name: .customLong("attest"), help: .hidden) var attestations: [String] = []
    @Option(help: .hidden) var sbom: String?

    /// What is asked for; nil for nothing, as when nothing is said.
    ///
    /// - Throws: ``OutputOptionError`` for what llmbox cannot tell, and where no output has a place for it.
    func wish(for export: ExportRequest) throws -> ProvenanceDetail? {
        var wished: (option: String, detail: ProvenanceDetail)?
        for (option, text) in try statements {
            wished = try detail(text, option).map { (option, $0) }
        }
        guard let wished else { return nil }
        let places = export.outputs.filter { $0.isPushed || $0.form == .oci }
        if places.isEmpty { throw OutputOptionError.staysHere(wished.option) }
        guard !places.contains(where: { $0.usesDockerTypes == true }) else {
            throw OutputOptionError.noAttestations(wished.option, reason: "Docker's media types have no place for it")
        }
        return wished.detail
    }

    /// All statements that are asked for, with what they are to tell.
    private var statements: [(option: String, text: String)] {
        get throws {
            var found: [(String, String)] = []
            if let sbom, !Self.isOff(sbom) { throw OutputOptionError.noPackages("--sbom=\(sbom)") }
            if let provenance { found.append(("--provenance=\(provenance)", provenance)) }
            for text in attestations {
                let fields = text.split(separator: ",").map(String.init)
                let rest = fields.filter { !$0.hasPrefix("type=") }.joined(separator: ",")
                switch fields.first(where: { $0.hasPrefix("type=") }) ?? "type=\(fields.first ?? "")" {
                case "type=provenance": found.append(("--attest=\(text)", rest))
                case "type=sbom": if !Self.isOff(rest) { throw OutputOptionError.noPackages("--attest=\(text)") }
                default:
                    throw OutputOptionError.noAttestations(
                        "--attest=\(text)",
                        reason: "its type is neither provenance nor sbom"
                    )
                }
            }
            return found
        }
    }

    private static func isOff(_ text: String) -> Bool {
        text.split(separator: ",").contains { ["false", "0", "disabled=true", "disabled=1"].contains($0) }
    }

    /// Reads `true`, `min`, `mode=max` and so on.
    private func detail(_ text: String, _ option: String) throws -> ProvenanceDetail? {
        if Self.isOff(text) { return nil }
        var detail = ProvenanceDetail.min
        for field in text.split(separator: ",") where !["true", "1", "disabled=false"].contains(field) {
            // Who builds is left to who signs; llmbox says nothing of itself.
            if ["version=v0.2", "reproducible=false", "inline-only=false", "builder-id="].contains(field) { continue }
            let word = field.hasPrefix("mode=") ? field.dropFirst("mode=".count) : field
            guard let found = ProvenanceDetail(rawValue: String(word)) else {
                throw OutputOptionError.noAttestations(
                    option,
                    reason: "`\(field)` is none of true, false, mode=min, mode=max"
                )
            }
            detail = found
        }
        return detail
    }
}
