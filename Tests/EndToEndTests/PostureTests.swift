internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What a default container lets a process do, as a program inside finds out by trying.
///
/// The goldens were compared with Docker's table by hand; a difference in them is a change of what a container may do.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct PostureTests {
    let goldens = GoldenDirectory(beside: #filePath)
    private let command = ["run", "--rm", "--network", "none", "-v"]

    @Test("rights, files, devices, mounts and system calls of a default container are Docker's")
    func root() throws {
        try withStore { llmbox, context in
            let probe = try Self.build(in: context)
            let words = command + ["\(probe):/probe:ro", "base", "/probe"]
            let result = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
            compare(result.output, "posture-root.txt")
        }
    }

    @Test("without root a default container has the same rights, descriptors and system calls")
    func rootless() throws {
        try asUser { user, sandbox in
            let probe = try Self.build(in: sandbox)
            let result = user.run(["llmbox"] + command + ["\(probe):/probe:ro", "base", "/probe"])
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
            compare(result.output, "posture-rootless.txt")
            let ofRoot = Self.sections(goldens.text("posture-root.txt") ?? "")
            // Device nodes are the host's, bound one by one, and there is no control group to show.
            for (name, text) in Self.sections(result.output) where name != "mounts" {
                #expect(text == ofRoot[name], "\(name)")
            }
        }
    }

    private func compare(_ actual: String, _ name: String) {
        let expected = Self.sections(goldens.expected(name, refreshingWith: actual) ?? "")
        let found = Self.sections(actual)
        #expect(Set(found.keys) == Set(expected.keys))
        for (section, lines) in found {
            let before = Set((expected[section] ?? "").split(separator: "\n"))
            let now = Set(lines.split(separator: "\n"))
            #expect(now.subtracting(before).isEmpty, "more: \(section)")
            #expect(before.subtracting(now).isEmpty, "less: \(section)")
        }
    }

    /// The sections of a report by their names.
    static func sections(_ text: String) -> [String: String] {
        var result: [String: String] = [:]
        var name = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("["), line.hasSuffix("]") {
                name = String(line.dropFirst().dropLast())
                result[name] = ""
            } else {
                result[name, default: ""] += line + "\n"
            }
        }
        return result
    }

    /// Builds the probe, with the names of system calls that this machine's headers know and those that came later.
    static func build(in directory: FilePath) throws -> String {
        let source = "\(#filePath)".split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Posture/probe.c"
        let newer = [
            "cachestat", "fchmodat2", "map_shadow_stack", "futex_wake", "futex_wait", "futex_requeue", "statmount",
            "listmount", "lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "mseal", "setxattrat",
            "getxattrat", "listxattrat", "removexattrat", "open_tree_attr", "file_getattr", "file_setattr", "listns",
        ]
        let table = newer.enumerated().map { "[\(451 + $0.offset)] = \"\($0.element)\"," }.joined(separator: "\n")
        let script = """
            cd "$0" && mkdir -p probe && cd probe && chmod 755 . && {
            echo '#include <asm/unistd.h>' | cc -dM -E - | \
            awk '/#define __NR_/ && $3 + 0 < 451 { sub("__NR_", "", $2); printf "[%s] = \\042%s\\042,\\n", $3, $2 }'
            printf '%s\\n' "$2"; } > names.h && cc -static -O1 -I. -o probe "$1"
            """
        let built = run(["sh", "-c", script, directory.string, source, table])
        try #require(built.status == 0, "\(built.errors)")
        return directory.appending("probe/probe").string
    }
}
