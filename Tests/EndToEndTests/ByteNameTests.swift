internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// To the kernel a name is bytes: files whose names are not UTF-8, or one text in two Unicode forms, are files like others.
@Suite("Names that are no text", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct ByteNameTests {
    /// Fills `d` below the context with every kind of such a name.
    private static let context = #"""
        mkdir -p d/$'\xff' d/sub; cd d
        echo one > $'caf\xe9'; ln $'caf\xe9' $'other\xe8'; echo two > $'skip\xe9'; echo three > $'\xff'/x
        ln -s $'caf\xe9' $'link\xfe'; echo four > $'\xf4\x8f\xbe\x80'
        echo composed > $'\xc3\xa9'; echo apart > $'e\xcc\x81'; echo mark > sub/$'\xcc\x81x'
        """#

    private func withContext(_ body: (LLMBoxProgram, FilePath) throws -> Void) throws {
        try withStore { llmbox, context in
            shell(Self.context, in: context)
            try body(llmbox, context)
        }
    }

    @discardableResult
    private func shell(_ script: String, in directory: FilePath) -> CommandResult {
        let result = run(["bash", "-c", "cd \(directory.string) && { \(script)\n}"])
        #expect(result.status == 0, "\(result)")
        return result
    }

    private static let copies = [
        "FROM scratch\nCOPY d /d", "FROM scratch\nCOPY --link d /d", "FROM scratch\nCOPY --parents d /",
        "FROM scratch AS a\nCOPY d /x/\nFROM scratch\nCOPY --from=a /x /d", "FROM scratch\nCOPY d/ff /\nCOPY . /",
        "FROM scratch\nADD d.tar /",
    ]

    @Test("copies have them all", arguments: [[], ["--layers", "single"], ["--timestamp", "1"], ["--squash"]])
    func copies(options: [String]) throws {
        try withContext { llmbox, context in
            shell("tar -cf d.tar d", in: context)
            for dockerfile in Self.copies {
                shell(dockerfile.contains("d/ff") ? "touch d/ff" : "rm -f d/ff", in: context)
                let built = BuiltTree(llmbox, dockerfile, in: context.string, options)
                let difference = run(["diff", "-r", "--no-dereference", "\(context)/d", "\(built.path)/d"])
                #expect(difference.status == 0, "\(dockerfile): \(difference) \(built.build)")
                shell("test d/$'caf\\xe9' -ef d/$'other\\xe8'", in: FilePath(built.path))
            }
        }
    }

    @Test("large ones get layers of their own, and attributes that a step changes are folded")
    func layers() throws {
        try withContext { llmbox, context in
            llmbox.importBusybox()
            shell("head -c 2000000 /dev/urandom > d/$'big\\xe9'", in: context)
            let dockerfile = "FROM base\nCOPY d /d\nRUN --network=none chmod 600 /d/big*"
            write(dockerfile, to: "Dockerfile", in: context)
            let built = llmbox("build", "-t", "big", "--layers", "1m", context.string)
            #expect(built.status == 0 && !built.errors.contains("wastes"), "\(built)")
            let shown = llmbox(
                "run",
                "--rm",
                "--network",
                "none",
                "big",
                "sh",
                "-c",
                "stat -c %a /d/big*; cat /d/big*|wc -c"
            )
            #expect(shown.output == "600\n2000000\n", "\(shown)")
            let size = llmbox("inspect", "-f", "{{.Size}}", "big")
            #expect((Int(size.line) ?? .max) < 5_000_000, "\(size)")
        }
    }

    @Test(
        ".dockerignore and wildcards match their bytes",
        arguments: [
            ("d/skip\\xe9", "caf\\xe9"), ("d/skip?", "caf\\xe9"), ("*\\n!d/caf?", "caf\\xe9"),
            ("d/[^c]*", "caf\\xe9"),
        ]
    )
    func ignored(rules: String, kept: String) throws {
        try withContext { llmbox, context in
            shell("printf '\(rules)\\n' > .dockerignore", in: context)
            for source in ["d", "d/*"] {
                let built = BuiltTree(llmbox, "FROM scratch\nCOPY \(source) /d/", in: context.string)
                shell("test -e d/$'\(kept)' && test ! -e d/$'skip\\xe9'", in: FilePath(built.path))
            }
            // A mount of the context shows the same.
            llmbox.importBusybox()
            let step =
                "FROM base\nRUN --network=none --mount=target=/c test -e /c/d/$(printf '\(kept)') && ! ls /c/d | grep -q skip"
            let mounted = BuiltTree(llmbox, step, in: context.string)
            #expect(mounted.build.status == 0, "\(mounted.build)")
        }
    }

    @Test("the name counts for the cache, to the byte")
    func cache() throws {
        try withContext { llmbox, context in
            let dockerfile = "FROM scratch\nCOPY d /d"
            func build() -> Bool {
                let built = BuiltTree(llmbox, dockerfile, in: context.string).build
                #expect(built.status == 0, "\(built)")
                return built.errors.contains("#3 CACHED")
            }
            #expect(!build())
            #expect(build())
            for rename in [#"$'\xff' $'\xfe'"#, #"$'caf\xe9' $'caf\xe8'"#, #"$'\xc3\xa9' $'\xc3\xa8'"#] {
                shell("cd d; mv \(rename)", in: context)
                #expect(!build(), "\(rename)")
                #expect(build(), "\(rename)")
            }
        }
    }

    @Test("a message shows the bytes")
    func message() throws {
        try withContext { llmbox, context in
            shell("ln -s nowhere d/$'gone\\xe9'", in: context)
            let built = BuiltTree(llmbox, "FROM scratch\nCOPY d/gone* /", in: context.string).build
            #expect(built.status == 1 && built.errors.contains("d/gone\\xe9"), "\(built)")
        }
    }
}
