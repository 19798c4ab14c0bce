import ContainerRuntime
import Testing

@Suite struct RestartPolicyTests {
    @Test(
        "a policy is read as Docker writes it",
        arguments: [
            ("no", RestartPolicy.no), ("always", .always), ("unless-stopped", .unlessStopped),
            ("on-failure", .onFailure(maximum: nil)), ("on-failure:3", .onFailure(maximum: 3)),
            ("on-failure:0", .onFailure(maximum: nil)),
        ]
    )
    func parse(text: String, policy: RestartPolicy) { #expect(RestartPolicy(text) == policy) }

    @Test("what is no policy is refused", arguments: ["never", "on-failure:", "on-failure:-1", "always:2"])
    func refused(text: String) { #expect(RestartPolicy(text) == nil) }

    @Test("on-failure counts restarts and spares success")
    func onFailure() {
        let policy = RestartPolicy.onFailure(maximum: 2)
        #expect(policy.restarts(after: 1, restarts: 1))
        #expect(!policy.restarts(after: 1, restarts: 2))
        #expect(!policy.restarts(after: 0, restarts: 0))
        #expect(!RestartPolicy.no.restarts(after: 1, restarts: 0))
        #expect(RestartPolicy.always.restarts(after: 0, restarts: 1000))
    }

    @Test("the wait doubles to a minute and begins anew after ten seconds up")
    func backOff() {
        var backOff = RestartBackOff()
        let waits = (0..<12).map { _ in backOff.delay(afterUptime: .seconds(1)) }
        #expect(waits.prefix(4) == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
        #expect(waits.last == .seconds(60))
        #expect(backOff.delay(afterUptime: .seconds(10)) == .milliseconds(100))
        #expect(backOff.delay(afterUptime: .zero) == .milliseconds(200))
    }
}
