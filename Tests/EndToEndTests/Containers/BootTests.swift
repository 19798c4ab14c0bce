internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct BootTests {
    @Test("after a reboot those containers start again whose policy says so")
    func policies() throws {
        try withStore { llmbox, _ in
            for policy in ["no", "always", "unless-stopped", "on-failure"] {
                llmbox("run", "-d", "--name", policy, "--restart", policy, "--network", "none", "base", "sleep", "1000")
            }
            llmbox(
                "run",
                "-d",
                "--name",
                "stopped",
                "--restart",
                "unless-stopped",
                "--network",
                "none",
                "base",
                "sleep",
                "9"
            )
            llmbox("stop", "-t", "0", "stopped")
            llmbox("create", "--name", "never", "--restart", "always", "--network", "none", "base", "true")
            #expect(llmbox("system", "halt").status == 0)
            #expect(llmbox("ps", "-q").output.isEmpty)
            let started = llmbox("system", "boot")
            #expect(started.status == 0)
            #expect(started.output.split(separator: "\n").sorted() == ["always", "on-failure", "unless-stopped"])
            #expect(llmbox("ps", "-q").output.split(separator: "\n").count == 3)
        }
    }

    @Test("the systemd unit names this program and this store")
    func unit() throws {
        try withStore { llmbox, _ in
            let unit = llmbox("generate", "systemd").output
            #expect(unit.contains("ExecStart=\(LLMBoxProgram.path) --root \(llmbox.root) system boot\n"))
            #expect(unit.contains("WantedBy=multi-user.target\n"))
        }
    }

    @Test(
        "systemd's own reader has nothing to say about the unit",
        .enabled(if: access("/usr/bin/systemd-analyze", X_OK) == 0, "needs systemd-analyze")
    )
    func verifiedUnit() throws {
        try withStore { llmbox, _ in
            let unit = llmbox("generate", "systemd").output
            let file = llmbox.root.removingLastComponent().appending("llmbox.service").string
            _ = run(["sh", "-c", "cat > \(file)"], input: Array(unit.utf8))
            let verified = run(["systemd-analyze", "verify", "--man=no", file])
            #expect(!verified.errors.contains("llmbox.service"), "\(verified)")
        }
    }

    @Test("a user's unit is for the user's own manager")
    func userUnit() throws {
        try asUser { user, _ in
            let unit = user("generate", "systemd").output
            #expect(unit.contains("WantedBy=default.target\n") && !unit.contains("network-online"), "\(unit)")
            #expect(unit.contains("--root \(user.home)/.local/share/llmbox system boot"), "\(unit)")
        }
    }
}
