internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// `kill -9` of every kind of process, at any time: the next command cleans up what is left.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct KillTests {
    /// How many containers; a person sets more for a long run.
    private static let count = getenv("LLMBOX_KILL_COUNT").flatMap { Int(String(cString: $0)) } ?? 12

    @Test("containers whose command, monitor or first process is killed leave nothing behind")
    func parallel() throws {
        try withStore { llmbox, _ in
            // Each container gets its own end: its monitor, its first process, its command in the foreground while it
            // starts, or a proper stop; all of them at the same time.
            let script = """
                llmbox=\(LLMBoxProgram.path)
                one() {
                    name=box$1
                    case $(($1 % 4)) in
                    3) $llmbox run --name $name --network none base sleep 1000 & pid=$!
                       sleep 0.$((RANDOM % 9)); kill -9 $pid; wait $pid ;;
                    *) $llmbox run -d --name $name --network none -m 32m base sleep 1000
                       pid=$($llmbox inspect -f '{{.State.Pid}}' $name)
                       case $(($1 % 4)) in
                       0) kill -9 $(ps -o ppid= -p $pid) ;;
                       1) kill -9 $pid ;;
                       2) $llmbox stop -t 0 $name ;;
                       esac ;;
                    esac
                }
                for i in $(seq \(Self.count)); do one $i & done; wait
                """
            _ = run(["bash", "-c", script], environment: llmbox.environment, limit: 600)
            #expect(eventually { llmbox("ps", "-q").output.isEmpty }, "all of them have ended")
            let ids = llmbox("ps", "-aq", "--no-trunc").output.split(separator: "\n").map(String.init)
            #expect(ids.count >= Self.count / 2)
            for id in ids { #expect(llmbox("rm", "-f", id).status == 0) }
            expectNothingLeft(llmbox, ids)
        }
    }

    @Test("starting and stopping again and again leaves nothing behind")
    func cycles() throws {
        try withStore { llmbox, _ in
            llmbox("create", "--name", "box", "--network", "none", "base", "sleep", "1000")
            let id = llmbox("inspect", "-f", "{{.Id}}", "box").line
            let rounds = Self.count > 12 ? 500 : 8
            let script = "for i in $(seq \(rounds)); do $0 start box && $0 stop -t 0 box || exit 1; done"
            let result = run(["bash", "-c", script, LLMBoxProgram.path], environment: llmbox.environment, limit: 600)
            #expect(result.status == 0, "\(result.errors)")
            #expect(llmbox("rm", "box").status == 0)
            expectNothingLeft(llmbox, [id])
        }
    }

    private func expectNothingLeft(_ llmbox: LLMBoxProgram, _ ids: [String]) {
        // A directory for each container, and the links of their names.
        #expect(run(["ls", llmbox.root.appending("containers").string]).output == "by-name\n", "directories")
        #expect(run(["ls", llmbox.root.appending("containers/by-name").string]).output.isEmpty, "names")
        #expect(run(["grep", llmbox.root.string, "/proc/self/mountinfo"]).output.isEmpty, "mounts")
        let processes = run(["pgrep", "-fa", llmbox.root.appending("containers").string]).output
        #expect(processes.isEmpty, "processes: \(processes)")
        for id in ids {
            let groups = run(["find", "/sys/fs/cgroup", "-maxdepth", "4", "-name", id]).output
            #expect(groups.isEmpty, "control groups: \(groups)")
        }
    }
}
