internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Containers that mean harm to whoever copies from them, looks at them or packs them up.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct CopyAttackTests {
    @Test(
        "nothing that an image brings is executed or loaded by who works on its files (CVE-2019-14271, CVE-2026-41567)"
    )
    func trojans() throws {
        try withStore { llmbox, host in
            // The same directory inside and outside: what is executed leaves a trace in one of them.
            let canary = host.appending("canary").string
            mkdir(canary, 0o777)
            let library = "void __attribute__((constructor)) f(void) { creat(\"\(canary)/loaded\", 0666); }"
            let programs = [
                "xz", "gzip", "unpigz", "pigz", "bzip2", "zstd", "tar", "git", "ps", "nsenter", "newuidmap",
            ]
            let build = """
                cd $0 && mkdir -p tree/usr/bin tree/usr/lib/x86_64-linux-gnu/gconv tree/etc tree\(canary) && cd tree && \
                for p in \(programs.joined(separator: " ")); do \
                    printf '#!/bin/sh\\ntouch \(canary)/executed-%s\\n' $p > usr/bin/$p && chmod 755 usr/bin/$p; done && \
                printf '#include <fcntl.h>\\n%s\\n' '\(library)' > ../l.c && cc -shared -fPIC -o usr/lib/libnss_files.so.2 ../l.c && \
                cp usr/lib/libnss_files.so.2 usr/lib/x86_64-linux-gnu/ && cp usr/lib/libnss_files.so.2 usr/lib/evil.so && \
                echo /usr/lib/evil.so > etc/ld.so.preload && echo 'passwd: files' > etc/nsswitch.conf && \
                printf 'FROM base\\nCOPY tree /\\nENV PATH=/usr/bin:/bin\\n' > ../Dockerfile
                """
            let made = run(["bash", "-c", build, host.string])
            try #require(made.status == 0, "\(made)")
            try #require(llmbox("build", "-q", "-t", "trojan", host.string).status == 0)
            // Steps may execute what they like; this one adds an archive, and asks for an owner by name.
            write("content\n", to: "file", in: host)
            let archives =
                "cd $0 && tar -cf a.tar file && xz -k a.tar && gzip -k a.tar && zstd -q a.tar && bzip2 -k a.tar"
            #expect(run(["bash", "-c", archives, host.string]).status == 0)
            let kinds = ["xz", "gz", "zst", "bz2"]
            let adds = kinds.map { "ADD --chown=daemon:daemon a.tar.\($0) /\($0)/" }.joined(separator: "\n")
            write("FROM trojan\n\(adds)\n", to: "Dockerfile", in: host)
            #expect(llmbox("build", "-q", "-t", "added", host.string).status == 0)
            #expect(llmbox("run", "-d", "--name", "t", "--network", "none", "trojan", "/bin/sleep", "1000").status == 0)
            let out = host.appending("out").string
            for kind in kinds {
                let copied = run(
                    ["sh", "-c", "$0 cp - t:/tmp < \(host)/a.tar.\(kind)", LLMBoxProgram.path],
                    environment: llmbox.environment
                )
                #expect(copied.status == 0, "\(kind): \(copied)")
                #expect(llmbox("import", "\(host)/a.tar.\(kind)", "imported:\(kind)").status == 0)
            }
            #expect(llmbox("cp", "-a", "t:/usr", out).status == 0)
            #expect(llmbox("cp", "\(host)/file", "t:/usr/bin").status == 0)
            for words in [
                ["top", "t"], ["diff", "t"], ["export", "-o", "\(host)/x.tar", "t"], ["commit", "t", "kept"],
            ] {
                let result = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
                #expect(result.status == 0, "\(words): \(result)")
            }
            #expect(run(["ls", "-A", canary]).output.isEmpty)
            #expect(llmbox("exec", "t", "/bin/ls", "-A", canary).output.isEmpty)
            llmbox("rm", "-f", "t")
        }
    }

    @Test(
        "neither a volume nor a root that changes all the time leads who reads or writes it out",
        .timeLimit(.minutes(15))
    )
    func races() throws {
        try withStore { llmbox, host in
            // CVE-2026-41568, CVE-2026-42306 and CVE-2023-0778: a directory that is a link every other moment.
            let canary = host.appending("canary").string
            mkdir(canary, 0o755)
            write("secret-\(getpid())\n", to: "secret", in: FilePath(canary))
            let swap = """
                for t in / /v; do mkdir $t/d; ln -s \(canary) $t/l; done
                while true; do for t in / /v; do mv $t/d $t/x; mv $t/l $t/d; mv $t/d $t/l; mv $t/x $t/d; done; done
                """
            llmbox("run", "-d", "--name", "box", "--network", "none", "-v", "v:/v", "base", "sh", "-c", swap)
            write("mine\n", to: "file", in: host)
            for _ in 0..<15 {
                _ = llmbox("cp", "\(host)/file", "box:/v/d/")
                _ = llmbox("cp", "box:/v/d/secret", "\(host)/stolen")
                _ = llmbox("export", "-o", "\(host)/all.tar", "box")
                #expect(run(["grep", "-c", "secret-\(getpid())", "\(host)/all.tar"]).line != "1")
            }
            #expect(run(["ls", canary]).output == "secret\n")
            #expect(access("\(host)/stolen", F_OK) != 0)
            llmbox("rm", "-f", "box")
        }
    }
}
