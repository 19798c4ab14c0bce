internal import Glibc

/// What keeping containers costs one tool.
struct ContainerMeasurement {
    /// Milliseconds of `exec … true` in a running container, the median.
    var exec: Double?
    /// Milliseconds of `ps -a` with a thousand containers, the median.
    var list: Double?
    /// Seconds to start a hundred containers, by as many commands at once.
    var start: Double?
    /// Resident memory of the process that watches one detached container, in bytes, the largest.
    var monitorMemory: Int64?
    /// Milliseconds of `--version`, the median.
    var version: Double?
    /// Why something is missing.
    var notes: [String] = []

    /// Measures one tool; nil where it runs no containers.
    static func measure(_ tool: Tool, repetitions: Int) -> ContainerMeasurement? {
        guard let containers = tool.containers else { return nil }
        Command.say("measuring containers of \(tool.name)\n")
        var result = ContainerMeasurement()
        let program = containers.program
        result.version = median(repetitions) { Command.run(Array(program.prefix(1)) + ["--version"]) }
        let create = ["--network", "none"] + containers.options + ["bench-base", "sleep", "1000"]
        func succeeds(_ arguments: [String]) -> Bool {
            let cost = Command.run(program + arguments)
            guard cost.status != 0 else { return true }
            result.notes.append("\(tool.name): \(arguments.prefix(2)) failed: \(cost.output.suffix(300))")
            return false
        }
        if succeeds(["run", "-d", "--name", "bench-exec"] + create) {
            result.exec = median(repetitions) { Command.run(program + ["exec", "bench-exec", "true"]) }
        }
        _ = Command.run(program + ["rm", "-f", "bench-exec"])

        // Where a thousand take minutes to make, nobody has them either.
        let count = containers.makesThousands ? 1000 : 100
        for number in 0..<count where !succeeds(["create", "--name", "bench-\(number)"] + create) { return result }
        if containers.makesThousands {
            result.list = median(repetitions) { Command.run(program + ["ps", "-a"]) }
        }
        let words = program.map { "'\($0)'" }.joined(separator: " ")
        let all = "for i in $(seq 0 99); do \(words) start bench-$i & done; wait"
        // Not `sh`, whose `wait` forgets the status of what it waited for in other ways than this one.
        let started = Command.run(["bash", "-c", all])
        let names = started.output.split(separator: "\n").filter { $0.hasPrefix("bench-") }
        if names.count == 100 {
            result.start = started.seconds
        } else {
            result.notes.append("\(tool.name): start failed: \(started.output.suffix(300))")
        }
        // What watches containers for days is looked at when it has come to rest.
        if containers.monitor != nil { sleep(3) }
        result.monitorMemory = containers.monitor.flatMap { largestMemory(of: $0, below: containers.place) }
        let made = (0..<count).map { "bench-\($0)" }
        for start in stride(from: 0, to: count, by: 100) {
            _ = Command.run(program + ["rm", "-f"] + made[start..<min(count, start + 100)])
        }
        return result
    }

    private static func median(_ repetitions: Int, _ work: () -> CommandCost) -> Double? {
        let costs = (0..<repetitions).map { _ in work() }
        guard costs.allSatisfy({ $0.status == 0 }) else { return nil }
        return costs.map(\.seconds).sorted()[repetitions / 2] * 1000
    }

    /// The largest resident set among the processes whose command line has a word, or ends in it, and names a place.
    private static func largestMemory(of word: String, below place: String) -> Int64? {
        // Processes end while they are looked at.
        let script = """
            exec 2>/dev/null
            for p in /proc/[0-9]*; do words=$(tr '\\0' '\\n' < $p/cmdline) || continue
            case "$words" in *'\(place)'*) ;; *) continue ;; esac
            printf '%s\\n' "$words" | grep -q -e '^\(word)$' -e '/\(word)$' && awk '/VmRSS/ {print $2}' $p/status
            done | sort -n | tail -1
            """
        let text = Command.run(["sh", "-c", script]).output.split(separator: "\n").first
        return text.flatMap { Int64($0) }.map { $0 * 1024 }
    }
}
