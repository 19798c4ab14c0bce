/// A firewall of the host's that drops what is passed on from one network to another, and so what bridges carry.
///
/// llmbox makes no hole in it: a drop that somebody wanted stays one. But who wonders why a container reaches nobody is
/// told which rule it is, and how to let the container's packets pass.
public struct ForwardingFirewall: Equatable, Sendable {
    /// What is known of the firewall.
    enum Kind: Equatable {
        /// The service firewalld, which refuses at the end of its own chain.
        case firewalld
        /// The tool ufw, with its rules in the tables of iptables.
        case ufw
        /// Somebody's chain with a policy that drops.
        case other(family: String, table: String, chain: String)
    }

    /// A chain, as far as it matters here.
    struct Chain: Equatable {
        var family: UInt8
        var table: String
        var name: String
        /// The number of the hook that it is attached to; nil where others jump to it.
        var hook: UInt32?
        var dropsByDefault = false
    }

    let kind: Kind
    let bridge: String

    /// Finds a firewall that drops a bridge's packets, as far as can be told: one whose rules say nothing of the bridge.
    public static func find(bridge: String) -> ForwardingFirewall? {
        // Where the rules cannot be read there is nothing to say.
        guard var socket = try? NetlinkSocket(.netfilter),
            let replies = try? socket.list(PacketFilterMessages.listChains())
        else { return nil }
        return judge(replies.compactMap(chain), bridge: bridge) { chain in
            guard let family = PacketFilterMessages.Family(rawValue: chain.family),
                let rules = try? socket.list(PacketFilterMessages.listRules(in: chain.table, family: family))
            else { return false }
            // The name of an interface stands in a rule as it is; `llmbox*` and `llmbox+` are its beginning.
            return rules.contains { NetlinkReply.contains($0.body, Array("llmbox".utf8)) }
        }
    }

    /// Decides from the chains, and from whether the rules of a chain's table mention our bridges.
    static func judge(_ chains: [Chain], bridge: String, mentions: (Chain) -> Bool) -> ForwardingFirewall? {
        for chain in chains where chain.hook == PacketFilterMessages.Hook.forward.rawValue && chain.table != bridge {
            let beside = chains.filter { $0.family == chain.family && $0.table == chain.table }
            guard let family = PacketFilterMessages.Family(rawValue: chain.family), family != .any else { continue }
            let kind: Kind
            if chain.table == "firewalld" {
                kind = .firewalld
            } else if chain.dropsByDefault {
                // Docker's, which has a place for others: see ``DockerCoexistence``.
                if beside.contains(where: { $0.name == "DOCKER-USER" }) { continue }
                let isUFW = beside.contains { $0.name == "ufw-before-forward" }
                kind =
                    isUFW
                    ? .ufw
                    : .other(family: family == .ipv4 ? "ip" : "inet", table: chain.table, chain: chain.name)
            } else {
                continue
            }
            if !mentions(chain) { return ForwardingFirewall(kind: kind, bridge: bridge) }
        }
        return nil
    }

    /// What to say of it, as a sentence.
    public var advice: String {
        switch kind {
        case .firewalld:
            "firewalld drops what containers on a bridge send out: "
                + "`firewall-cmd --permanent --zone=trusted --add-interface=\(bridge) && firewall-cmd --reload` lets it pass"
        case .ufw:
            "ufw drops what containers on a bridge send out, and what comes to their ports from other hosts: "
                + "`ufw route allow in on \(bridge)` lets the one pass, `ufw route allow out on \(bridge)` the other"
        case .other(let family, let table, let chain):
            "the chain `\(chain)` of the table `\(family) \(table)` drops what containers on a bridge send out, and what "
                + "comes to their ports from other hosts: `nft insert rule \(family) \(table) \(chain) iifname \(bridge) "
                + "accept` lets the one pass, the same with `oifname` the other"
        }
    }

    private static func chain(_ reply: NetlinkReply) -> Chain? {
        guard let family = reply.body.first, let table = reply.attribute(1, after: 4),
            let name = reply.attribute(3, after: 4)
        else { return nil }
        var chain = Chain(family: family, table: text(table), name: text(name))
        // NFTA_CHAIN_HOOK holds attributes of its own, of which NFTA_HOOK_HOOKNUM comes first; NFTA_CHAIN_POLICY 0 drops.
        if let hook = reply.attribute(4, after: 4), hook.count >= 8 { chain.hook = number(hook[4..<8]) }
        if let policy = reply.attribute(5, after: 4) { chain.dropsByDefault = number(policy[...]) == 0 }
        return chain
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
