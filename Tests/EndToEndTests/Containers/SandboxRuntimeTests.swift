import Glibc
import SystemPackage
import TestSupport
import Testing

/// Another runtime whose processes on the host are not those of the container, as with a kernel in user space.
///
/// What stands in for it has the command line of such runtimes. Its processes on the host are ones that wait, in the
/// host's namespaces, and only its own commands lead into the container.
@Suite(
    .enabled(if: isRoot && run(["which", "runc"]).status == 0, "the stand-in needs root, and runc for what is inside")
)
struct SandboxRuntimeTests {
    /// `create` leaves a process that waits for `start` and then stands outside for the container; `exec` leaves another.
    private static let script = """
        #!/bin/bash
        here=$(dirname "$0")
        while [[ $1 == --* ]]; do
            case $1 in --root) root=$2 ;; --log) log=$2 ;; esac
            shift 2
        done
        echo "$*" >>"$here/calls"
        inner() { runc --root "$root/inner" --log "$log" --log-format json "$@"; }
        command=$1; shift
        own=()
        while [[ $1 == --* ]]; do
            case $1 in
                --bundle) bundle=$2; shift 2 ;;
                --pid-file) pidfile=$2; shift 2 ;;
                --process) process=$2; shift 2 ;;
                --detach) shift ;;
                *) own+=("$1"); shift ;;
            esac
        done
        case $command in
            create)
                mkdir -p "$root"; mkfifo "$root/go"
                (read -r _ <"$root/go"; exec runc --root "$root/inner" run --bundle "$bundle" "$1") <&0 &
                echo $! | tee "$root/outside" >"$pidfile" ;;
            start)
                echo >"$root/go"
                until inner state "$1" 2>/dev/null | grep -q running || ! [ -e "/proc/$(<"$root/outside")/fd/0" ]; do
                    sleep 0.02
                done ;;
            exec)
                cp "$process" "$process.copy"
                (inner exec "${own[@]}" --process "$process.copy" "$1"; status=$?; rm "$process.copy"; exit $status) <&0 &
                echo $! >"$pidfile" ;;
            kill) inner kill "$@" ;;
            delete) inner delete "${own[@]}" "$1"; kill "$(<"$root/outside")" 2>/dev/null; exit 0 ;;
            *) exit 1 ;;
        esac
        """

    @Test("exec, signals and health checks go through the runtime, and not into the processes that it has on the host")
    func life() throws {
        try withStore { llmbox, context in
            write(Self.script, to: "sandbox", in: context)
            let runtime = context.appending("sandbox").string
            chmod(runtime, 0o755)
            let script = "trap 'echo got' USR1; trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
            let started = run(
                [
                    LLMBoxProgram.path, "run", "-d", "--name", "c", "--network", "none", "--hostname", "inside",
                    "--runtime", runtime, "--stop-timeout", "60", "--health-cmd", "test $(hostname) = inside",
                    "--health-interval", "1h", "base", "sh", "-c", script,
                ],
                environment: llmbox.environment
            )
            try #require(started.status == 0, "\(started)")
            let said = { (word: String) in llmbox("logs", "c").output.contains(word) }
            #expect(eventually { said("ready") })
            let result = llmbox(
                "exec",
                "-e",
                "A=b",
                "-u",
                "app",
                "-w",
                "/tmp",
                "c",
                "sh",
                "-c",
                "echo $A $(hostname) $(id -u) $PWD; exit 7"
            )
            #expect(result.output == "b inside 1000 /tmp\n" && result.status == 7, "\(result)")
            #expect(llmbox("exec", "-i", "c", "cat", input: Array("in".utf8)).output == "in")
            #expect(llmbox("healthcheck", "run", "c").status == 0)
            #expect(llmbox("kill", "-s", "USR1", "c").status == 0)
            #expect(eventually { said("got") })
            #expect(llmbox("stop", "c").status == 0)
            #expect(llmbox("logs", "c").output == "ready\ngot\nbye\n")
            #expect(llmbox("inspect", "--format", "{{.State.ExitCode}}", "c").line == "5")
            #expect(llmbox("rm", "c").status == 0)
            let calls = run(["cat", context.appending("calls").string]).output
            for word in ["create ", "start ", "exec --detach", "kill ", "delete "] {
                #expect(calls.contains(word), "\(word): \(calls)")
            }
        }
    }
}
