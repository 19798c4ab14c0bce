internal import Testing

@Suite struct ArchitectureTests {
    @Test("every module imports only what lies below it", arguments: ModuleRules.arrows.keys.sorted())
    func arrows(module: String) {
        let allowed = ModuleRules.arrows[module, default: []].union(ModuleRules.toolchain)
        for file in SourceTree.files(below: "Sources/\(module)", endingIn: [".swift"]) {
            for name in SourceTree.imports(of: file) where !allowed.contains(name) {
                Issue.record("`\(name)` in \(file): \(ModuleRules.reasons[module, default: "see ModuleRules"])")
            }
        }
    }

    @Test("Package.swift draws the same arrows as the rules", arguments: ModuleRules.arrows.keys.sorted())
    func manifest(module: String) throws {
        let declared = try #require(PackageManifest.dependencies()[module], "`\(module)` is not in Package.swift")
        let extra = declared.subtracting(ModuleRules.arrows[module, default: []])
        #expect(extra.isEmpty, "\(module) → \(extra): \(ModuleRules.reasons[module, default: "see ModuleRules"])")
    }

    @Test("every directory of sources is a module with rules")
    func everyModuleHasRules() {
        #expect(Set(SourceTree.entries(of: "Sources")) == Set(ModuleRules.arrows.keys))
    }

    @Test("Foundation stays out of the modules that start fast", arguments: ModuleRules.withoutFoundation.sorted())
    func foundation(module: String) {
        for file in SourceTree.files(below: "Sources/\(module)", endingIn: [".swift"]) {
            for name in SourceTree.imports(of: file) where name.hasPrefix("Foundation") {
                Issue.record("`\(name)` in \(file): \(ModuleRules.reasons[module, default: "it must start fast"])")
            }
        }
    }

    @Test("only FoundationEssentials is used: the rest of Foundation costs milliseconds at every start")
    func essentialsOnly() {
        for file in SourceTree.files(below: "Sources", endingIn: [".swift"]) {
            #expect(!SourceTree.imports(of: file).contains("Foundation"), "`Foundation` in \(file)")
        }
    }

    @Test("pure modules do not touch the operating system", arguments: ModuleRules.pure.sorted())
    func purity(module: String) {
        for file in SourceTree.files(below: "Sources/\(module)", endingIn: [".swift"]) {
            for name in SourceTree.imports(of: file) where ["Glibc", "SystemPackage", "LinuxKernel"].contains(name) {
                Issue.record("`\(name)` in \(file): \(ModuleRules.reasons[module, default: "the module is pure"])")
            }
        }
    }

    @Test("files stay small enough to read in one sitting")
    func fileLengths() {
        for file in SourceTree.files(below: "Sources", endingIn: [".swift", ".c", ".h"]) {
            let count = SourceTree.lines(of: file).count
            #expect(count <= 420, "\(file) has \(count) lines: split it by topic (`Type+Topic.swift`)")
        }
    }

    @Test(
        "C stays the exception: system calls below Swift, and shims for libraries that are opened late",
        arguments: [("CLinux", 520), ("CArchive", 540), ("CCurl", 500)]
    )
    func amountOfC(module: String, limit: Int) {
        let files = SourceTree.files(below: "Sources/\(module)", endingIn: [".c", ".h"])
        let count = files.reduce(0) { $0 + SourceTree.lines(of: $1).count }
        #expect(count <= limit, "\(count) lines of C in \(files): can Swift express it?")
    }

    @Test("the top level holds the agreed entries and nothing else")
    func topLevel() {
        let agreed: Set<String> = [
            "Package.swift", "Sources", "Tests", "Dockerfiles", "Examples", "README.md", "LICENSE",
        ]
        let visible = SourceTree.entries(of: ".").filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
        #expect(Set(visible) == agreed)
    }

    @Test("nothing is forced: no `try!`, `as!`, `fatalError` without its invariant")
    func nothingForced() {
        for file in SourceTree.files(below: "Sources", endingIn: [".swift"]) {
            let lines = SourceTree.lines(of: file)
            for (index, line) in lines.enumerated() {
                guard !line.drop(while: { $0 == " " }).hasPrefix("//") else { continue }
                let forced = ["try!", "as!", "fatalError(", "@unchecked Sendable", "nonisolated(unsafe)"]
                guard let word = forced.first(where: { line.contains($0) }) else { continue }
                let reason = lines[max(0, index - 3)..<index].contains { $0.contains("//") }
                #expect(reason, "\(file):\(index + 1): `\(word)` needs a comment that names the invariant")
            }
        }
    }
}
