internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Whose the files of a context are in a mount.
@Suite(.enabled(if: isRoot, "giving files to others needs root"))
struct RunMountOwnerTests {
    private static let mounts = [
        "target=/c", "target=/c,rw", "source=link,target=/c", "source=d,target=/c,rw", "source=f,target=/c",
    ]

    @Test(
        "files of the context are root's in a mount, whoever owns them on the host",
        arguments: ["1234:2345", "1234:0", "several"]
    )
    func owners(owner: String) throws {
        try withStore { llmbox, context in
            try make(in: context, owner: owner)
            var lines = ["FROM base", "RUN mkdir /o"]
            for (number, mount) in Self.mounts.enumerated() {
                // Beneath the mount: the directory `d`, or the file.
                let inside = mount.hasPrefix("target") ? "/c/d" : "/c"
                lines.append(
                    """
                    RUN --mount=type=bind,\(mount) cd /o; { find /c -exec stat -c %u:%g {} + | sort -u; cat \(inside)/g; \\
                        test -e \(inside)/h && echo shown; stat -c %a \(inside) \(inside)/g; \\
                        (echo x > /c/new) 2>&1 | grep -q Read-only && echo refused; \\
                        ls -ld /c/new | cut -c 1-3; } > \(number) 2> /dev/null || true
                    """
                )
            }
            lines.append("RUN cat /o/* > /seen")
            let built = BuiltTree(llmbox, lines.joined(separator: "\n"), in: context.string, ["--network", "none"])
            let (readOnly, written) = ("0:0\ng\n750\n4755\nrefused\n", "0:0\ng\n750\n4755\n-rw\n")
            #expect(built.text("seen") == readOnly + written + readOnly + written + "0:0\n644\n", "\(built.build)")
            let left = run(["env", "-C", context.string, "stat", "-c", "%u:%g", "f", "d/g"]).output
            #expect(left.split(separator: "\n").first == (owner == "several" ? "1:2" : Substring(owner)))
            #expect(run(["ls", "-A", context.appending("d").string]).output == "e\ng\nh\nl\n")
        }
    }

    @Test(
        "what is one user's and large is not copied, and what is several users' and large is shown as it is, with a note"
    )
    func large() throws {
        try withStore { llmbox, context in
            try make(in: context, owner: "1234:2345")
            // A hole, so that only a copy would cost anything.
            let large = run(["env", "-C", context.string, "sh", "-c", "truncate -s 1G large; chown 1234:2345 large"])
            try #require(large.status == 0)
            let text = "FROM base\nRUN --mount=target=/c stat -c %u:%g /c/f /c/large > /seen\n"
            let note = "keep their owners, such as 1234:2345"
            let one = BuiltTree(llmbox, text, in: context.string, ["--network", "none"])
            // Where the file system has no maps of ids, that is said.
            let isMapped = !one.build.errors.contains(note)
            #expect(one.text("seen") == (isMapped ? "0:0\n0:0\n" : "1234:2345\n1234:2345\n"), "\(one.build)")
            try #require(chown(context.appending("f").string, 7, 8) == 0)
            let text2 = text.replacing("/seen", with: "/seen2")
            let several = BuiltTree(llmbox, text2, in: context.string, ["--network", "none"])
            #expect(several.text("seen2") == "7:8\n1234:2345\n", "\(several.build)")
            #expect(
                several.build.errors.contains("keep their owners, such as 7:8: they have several"),
                "\(several.build)"
            )
        }
    }

    @Test("so they are in the context of an ordinary user, other users' among them", arguments: [true, false])
    func rootless(hasSubordinateIDs: Bool) throws {
        try asUser(hasSubordinateIDs: hasSubordinateIDs) { user, _ in
            let made = run([
                "sh", "-ec",
                """
                mkdir -p \(user.home)/c/d; cd \(user.home)/c; echo g > d/g; echo h > h; echo h > .dockerignore
                echo 'FROM base' > Dockerfile
                echo 'RUN --mount=target=/c,rw find /c -exec stat -c %u:%g {} + | sort -u > /seen; cat /c/d/g >> /seen' >> Dockerfile
                chown -R \(RootlessUser.number):\(RootlessUser.number) .; chown 1:1 d/g
                """,
            ])
            try #require(made.status == 0, "\(made)")
            let built = user("build", "-q", "--network", "none", "-t", "app", user.home.appending("c").string)
            try #require(built.status == 0, "\(built)")
            let seen = user("run", "--rm", "--network", "none", "app", "cat", "/seen")
            #expect(seen.output == "0:0\ng\n", "\(seen)")
        }
    }

    private func make(in context: FilePath, owner: String) throws {
        let made = run(
            [
                "env", "-C", context.string, "sh", "-ec",
                """
                mkdir -p d/e; echo f > f; echo g > d/g; echo hidden > d/h; ln -s g d/l; ln -s d link; ln d/g d/e/same
                echo d/h > .dockerignore; chmod 750 d
                case \(owner) in several) chown -hR 3:4 .; chown 1:2 f; chown 5:6 d;; *) chown -hR \(owner) .;; esac
                chmod 4755 d/g
                """,
            ]
        )
        try #require(made.status == 0, "\(made)")
    }
}
