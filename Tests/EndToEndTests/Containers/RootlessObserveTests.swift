internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Looking at an ordinary user's containers, which have no control groups where none is left to the user.
@Suite(.enabled(if: isRoot, "making a user for the test needs root"))
struct RootlessObserveTests {
    @Test("top, stats and commit see a container without control groups, and pause says what is missing")
    func withoutGroups() throws {
        try asUser { user, _ in
            let script = "sleep 1001 & sleep 1002 & echo up; wait"
            let words = ["llmbox", "run", "-d", "--name", "box", "--network", "none", "base", "sh", "-c", script]
            let started = user.run(words)
            try #require(started.status == 0, "\(started)")
            #expect(eventually { user("logs", "box").output == "up\n" })
            user("exec", "-d", "box", "sh", "-c", "sleep 1003")
            var processes = ""
            let isThere = eventually {
                processes = user("top", "box").output
                return ["sleep 1001", "sleep 1002", "sleep 1003"].allSatisfy(processes.contains)
            }
            #expect(isThere, "\(processes)")
            #expect(!processes.contains("llmbox"), "only what is inside: \(processes)")
            let figures = user("stats", "--no-stream", "--format", "{{.PIDs}} {{.MemUsage}}", "box").line
            let parts = figures.split(separator: " ").map(String.init)
            #expect((Int(parts.first ?? "") ?? 0) >= 4 && parts.count > 1 && parts[1] != "0B", "\(figures)")
            user("exec", "box", "touch", "/made")
            let committed = user("commit", "box", "copy")
            #expect(committed.status == 0, "\(committed)")
            #expect(user("run", "--rm", "--network", "none", "copy", "test", "-e", "/made").status == 0)
            let paused = user("pause", "box")
            #expect(paused.status == 0 || paused.errors.contains("Delegate=yes"), "\(paused)")
        }
    }

    @Test("without HOME a user's store is where the table of users says")
    func withoutHome() throws {
        try asUser { user, _ in
            let listed = user.run(["env", "-u", "HOME", "llmbox", "images", "--format", "{{.Repository}}"])
            #expect(listed.output == "base\n", "\(listed)")
        }
    }
}
