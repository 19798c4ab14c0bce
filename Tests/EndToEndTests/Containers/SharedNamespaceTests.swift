import TestSupport
import Testing

/// Containers that share namespaces with another one.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct SharedNamespaceTests {
    @Test("a further process, and a health probe, are in the network that the container shares with another one")
    func network() throws {
        try withStore { llmbox, _ in
            #expect(llmbox("run", "-d", "--name", "a", "--network", "none", "base", "sleep", "1000").status == 0)
            let started = llmbox(
                "run",
                "-d",
                "--name",
                "b",
                "--network",
                "container:a",
                "--health-cmd",
                "[ $(readlink /proc/self/ns/net) = $(readlink /proc/1/ns/net) ]",
                "--health-interval",
                "1h",
                "base",
                "sleep",
                "1000"
            )
            #expect(started.status == 0, "\(started)")
            let namespace = llmbox("exec", "a", "readlink", "/proc/self/ns/net").line
            #expect(namespace.hasPrefix("net:") && namespace != run(["readlink", "/proc/self/ns/net"]).line)
            #expect(llmbox("exec", "b", "readlink", "/proc/self/ns/net").line == namespace)
            #expect(llmbox("healthcheck", "run", "b").status == 0)
        }
    }

    @Test("the host's shared memory is shared, also where the host has no message queues mounted")
    func hostMemory() throws {
        try withStore { llmbox, _ in
            let words = ["run", "--rm", "--network", "none", "--ipc", "host", "base", "readlink", "/proc/self/ns/ipc"]
            let result = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
            #expect(result.output == run(["readlink", "/proc/self/ns/ipc"]).output, "\(result)")
        }
    }

    @Test("process ids, the host name and shared memory of another container are shared, and only while it runs")
    func everythingElse() throws {
        try withStore { llmbox, _ in
            let owner = llmbox(
                "run",
                "-d",
                "--name",
                "a",
                "--network",
                "none",
                "--hostname",
                "owner",
                "--ipc",
                "shareable",
                "--shm-size",
                "5m",
                "base",
                "sh",
                "-c",
                "echo written > /dev/shm/file; echo ready; exec sleep 1000"
            )
            try #require(owner.status == 0, "\(owner)")
            #expect(eventually { llmbox("logs", "a").output.contains("ready") })
            let shares = ["--pid", "container:a", "--uts", "container:a", "--ipc", "container:a"]
            let words = ["run", "-d", "--name", "b", "--network", "none"] + shares + ["base", "sleep", "2000"]
            let started = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
            try #require(started.status == 0, "\(started)")
            let script = """
                cat /dev/shm/file; hostname; echo other > /dev/shm/other
                df -k /dev/shm | awk 'NR == 2 { print $2 }'; ps | grep -c '[s]leep'
                for n in pid uts ipc; do readlink /proc/self/ns/$n; done
                """
            let inside = llmbox("exec", "b", "sh", "-c", script)
            let spaces = llmbox("exec", "a", "sh", "-c", "for n in pid uts ipc; do readlink /proc/self/ns/$n; done")
            #expect(inside.output == "written\nowner\n5120\n2\n" + spaces.output, "\(inside) \(spaces)")
            #expect(llmbox("exec", "a", "cat", "/dev/shm/other").line == "other")
            // Its files are its own.
            #expect(llmbox("exec", "b", "touch", "/tmp/b").status == 0)
            #expect(llmbox("exec", "a", "ls", "/tmp/b").status != 0)
            #expect(llmbox("stop", "-t", "0", "b").status == 0)
            #expect(llmbox("inspect", "--format", "{{.State.Running}}", "a").line == "true")
            #expect(llmbox("stop", "-t", "0", "a").status == 0)
            let late = llmbox("start", "b")
            #expect(late.status == 1 && late.errors.contains("hint: start it with `llmbox start a`"), "\(late)")
            #expect(llmbox("start", "a").status == 0)
            #expect(llmbox("start", "b").status == 0)
        }
    }

    @Test("memory that a container keeps to itself is not given to another one")
    func keptPrivate() throws {
        try withStore { llmbox, _ in
            #expect(llmbox("run", "-d", "--name", "a", "--network", "none", "base", "sleep", "1000").status == 0)
            let refused = llmbox("run", "--rm", "--ipc", "container:a", "base", "true")
            #expect(refused.status == 125 && refused.errors.contains("--ipc shareable"), "\(refused)")
            #expect(llmbox("run", "--rm", "--pid", "container:none", "base", "true").status == 125)
        }
    }
}
