internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Servers and addresses that try to make `ADD` do more than fetch a file.
@Suite("Hostile servers", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct HostileServerTests {
    @Test("ADD goes to http and https only, not in circles, and not where clouds keep secrets")
    func redirects() throws {
        try withStore { llmbox, context in
            write("CANARY", to: "secret", in: context)
            try WebServer.run(in: context) { web in
                for target in [
                    "/to?file:///etc/hostname", "/to?file://\(context)/secret", "/to?ftp://127.0.0.1/x",
                    "/to?gopher://127.0.0.1:1/x", "/to?//", "/loop", "/to?http://169.254.169.254/latest/meta-data",
                    "/to?http://2852039166/", "/to?http://[::ffff:169.254.169.254]/", "/to?http://[fe80::1]/",
                ] {
                    let built = BuiltTree(llmbox, "FROM scratch\nADD \(web.address)\(target) /x\n", in: context.string)
                    #expect(built.build.status == 1, "\(target): \(built.listing)")
                    #expect(!built.build.errors.contains("CANARY"))
                }
                for address in ["http://169.254.169.254/x", "http://0xa9fea9fe/x", "http://[fe80::1]/x"] {
                    let built = BuiltTree(llmbox, "FROM scratch\nADD \(address) /x\n", in: context.string).build
                    #expect(built.status == 1 && built.errors.contains("link-local"), "\(built)")
                    let used = llmbox("build", address)
                    #expect(used.status == 1 && used.errors.contains("link-local"), "\(used)")
                }
                write("here", to: "f", in: web.directory)
                let good = "FROM scratch\nADD \(web.address)/to?\(web.address)/f /x\n"
                #expect(BuiltTree(llmbox, good, in: context.string).text("x") == "here")
            }
        }
    }

    @Test("a fetched file is named by its address alone, by one plain name")
    func names() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                let named = BuiltTree(llmbox, "FROM scratch\nADD \(web.address)/named /d/\n", in: context.string)
                #expect(named.listing == ["d 755 0:0", "d/named 600 0:0"])
                for path in ["/x/%2e%2e", "/x/..", "/x/%2F..%2F..%2Fescaped", "/x/a%00b"] {
                    let built = BuiltTree(llmbox, "FROM scratch\nADD \(web.address)\(path) /d/\n", in: context.string)
                    #expect(built.build.status == 1, "\(path): \(built.listing)")
                }
            }
        }
    }

    @Test("a file that is too large for the disk, or broken off, leaves nothing behind")
    func sizes() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                for (path, text) in [("/huge", "may be used of the disk"), ("/broken", "cannot fetch")] {
                    let built = BuiltTree(llmbox, "FROM scratch\nADD \(web.address)\(path) /x\n", in: context.string)
                    #expect(built.build.status == 1 && built.build.errors.contains(text), "\(built.build)")
                }
                #expect(run(["find", llmbox.root.appending("workspaces").string, "-mindepth", "1"]).output == "")
            }
        }
    }

    @Test("CVE-2023-26054: credentials of an address are used and are in no history, log, error or key")
    func credentials() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                makeRepository("r", in: web.directory, "echo a > f")
                let file = BuiltTree(
                    llmbox,
                    "FROM scratch\nADD http://user:pw@\(web.authority)/secret /x\n",
                    in: context.string
                )
                #expect(file.text("x") == "opened", "\(file.build)")
                #expect(!file.build.errors.contains("user:pw"))
                let secret = "t0k3n-\(UInt64.random(in: 0...UInt64.max))"
                let address = "http://user:\(secret)@\(web.authority)"
                let lines = [
                    "ADD \(address)/r.git#main /g", "ADD --keep-git-dir=true \(address)/r.git /g",
                    "ADD \(address)/undated /x", "ADD \(address)/secret /x", "ADD \(address)/none.git /g",
                ]
                for line in lines {
                    let built = BuiltTree(llmbox, "FROM scratch\n\(line)\n", in: context.string).build
                    #expect(!built.errors.contains(secret) && !built.output.contains(secret), "\(built)")
                }
                #expect(!llmbox("build", "\(address)/none.git").errors.contains(secret))
                #expect(!llmbox("build", "\(address)/none.tar").errors.contains(secret))
                #expect(run(["grep", "-rlF", secret, llmbox.root.string]).output == "")
            }
        }
    }

    @Test("git gets no option, no other protocol and no program of the repository's choice")
    func git() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                let canary = context.appending("canary").string
                write("#!/bin/sh\ntouch \(canary)\n", to: "evil", in: context)
                chmod(context.appending("evil").string, 0o755)
                makeRepository(
                    "r",
                    in: web.directory,
                    """
                    printf '[submodule "m"]\\npath = m\\nurl = ext::\(context)/evil\\n' > .gitmodules; mkdir m
                    git update-index --add --cacheinfo 160000,0123456789012345678901234567890123456789,m
                    """
                )
                makeRepository("local", in: web.directory, "echo x > x")
                let inner = makeRepository("inner", in: web.directory, "echo x > x")
                makeRepository(
                    "s",
                    in: web.directory,
                    """
                    printf '[submodule "m"]\\npath = m\\nurl = file://\(web.directory)/local.git\\n' > .gitmodules; mkdir m
                    git update-index --add --cacheinfo 160000,\(inner),m
                    """
                )
                let addresses = [
                    "--upload-pack=touch \(canary)", "ext::\(context)/evil", "ext::sh -c 'touch% \(canary)'",
                    "ssh://-oProxyCommand=\(context)/evil/x.git", "git@-oProxyCommand=x:y",
                    "\(web.address)/local.git#--upload-pack=\(context)/evil", "file://\(web.directory)/local.git",
                    "\(web.address)/local.git#+main:x", "\(web.address)/r.git", "\(web.address)/s.git",
                ]
                for address in addresses {
                    let built = llmbox("build", "--", address)
                    #expect(built.status == 1, "\(address): \(built)")
                    let quoted = "FROM scratch\nADD [\"\(address)\", \"/g/\"]\n"
                    #expect(BuiltTree(llmbox, quoted, in: context.string).build.status == 1, "\(address)")
                    #expect(access(canary, F_OK) != 0, "\(address)")
                }
            }
        }
    }

    @Test("git hears nothing of the caller's configuration and runs none of its helpers")
    func configuration() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                makeRepository("r", in: web.directory, "echo a > f")
                let canary = context.appending("canary").string
                let home = context.appending("home")
                mkdir(home.string, 0o755)
                write(
                    "[credential]\n\thelper = !touch \(canary)\n[core]\n\tfsmonitor = touch \(canary)\n"
                        + "\thooksPath = \(home)/hooks\n[url \"ext::touch \"]\n\tinsteadOf = http://\n",
                    to: ".gitconfig",
                    in: home
                )
                mkdir(home.appending("hooks").string, 0o755)
                write("#!/bin/sh\ntouch \(canary)\n", to: "hooks/post-checkout", in: home)
                chmod(home.appending("hooks/post-checkout").string, 0o755)
                var other = llmbox
                other.environment["HOME"] = home.string
                other.environment["GIT_SSH_COMMAND"] = "touch \(canary)"
                other.environment["GIT_ASKPASS"] = "/bin/touch \(canary)"
                let built = BuiltTree(other, "FROM scratch\nADD \(web.address)/r.git /g\n", in: context.string)
                #expect(built.listing == ["g 755 0:0", "g/f 644 0:0"])
                #expect(BuiltTree(other, "FROM scratch\nADD git@127.0.0.1:r.git /g\n", in: context.string).path == "")
                #expect(access(canary, F_OK) != 0)
            }
        }
    }
}
