internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct MountTests {
    @Test("a path below a volume or an image is mounted in place of the whole, and never leads out of it")
    func subpaths() throws {
        try withStore { llmbox, context in
            write("secret\n", to: "secret", in: context)
            let filled = llmbox.inside(
                ["-v", "v:/v"],
                "mkdir -p /v/a/b; echo deep > /v/a/b/f; ln -s \(context)/secret /v/out; ln -s ../../../../.. /v/up; "
                    + "ln -s a/b /v/in"
            )
            try #require(filled.status == 0, "\(filled)")
            func volume(_ subpath: String, _ script: String) -> CommandResult {
                llmbox.inside(["--mount", "type=volume,src=v,dst=/m,volume-subpath=\(subpath)"], script)
            }
            #expect(volume("a/b", "ls /m").output == "f\n")
            #expect(volume("a/b/f", "cat /m").output == "deep\n")
            #expect(volume("in", "ls /m").output == "f\n")
            let out = volume("out", "cat /m")
            #expect(out.status == 125 && !out.output.contains("secret"), "\(out)")
            #expect(volume("up", "ls -d /m/a").output == "/m/a\n", "the root of the volume is as far up as it goes")
            #expect(volume("nothing", "true").errors.contains("nothing"))
            for text in ["../x", "/a", "a/../../b"] { #expect(volume(text, "true").status == 125, "\(text)") }

            func image(_ options: String, _ script: String) -> CommandResult {
                llmbox.inside(["--mount", "type=image,src=base,dst=/m\(options)"], script)
            }
            #expect(image("", "ls /m/etc; touch /m/x 2>/dev/null || echo refused").output == "group\npasswd\nrefused\n")
            #expect(image(",image-subpath=etc", "ls /m").output == "group\npasswd\n")
            #expect(image(",subpath=etc/group,ro", "head -1 /m").output == "root:x:0:\n")
            #expect(image(",rw", "true").status == 125)
            llmbox("create", "--name", "source", "--network", "none", "base", "true")
            #expect(llmbox("commit", "source", "other").status == 0)
            llmbox(
                "create",
                "--name",
                "user",
                "--network",
                "none",
                "--mount",
                "type=image,src=other,dst=/m",
                "base",
                "ls",
                "/m/etc"
            )
            #expect(llmbox("rmi", "other").errors.contains("user"), "a container has it mounted")
            llmbox("image", "prune", "-af")
            #expect(llmbox("images", "-q", "other").output != "", "its container was never started, and is there")
        }
    }

    @Test("what is mounted later reaches the other side as the propagation says, and not where it cannot")
    func propagation() throws {
        try withStore { llmbox, context in
            let result = Self.script(
                """
                mount --bind "$1" "$1" && mount --make-private "$1" || exit 90
                cd / && mkdir -p "$1/m1" "$1/m2"
                $0 run --rm --network none -v "$1:/d:rshared" base true && exit 91
                $0 run --rm --network none -v "$1:/d:rslave" base true && exit 92
                mount --make-shared "$1"
                for word in rshared rslave rprivate; do
                    $0 run -d --name $word --network none --privileged -v "$1:/d:$word" base sleep 1000 >/dev/null || exit 93
                    mount -t tmpfs of-the-host "$1/m1"
                    $0 exec $word mount -t tmpfs of-the-container /d/m2
                    printf '%s: ' $word
                    $0 exec $word grep -c of-the-host /proc/mounts | tr '\\n' ' '
                    grep -c of-the-container /proc/self/mountinfo
                    $0 rm -f $word >/dev/null
                    umount "$1/m1"; umount "$1/m2" 2>/dev/null
                done
                """,
                llmbox,
                context
            )
            #expect(result.output == "rshared: 1 1\nrslave: 1 0\nrprivate: 0 0\n", "\(result)")
        }
    }

    /// Runs a script with the program as `$0` and a directory as `$1`, whose mounts nobody else sees.
    private static func script(_ text: String, _ llmbox: LLMBoxProgram, _ directory: FilePath) -> CommandResult {
        run(
            ["unshare", "-m", "--propagation", "private", "bash", "-c", text, LLMBoxProgram.path, directory.string],
            environment: llmbox.environment
        )
    }

    @Test("words of -v: ownership, attributes and nesting; those that contradict each other are refused")
    func words() throws {
        try withStore { llmbox, context in
            mkdir(context.appending("deep").string, 0o700)
            write("w\n", to: "deep/model", in: context)
            chmod(context.appending("deep/model").string, 0o600)
            let given = llmbox.inside(["-u", "app", "-v", "\(context):/m:U,nosuid"], "cat /m/deep/model; id -u")
            #expect(given.output == "w\n1000\n" && given.errors == "", "\(given)")
            var status = stat()
            stat(context.appending("deep/model").string, &status)
            #expect(status.st_uid == 1000 && status.st_gid == 1000)
            let flags = llmbox.inside(["-v", "\(context):/m:noexec,nosuid,nodev,ro,z"], "grep ' /m ' /proc/mounts")
            #expect(flags.output.contains(" ro,nosuid,nodev,noexec,"), "\(flags)")
            #expect(llmbox.inside(["--mount", "type=tmpfs,dst=/t,U", "-u", "app"], "stat -c %u /t").output == "1000\n")
            for words in ["ro,rw", "rslave,rprivate", "z,Z", "nocopy", "exec,noexec", "x"] {
                #expect(llmbox.inside(["-v", "\(context):/m:\(words)"], "true").status == 125, "\(words)")
            }
            #expect(llmbox.inside(["-v", "named:/m:rslave"], "true").status == 125)
        }
    }

    @Test("files that the container's user cannot read are named before the start, with what helps")
    func unreadable() throws {
        try withStore { llmbox, context in
            write("weights\n", to: "model.gguf", in: context)
            func warning(_ options: [String], mode: mode_t, owner: uid_t = 0) -> String {
                chmod(context.appending("model.gguf").string, mode)
                chown(context.appending("model.gguf").string, owner, owner)
                return llmbox.inside(options + ["-v", "\(context):/m:ro"], "true").errors
            }
            let classic = warning(["-u", "app"], mode: 0o600)
            #expect(classic.hasPrefix("warning: user 1000 of the container cannot read "), "\(classic)")
            #expect(classic.contains("model.gguf") && classic.contains("chmod o+r \(context)/model.gguf"), "\(classic)")
            #expect(warning(["-u", "app"], mode: 0o644) == "")
            #expect(warning(["-u", "app"], mode: 0o600, owner: 1000) == "")
            #expect(warning([], mode: 0, owner: 1000) == "", "root reads everything")
            #expect(warning(["--cap-drop", "ALL"], mode: 0o600, owner: 1000).contains("user 0 of the container"))
            chmod(context.string, 0o700)
            let directory = warning(["-u", "app"], mode: 0o644)
            #expect(directory.contains("cannot read `\(context)`"), "\(directory)")
            let missing = llmbox.inside(["--mount", "type=bind,src=\(context)/none,dst=/m"], "true")
            #expect(missing.status == 125 && missing.errors.contains("it does not exist"), "\(missing)")
        }
    }

    @Test("a file and a directory are not put in each other's place, and what is only read is not made without a word")
    func places() throws {
        try withStore { llmbox, context in
            write("a: 1\n", to: "cfg.yml", in: context)
            let file = llmbox.inside(["-v", "\(context)/cfg.yml:/etc"], "true")
            #expect(file.status == 125 && file.errors.contains("in the place of the directory `/etc`"), "\(file)")
            #expect(file.errors.contains("hint: a file is mounted at a file"), "\(file)")
            let directory = llmbox.inside(["-v", "\(context):/etc/passwd"], "true")
            #expect(directory.status == 125 && directory.errors.contains("ENOTDIR"), "\(directory)")
            #expect(directory.errors.contains("hint: a directory is mounted at a directory"), "\(directory)")
            let missing = llmbox.inside(["-v", "\(context)/modle:/m:ro"], "ls /m")
            #expect(missing.status == 0 && missing.errors.contains("made the missing directory `\(context)/modle`"))
            #expect(llmbox.inside(["-v", "\(context)/out:/m"], "ls /m").errors == "", "docker's users expect it made")
            #expect(llmbox.inside(["-v", "\(context)/out:/m:ro"], "ls /m").errors == "")
        }
    }
}
