internal import LinuxKernel

/// The one place where Docker's rules and ours touch.
///
/// A Docker daemon sets the policy of `FORWARD` in the table `ip filter` to drop, for all of the host, and offers the
/// chain `DOCKER-USER` for what others want to let pass. Where that chain is, two rules in it let our bridge's packets
/// pass; they stand after the user's own, carry the bridge's name as their comment, and go with the bridge. What our
/// own table drops stays dropped.
enum DockerCoexistence {
    private static let table = "filter"
    private static let chain = "DOCKER-USER"

    /// Makes the rules where Docker is and they are not.
    ///
    /// A host where this fails is one where containers reach no other host; that is no reason not to start them.
    static func admit(_ bridge: String) {
        guard var socket = try? NetlinkSocket(.netfilter),
            (try? socket.ask(PacketFilterMessages.findChain(chain, in: table, family: .ipv4))) != nil,
            let rules = try? socket.list(PacketFilterMessages.listRules(of: chain, in: table, family: .ipv4)),
            !rules.contains(where: { isOurs($0, bridge) })
        else { return }
        // Docker ends the chain with a rule that returns; what comes after it is never reached.
        let last = rules.last.flatMap { ends($0) ? handle(of: $0) : nil }
        let directions = [
            PacketFilterExpressions.comesFrom(bridge), PacketFilterExpressions.leavesBy(bridge),
        ]
        let messages = directions.map {
            PacketFilterMessages.addRule(
                $0 + PacketFilterExpressions.verdict(.accept),
                to: chain,
                in: table,
                family: .ipv4,
                before: last,
                comment: "llmbox \(bridge)"
            )
        }
        try? socket.commit(PacketFilterMessages.transaction(messages))
    }

    /// The messages that remove them; none where they are not.
    static func removals(_ bridge: String) -> [NetlinkMessage] {
        guard var socket = try? NetlinkSocket(.netfilter),
            let rules = try? socket.list(PacketFilterMessages.listRules(of: chain, in: table, family: .ipv4))
        else { return [] }
        return rules.filter { isOurs($0, bridge) }.compactMap(handle).map {
            PacketFilterMessages.removeRule($0, of: chain, in: table, family: .ipv4)
        }
    }

    private static func isOurs(_ rule: NetlinkReply, _ bridge: String) -> Bool {
        // NFTA_RULE_USERDATA; the text has a final zero, so no name that begins alike is meant.
        guard let data = rule.attribute(7, after: 4) else { return false }
        return data.dropFirst(2).elementsEqual(NetlinkMessage.text("llmbox \(bridge)"))
    }

    private static func handle(of rule: NetlinkReply) -> UInt64? {
        rule.attribute(3, after: 4).map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
    }

    /// Whether a rule has no condition and returns: the verdict's code, -5, is in its expressions.
    private static func ends(_ rule: NetlinkReply) -> Bool {
        guard let expressions = rule.attribute(4, after: 4) else { return false }
        let code = NetlinkMessage.attribute(1, NetlinkMessage.network(Int32(-5)))
        let text = Array("cmp".utf8)
        return NetlinkReply.contains(expressions, code) && !NetlinkReply.contains(expressions, text)
    }
}
