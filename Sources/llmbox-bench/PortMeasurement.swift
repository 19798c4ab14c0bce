internal import Glibc

/// How fast a published port is, beside the machine's own loopback.
struct PortMeasurement {
    /// Bits a second through the port.
    var throughput: Double?
    /// Why it is missing.
    var notes: [String] = []

    /// How long each stream is measured, in seconds, and how often; the best counts.
    private static let duration = 2
    private static let rounds = 3
    private static let port = 25_201

    /// Whether this machine has what it takes.
    static var isPossible: Bool { Command.exists("iperf3") }

    /// Bits a second of the machine's loopback.
    static func loopback() -> Double? {
        let start = "iperf3 -s -B 127.0.0.1 -p \(port) >/dev/null 2>&1 & echo $!"
        guard let server = Command.run(["sh", "-c", start]).output.split(separator: "\n").first.flatMap({ pid_t($0) })
        else { return nil }
        defer { kill(server, SIGKILL) }
        return best { _ in }
    }

    /// Measures a tool whose containers see the host's programs, so that the image needs none.
    ///
    /// `enter` are the words in front of a client's command, where the port is in a namespace of its own.
    static func measure(_ tool: Tool, enter: [String] = []) -> PortMeasurement? {
        guard let containers = tool.containers, isPossible else { return nil }
        Command.say("measuring a port of \(tool.name)\n")
        var result = PortMeasurement()
        let mounts = ["/usr", "/lib", "/lib64"].flatMap { ["-v", "\($0):\($0):ro"] }
        let run =
            containers.program + ["run", "-d", "--name", "bench-port", "-p", "127.0.0.1:\(port):5201"] + mounts
            + containers.options + ["bench-base", "/usr/bin/iperf3", "-s"]
        let started = Command.run(run, environment: tool.environment)
        defer { _ = Command.run(containers.program + ["rm", "-f", "bench-port"], environment: tool.environment) }
        guard started.status == 0 else {
            result.notes.append("\(tool.name): a port failed: \(started.output.suffix(300))")
            return result
        }
        result.throughput = best(enter: enter) { result.notes.append("\(tool.name): \($0)") }
        return result
    }

    private static func best(enter: [String] = [], _ complain: (String) -> Void) -> Double? {
        var best: Double?
        for _ in 0..<rounds {
            var cost = client(enter)
            // The server needs a moment to listen.
            for _ in 0..<50 where cost.status != 0 {
                usleep(100_000)
                cost = client(enter)
            }
            guard cost.status == 0, let rate = rate(cost.output) else {
                complain("iperf3 failed: \(cost.output.suffix(300))")
                return best
            }
            best = max(best ?? 0, rate)
        }
        return best
    }

    private static func client(_ enter: [String]) -> CommandCost {
        Command.run(enter + ["iperf3", "-c", "127.0.0.1", "-p", "\(port)", "-t", "\(duration)", "-f", "k"])
    }

    /// The last rate of the receiver's line: `[  5]   0.00-2.00   sec  9.31 GBytes  39995213 Kbits/sec   receiver`.
    private static func rate(_ output: String) -> Double? {
        let line = output.split(separator: "\n").last { $0.hasSuffix("receiver") }
        let words = line?.split(separator: " ") ?? []
        guard let unit = words.firstIndex(of: "Kbits/sec"), unit > 0 else { return nil }
        return Double(words[unit - 1]).map { $0 * 1000 }
    }
}
