internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Contexts and sources that come from somewhere else, with servers on loopback.
@Suite("Remote sources", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct RemoteSourceTests {
    @Test("a Dockerfile on standard input builds without a context", arguments: ["FROM scratch\nENV A=1\n"])
    func dockerfileOnInput(text: String) throws {
        try withStore { llmbox, _ in
            let built = llmbox("build", "-q", "-", input: Array(text.utf8))
            #expect(built.status == 0 && built.line.hasPrefix("sha256:"), "\(built)")
            let both = llmbox("build", "-f", "x", "-", input: Array(text.utf8))
            #expect(both.status == 1 && both.errors.contains("`-f`"), "\(both)")
        }
    }

    @Test(
        "an archive on standard input gives the image that its directory gives",
        arguments: ["cat", "gzip", "bzip2", "xz", "zstd -q"]
    )
    func archiveOnInput(compressor: String) throws {
        try withStore { llmbox, context in
            write("FROM scratch\nCOPY . /\n", to: "Dockerfile", in: context)
            write("x", to: "f", in: context)
            write("ignored", to: "g", in: context)
            write("g\n", to: ".dockerignore", in: context)
            let expected = llmbox("build", "-q", context.string).line
            let archive = context.string + ".archive"
            #expect(run(["sh", "-c", "tar -C \(context) -c . | \(compressor) > \(archive)"]).status == 0)
            let built = run(
                ["sh", "-c", "exec \(LLMBoxProgram.path) build -q - < \(archive)"],
                environment: llmbox.environment
            )
            #expect(built.line == expected, "\(built)")
            #expect(run(["find", llmbox.root.appending("workspaces").string, "-mindepth", "1"]).output == "")
        }
    }

    @Test("contexts are fetched: an archive, a Dockerfile, a repository with branch and directory")
    func fetchedContexts() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                makeRepository(
                    "repo",
                    in: web.directory,
                    """
                    mkdir -p in/side; printf 'FROM scratch\nCOPY . /\n' > Dockerfile; echo one > f; commit one; tag v1
                    printf 'FROM scratch\nCOPY side /\n' > in/Dockerfile; echo two > in/side/g; commit two
                    """
                )
                _ = run([
                    "sh", "-c", "cd \(web.directory)/repo-work && git archive HEAD | xz > ../c.txz && cp Dockerfile ..",
                ])
                func built(_ address: String, _ options: String...) -> [String] {
                    BuiltTree(llmbox, ["build", "-t", "x"] + options + [address], tag: "x").listing
                }
                #expect(built("\(web.address)/c.txz").contains("f 664 0:0"))
                #expect(
                    built("\(web.address)/c.txz", "-f", "in/Dockerfile")[0].contains("cannot find the source `side`")
                )
                let whole = ["Dockerfile 644 0:0", "f 644 0:0"]
                #expect(built("\(web.address)/repo.git#v1") == whole)
                #expect(built("\(web.address)/repo.git#main:in") == ["g 644 0:0"])
                let kept = built("\(web.address)/repo.git#v1", "--build-arg", "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1")
                #expect(kept.contains(".git/HEAD 644 0:0"), "\(kept)")
                #expect(built("\(web.address)/Dockerfile").isEmpty)
                let missing = llmbox("build", "\(web.address)/none.txz")
                #expect(missing.status == 1 && missing.errors.contains("404"), "\(missing)")
                let absent = llmbox("build", "\(web.address)/repo.git#nothing")
                #expect(absent.status == 1 && absent.errors.contains("no branch or tag `nothing`"), "\(absent)")
            }
        }
    }

    @Test("ADD of an address has docker's name, mode and time, and is asked about, not fetched, the next time")
    func address() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                write("content", to: "f", in: web.directory)
                _ = run(["touch", "-d", "@1000000000", web.directory.appending("f").string])
                let lines = "FROM scratch\nADD \(web.address)/f \(web.address)/undated /d/\n"
                let first = BuiltTree(llmbox, lines, in: context.string)
                #expect(first.listing == ["d 755 0:0", "d/f 600 0:0", "d/undated 600 0:0"])
                let times = run(["stat", "-c", "%Y", first.path + "/d/f", first.path + "/d/undated"])
                #expect(times.output == "1000000000\n0\n")
                let one = "FROM scratch\nADD \(web.address)/f /d/\n"
                #expect(BuiltTree(llmbox, one, in: context.string).text("d/f") == "content")
                #expect(BuiltTree(llmbox, one, in: context.string).build.errors.contains("CACHED"))
                #expect(web.requests.last == "GET /f 304", "\(web.requests)")
                write("changed", to: "f", in: web.directory)
                #expect(BuiltTree(llmbox, one, in: context.string).text("d/f") == "changed")
            }
        }
    }

    @Test("what a server has decides whether ADD is cached, and a plan says so without asking")
    func cached() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                write("content", to: "f", in: web.directory)
                let first = makeRepository("r", in: web.directory, "echo one > one")
                func row(_ lines: String, _ name: String) -> Bool {
                    let built = BuiltTree(llmbox, "FROM scratch\n\(lines)\n", in: context.string).build
                    #expect(built.status == 0, "\(name): \(built)")
                    return built.errors.contains("#3 CACHED")
                }
                func planned(_ lines: String) -> String {
                    write("FROM scratch\n\(lines)\n", to: "Dockerfile", in: context)
                    let asked = web.requests.count
                    let plan = llmbox("build", "--plan", "--format", "json", context.string)
                    #expect(web.requests.count == asked, "a plan asks nobody")
                    return ["cached", "new", "unknown"].first { plan.output.contains("\"\($0)\"") } ?? "\(plan)"
                }
                let file = "ADD \(web.address)/f /f"
                let repository = "ADD \(web.address)/r.git#main /r"
                #expect(planned(file) == "unknown")
                #expect(!row(file, "the first time"))
                #expect(planned(file) == "cached")
                #expect(row(file, "unchanged"))
                _ = run(["touch", "-d", "@1100000000", web.directory.appending("f").string])
                #expect(row(file, "newer, with the same content"), "as with COPY, times do not count")
                #expect(row(file, "unchanged again"))
                write("changed", to: "f", in: web.directory)
                #expect(!row(file, "other content"))
                #expect(!row("ADD --chmod=700 \(web.address)/f /f", "another mode"))
                #expect(!row(repository, "a repository for the first time"))
                #expect(row(repository, "the same commit"))
                makeRepository("r", in: web.directory, "echo one > one; commit one; echo two > two")
                #expect(!row(repository, "another commit"))
                #expect(planned("ADD \(web.address)/r.git#\(first) /r") == "unknown")
            }
        }
    }

    @Test("--checksum accepts the right content without asking twice and refuses any other")
    func checksum() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                write("content", to: "f", in: web.directory)
                let digest = "sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
                let right = "FROM scratch\nADD --checksum=\(digest) --chmod=u+x \(web.address)/f /f\n"
                #expect(BuiltTree(llmbox, right, in: context.string).listing == ["f 700 0:0"])
                let asked = web.requests.count
                #expect(BuiltTree(llmbox, right, in: context.string).text("f") == "content")
                #expect(web.requests.count == asked)
                let wrong =
                    "FROM scratch\nADD --checksum=sha256:\(String(repeating: "0", count: 64)) \(web.address)/f /f\n"
                let refused = BuiltTree(llmbox, wrong, in: context.string).build
                #expect(refused.status == 1 && refused.errors.contains(digest), "\(refused)")
                for (line, text) in [
                    ("ADD --checksum=\(digest) f /f", "needs an address"),
                    ("ADD --checksum=md5:1 \(web.address)/f /f", "no checksum"),
                    ("COPY \(web.address)/f /f", "cannot be a URL"), ("ADD \(web.address)/none /f", "404"),
                    ("ADD \(web.address)/ /d/", "without a name"),
                ] {
                    let failed = BuiltTree(llmbox, "FROM scratch\n\(line)\n", in: context.string).build
                    #expect(failed.status == 1 && failed.errors.contains(text), "\(line): \(failed)")
                }
            }
        }
    }

    @Test("ADD unpacks what it fetches only when it is told to")
    func unpack() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                write("inside", to: "f", in: web.directory)
                _ = run([
                    "tar", "-C", web.directory.string, "--owner=3", "--group=4", "-czf",
                    web.directory.appending("a.tgz").string, "f",
                ])
                let plain = BuiltTree(llmbox, "FROM scratch\nADD \(web.address)/a.tgz /d/\n", in: context.string)
                #expect(plain.listing == ["d 755 0:0", "d/a.tgz 600 0:0"])
                let unpacked = BuiltTree(
                    llmbox,
                    "FROM scratch\nADD --unpack=true \(web.address)/a.tgz /d\n",
                    in: context.string
                )
                #expect(unpacked.listing == ["d 755 0:0", "d/f 644 3:4"])
            }
        }
    }

    @Test("ADD of a repository is keyed by its commit, with submodules, and without .git unless asked")
    func repository() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                makeRepository("inner", in: web.directory, "echo i > i")
                let commit = makeRepository(
                    "outer",
                    in: web.directory,
                    """
                    mkdir d; echo a > d/a; echo b > d/b.md; commit one
                    git -c protocol.file.allow=always submodule --quiet add \(web.address)/inner.git d/module
                    """
                )
                let line = "FROM scratch\nADD --exclude=*.md \(web.address)/outer.git#main:d /g\n"
                let first = BuiltTree(llmbox, line, in: context.string)
                #expect(first.listing == ["g 755 0:0", "g/a 644 0:0", "g/module 755 0:0", "g/module/i 644 0:0"])
                #expect(run(["stat", "-c", "%Y", first.path + "/g/a"]).line == "1000000000")
                let again = BuiltTree(llmbox, line, in: context.string).build
                #expect(again.errors.contains("CACHED"), "\(again)")
                let pinned = "FROM scratch\nADD --keep-git-dir=true \(web.address)/outer.git#\(commit) /g\n"
                let kept = BuiltTree(llmbox, pinned, in: context.string)
                #expect(
                    run(["git", "-c", "safe.directory=*", "-C", kept.path + "/g", "rev-parse", "HEAD"]).line == commit
                )
                let asked = web.requests.count
                #expect(BuiltTree(llmbox, pinned, in: context.string).build.errors.contains("CACHED"))
                #expect(web.requests.count == asked, "a commit is known by its number")
                let wrong =
                    "FROM scratch\nADD --checksum=\(String(repeating: "0", count: 40)) \(web.address)/outer.git /g\n"
                #expect(BuiltTree(llmbox, wrong, in: context.string).build.errors.contains(commit))
            }
        }
    }

    @Test("git's own protocol fetches one commit only")
    func gitProtocol() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                let commit = makeRepository(
                    "r",
                    in: web.directory,
                    "echo 1 > f; commit one; echo 2 > f; commit two; echo 3 > f"
                )
                let port = try freePort()
                let log = context.appending("daemon.log").string
                let daemon = try BackgroundProcess(
                    [
                        // Itself, because `git daemon` is only its parent and would leave it behind.
                        run(["git", "--exec-path"]).line + "/git-daemon", "--listen=127.0.0.1", "--port=\(port)",
                        "--base-path=\(web.directory)",
                        "--export-all", "--reuseaddr", "--verbose",
                    ],
                    output: log
                )
                #expect(eventually { read(log).contains("Ready") })
                withExtendedLifetime(daemon) {
                    let line = "FROM scratch\nADD --keep-git-dir=true git://127.0.0.1:\(port)/r.git /g\n"
                    let built = BuiltTree(llmbox, line, in: context.string)
                    #expect(built.text("g/f") == "3\n", "\(built.build)")
                    #expect(built.text("g/.git/shallow").hasPrefix(commit))
                }
            }
        }
    }

    @Test("the caller hears that git is missing")
    func withoutGit() throws {
        try withStore { llmbox, context in
            var bare = llmbox
            bare.environment["PATH"] = context.string
            let built = bare("build", "https://127.0.0.1:1/x.git")
            #expect(built.status == 1 && built.errors.contains("apt-get install git"), "\(built)")
        }
    }
}

/// A port that nobody listens on.
private func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let found = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
        }
    }
    guard found else { throw Errno(rawValue: errno) }
    return UInt16(bigEndian: address.sin_port)
}
