internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Known attacks on builders, each with the name it goes by.
@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct BuildAttackTests {
    /// A directory on the host that nothing may change or show.
    private static func withCanary(_ body: (LLMBoxProgram, FilePath, String) throws -> Void) throws {
        try withStore { llmbox, context in
            let canary = context.removingLastComponent().appending("canary").string
            mkdir(canary, 0o777)
            mkdir(canary + "/x", 0o777)
            write("the host's own\n", to: "treasure", in: FilePath(canary))
            try body(llmbox, context, canary)
            #expect(run(["ls", canary]).output == "treasure\nx\n", "something on the host was changed")
            #expect(run(["ls", canary + "/x"]).output == "", "something on the host was changed")
        }
    }

    @Test("CVE-2024-23651: a sub path of a shared cache is resolved inside the cache, while others swap it for a link")
    func cacheRace() throws {
        try Self.withCanary { llmbox, context, canary in
            let swap = """
                FROM base
                RUN --mount=type=cache,id=race,target=/c mkdir -p /c/a/b /c/a/real && \
                    for i in $(seq 400); do rm -rf /c/a/b; ln -s \(canary) /c/a/b; rm /c/a/b; ln -s real /c/a/b; done; \
                    rm -f /c/a/b; ln -s \(canary) /c/a/b
                """
            write(swap, to: "Swap", in: context)
            let use = """
                FROM base
                RUN --mount=type=cache,id=race,source=a/b,target=/m touch /m/BREAKOUT; ls /m
                """
            write(use, to: "Use", in: context)
            let script = """
                $0 build --no-cache -f $1/Swap $1 & 
                for i in 1 2 3 4 5 6 7 8; do $0 build --no-cache --progress plain -f $1/Use $1; done
                wait
                """
            let raced = run(
                ["sh", "-c", script, LLMBoxProgram.path, context.string],
                environment: llmbox.environment
            )
            #expect(!raced.errors.contains("treasure"))
            // The link to the host's directory stays: now every attempt meets it.
            let last = llmbox("build", "--no-cache", "--progress", "plain", "-f", "\(context)/Use", context.string)
            #expect(!last.errors.contains("treasure"))
        }
    }

    @Test("CVE-2024-23652: cleaning up a mount point follows no link that the step made")
    func stubs() throws {
        try Self.withCanary { llmbox, context, canary in
            let text = """
                FROM base
                RUN --mount=type=tmpfs,target=/t/x mv /t /old && ln -s \(canary) /t
                RUN --mount=type=secret,id=s,target=/u/x mv /u /old2 && ln -s / /u && mkdir /x
                CMD ["ls", "-d", "/x"]
                """
            write(text, to: "Dockerfile", in: context)
            write("value", to: "s", in: context)
            let built = llmbox("build", "--secret", "id=s,src=\(context)/s", "-t", "app", context.string)
            #expect(built.status == 0, "\(built.errors)")
            #expect(llmbox("run", "--rm", "--network", "none", "app").line == "/x")
        }
    }

    @Test("CVE-2024-23650: a syntax line fetches nothing and runs nothing")
    func frontend() throws {
        try withStore { llmbox, context in
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(listener, $0, length)
                    _ = listen(listener, 4)
                    _ = getsockname(listener, $0, &length)
                }
            }
            let port = UInt16(bigEndian: address.sin_port)
            for line in ["# syntax=127.0.0.1:\(port)/evil/frontend:latest", "#syntax = 127.0.0.1:\(port)/evil"] {
                write("\(line)\nFROM base\nRUN echo built\n", to: "Dockerfile", in: context)
                let plain = llmbox("build", "--no-cache", "--progress", "plain", context.string)
                #expect(plain.status == 0, "\(plain.errors)")
                #expect(plain.errors.contains("built"))
            }
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            #expect(poll(&waiting, 1, 0) == 0, "the frontend was asked for")
        }
    }

    @Test("CVE-2024-1753: the source of a bind mount is resolved inside its image")
    func bindSource() throws {
        try Self.withCanary { llmbox, context, canary in
            for (link, mode) in ["l", "up", "abs/x", "chain"].flatMap({ link in ["", ",rw"].map { (link, $0) } }) {
                let text = """
                    FROM base AS evil
                    RUN ln -s / /l && ln -s ../../../../../../.. /up && ln -s \(canary) /abs && ln -s l/up /chain
                    FROM base
                    RUN --mount=type=bind,from=evil,source=/\(link),target=/m\(mode) ls /m; touch /m/BREAKOUT; \
                        cat /m\(canary)/treasure /m/treasure; true
                    """
                write(text, to: "Dockerfile", in: context)
                let built = llmbox("build", "--progress", "plain", context.string)
                // What does not exist inside the image fails the build; what exists is the image's.
                #expect((built.status == 0) == (link != "abs/x"), "\(link): \(built.errors)")
                #expect(!built.errors.contains("the host's own"), "\(link): \(built.errors)")
                #expect(access("/BREAKOUT", F_OK) != 0)
            }
        }
    }

    @Test("CVE-2024-9675: the id of a cache is no path")
    func cacheID() throws {
        try Self.withCanary { llmbox, context, canary in
            for id in ["../../../../canary", "/abs", "..", "a/../../b"] {
                let text = """
                    FROM base
                    RUN --mount=type=cache,id=\(id),target=/c touch /c/BREAKOUT && ls /c
                    RUN --mount=type=cache,id=\(canary),target=/c ls /c; touch /c/BREAKOUT
                    """
                write(text, to: "Dockerfile", in: context)
                let built = llmbox("build", "--progress", "plain", context.string)
                #expect(built.status == 0, "\(built.errors)")
                #expect(!built.errors.contains("treasure"))
            }
            let found = run(["find", context.removingLastComponent().string, "-name", "BREAKOUT"]).output
            #expect(found.split(separator: "\n").count == 5, "\(found)")
            for path in found.split(separator: "\n") {
                let place = path.dropFirst(llmbox.root.string.count + 1).split(separator: "/")
                #expect(path.hasPrefix(llmbox.root.string + "/cache-mounts/"), "\(path)")
                #expect(place.count == 3 && place[1].count == 64, "\(path)")
            }
        }
    }

    @Test("CVE-2024-11218: a bind source that is swapped while builds run never leaves the context")
    func bindRace() throws {
        try Self.withCanary { llmbox, context, _ in
            // `../canary` is another directory inside the context than it is on the host.
            for name in ["real", "canary"] {
                mkdir(context.appending(name).string, 0o755)
                write("the context's\n", to: "\(name)/treasure", in: context)
            }
            let text = """
                FROM base
                RUN --mount=type=bind,source=sub,target=/m cat /m/treasure; touch /m/BREAKOUT; true
                RUN --mount=type=bind,source=sub,target=/m,rw cat /m/treasure; touch /m/BREAKOUT; true
                """
            write(text, to: "Dockerfile", in: context)
            let script = """
                cd $1; ln -sfn real sub
                (while [ ! -e stop ]; do ln -sfn ../canary n; mv -T n sub; ln -sfn real n; mv -T n sub; done) &
                for i in 1 2 3 4 5 6 7 8; do $0 build --no-cache --progress plain $1; done
                touch stop; wait; rm stop; ln -sfn ../canary sub
                """
            let raced = run(
                ["sh", "-c", script, LLMBoxProgram.path, context.string],
                environment: llmbox.environment
            )
            #expect(!raced.errors.contains("the host's own"))
            let last = llmbox("build", "--no-cache", "--progress", "plain", context.string)
            #expect(last.status == 0, "\(last.errors)")
            #expect(last.errors.contains(" the context's\n"), "\(last.errors)")
            #expect(!last.errors.contains("the host's own"))
        }
    }
}
