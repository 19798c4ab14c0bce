internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What a person at a terminal sees, through a real one.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct TerminalTests {
    private static let run = "l run -it --rm --name box --network none -e PS1='ins''ide# ' base sh"

    @Test("a shell takes a line, a new size and ctrl-c, is left and found again, and leaves the terminal as it was")
    func session() throws {
        try withStore { llmbox, _ in
            try TerminalSession.with(llmbox) { terminal in
                let before = terminal.settings("before")
                terminal.type(Self.run)
                terminal.waitFor("inside#")
                terminal.type("echo size $(stty size)")
                #expect(terminal.waitFor("size 30 100").contains("size 30 100"))
                terminal.resize(columns: 90, rows: 25)
                terminal.type("until [ \"$(stty size)\" = '25 90' ]; do sleep 0.1; done; echo re''sized")
                #expect(terminal.waitFor("resized").contains("resized"))
                terminal.type("clear; sleep 1000")
                terminal.waitFor("sleep 1000")
                terminal.press("C-c")
                terminal.type("echo interrupted $?")
                #expect(terminal.waitFor("interrupted 130").contains("interrupted 130"))
                terminal.press("C-p", "C-q")
                terminal.waitFor("read escape sequence")
                terminal.type("echo left with $?")
                #expect(terminal.waitFor("left with 0").contains("left with 0"))
                #expect(terminal.settings("detached") == before)
                #expect(llmbox("ps", "--format", "{{.Names}} {{.State}}").output == "box running\n")
                terminal.type("l attach --detach-keys ctrl-x,z box")
                terminal.type("echo back as $((40 + 2))")
                #expect(terminal.waitFor("back as 42").contains("back as 42"))
                terminal.press("C-x", "z")
                terminal.waitFor("read escape sequence")
                terminal.type("l attach box; echo en''ded with $?")
                terminal.type("exit 7")
                #expect(terminal.waitFor("ended with 7").contains("ended with 7"))
                #expect(terminal.settings("after") == before)
                #expect(llmbox("ps", "-aq").output.isEmpty)
            }
        }
    }

    @Test("a killed monitor or command leaves a terminal that can be typed on")
    func crash() throws {
        try withStore { llmbox, _ in
            try TerminalSession.with(llmbox) { terminal in
                let before = terminal.settings("before")
                terminal.type(Self.run)
                terminal.waitFor("inside#")
                // The monitor's process group is its own, so the shell inside is found by its parent.
                let pid = llmbox("inspect", "-f", "{{.State.Pid}}", "box").line
                let monitor = TestSupport.run(["ps", "-o", "ppid=", "-p", pid]).line.filter(\.isNumber)
                kill(try #require(pid_t(monitor)), SIGKILL)
                terminal.waitFor("outside$")
                #expect(terminal.settings("monitor") == before)
                terminal.type(Self.run.replacing("--name box", with: "--name other"))
                terminal.waitFor("inside#")
                let clients = TestSupport.run(["pgrep", "-f", "run -it --rm --name other"]).output
                // The monitor's own words name a directory only, so this is the command and nothing else.
                for client in clients.split(separator: "\n") { kill(try #require(pid_t(client)), SIGKILL) }
                // Bash itself brings its terminal into order after a job was killed.
                terminal.waitFor("Killed")
                #expect(terminal.settings("command") == before)
                #expect(llmbox("ps", "--format", "{{.Names}}").output == "other\n")
            }
        }
    }

    @Test("a process of `exec` goes on when its terminal is left")
    func exec() throws {
        try withStore { llmbox, _ in
            llmbox("run", "-d", "--name", "box", "--network", "none", "base", "sleep", "1000")
            try TerminalSession.with(llmbox) { terminal in
                terminal.type("l exec -it -e PS1='ins''ide# ' box sh")
                terminal.waitFor("inside#")
                terminal.type("(trap '' INT; sleep 987) &")
                terminal.type("while true; do echo on >> /tmp/on; sleep 0.1; done")
                while llmbox("exec", "box", "test", "-e", "/tmp/on").status != 0 { usleep(50_000) }
                terminal.press("C-p", "C-q")
                terminal.waitFor("read escape sequence")
                let lines = llmbox("exec", "box", "wc", "-l", "/tmp/on").output
                #expect(eventually { llmbox("exec", "box", "wc", "-l", "/tmp/on").output != lines })
                llmbox("rm", "-f", "box")
            }
        }
    }
}
