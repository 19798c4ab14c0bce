import Testing

@testable import ContainerRuntime

@Suite struct ContainerStateTests {
    private func running() -> ContainerState {
        var state = ContainerState()
        state.status = .running
        state.bootID = "boot"
        state.process = ProcessIdentity(pid: 10, startTime: 5)
        state.supervisor = ProcessIdentity(pid: 9, startTime: 4)
        return state
    }

    @Test("a container whose processes live is what its file says")
    func alive() {
        let state = running()
        #expect(state.corrected(bootID: "boot") { _ in true } == state)
        #expect(state.corrected(bootID: "boot") { $0.pid == 9 } == state)
        #expect(state.corrected(bootID: "boot") { $0.pid == 10 } == state)
    }

    @Test("a killed monitor and a restarted host show an exited container, never a lie")
    func corrected() {
        let killed = running().corrected(bootID: "boot") { _ in false }
        #expect(killed.status == .exited)
        #expect(killed.exitCode == 255)
        #expect(killed.error == "the container's monitor was killed")
        let rebooted = running().corrected(bootID: "another") { _ in true }
        #expect(rebooted.status == .exited)
        #expect(rebooted.error == "the host was restarted")
    }

    @Test("a container that ended stays as it ended")
    func exited() {
        var state = running()
        state.status = .exited
        state.exitCode = 3
        #expect(state.corrected(bootID: "another") { _ in false } == state)
    }

    @Test("the start time is found behind a name with spaces and parentheses")
    func processStat() throws {
        let line = "42 (a) b (c)) S 1 42 42 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 1 0 987654 1000 10 18446744073709551615"
        let stat = try #require(ProcessStat(Array(line.utf8)))
        #expect(stat.startTime == 987_654)
        #expect(stat.state == UInt8(ascii: "S"))
        #expect(ProcessStat(Array("42 (x) S 1".utf8)) == nil)
    }

    @Test("this process is alive, and another start time is another process")
    func identity() {
        let own = ProcessIdentity.current()
        #expect(own.isAlive)
        #expect(!ProcessIdentity(pid: own.pid, startTime: own.startTime + 1).isAlive)
    }

    @Test("health: failures count from the end of the start period, and a success clears them")
    func health() {
        func probe(_ code: Int32) -> HealthState.Probe {
            HealthState.Probe(start: Timestamp(seconds: 0), end: Timestamp(seconds: 1), exitCode: code, output: "")
        }
        var health = HealthState()
        health.record(probe(1), retries: 2, inStartPeriod: true)
        #expect(health.status == .starting && health.failingStreak == 0)
        health.record(probe(1), retries: 2, inStartPeriod: false)
        #expect(health.status == .starting && health.failingStreak == 1)
        health.record(probe(1), retries: 2, inStartPeriod: false)
        #expect(health.status == .unhealthy)
        health.record(probe(0), retries: 2, inStartPeriod: false)
        #expect(health.status == .healthy && health.failingStreak == 0)
        for _ in 0..<9 { health.record(probe(0), retries: 2, inStartPeriod: false) }
        #expect(health.log.count == 5)
    }
}
