/// The targets of Package.swift and their dependencies, read as text.
///
/// SwiftPM is not asked: it would wait for the lock that the running `swift test` holds.
enum PackageManifest {
    /// The dependencies of each target that stands in `Sources`.
    static func dependencies() -> [String: Set<String>] {
        let text = SourceTree.lines(of: "Package.swift").joined(separator: "\n")
        let shorthands = ["crypto": "Crypto", "system": "SystemPackage", "argumentParser": "ArgumentParser"]
        var result: [String: Set<String>] = [:]
        for block in text.split(separator: "arget(\n").dropFirst() + text.split(separator: "arget(name").dropFirst() {
            let body = block.prefix { $0 != "]" }
            let quoted = body.split(separator: "\"", omittingEmptySubsequences: false)
            guard quoted.count > 1, SourceTree.entries(of: "Sources").contains(String(quoted[1])) else { continue }
            var names: Set<String> = []
            if body.contains("dependencies:") {
                for index in stride(from: 3, to: quoted.count, by: 2) { names.insert(String(quoted[index])) }
                let words = body.split { !$0.isLetter }.map(String.init)
                for (word, name) in shorthands where words.contains(word) { names.insert(name) }
            }
            result[String(quoted[1]), default: []].formUnion(names)
        }
        return result
    }
}
