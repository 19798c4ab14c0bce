internal import Glibc
internal import TestSupport
internal import Testing

/// Networks beside other people's rules, and after crashes.
@Suite(.serialized, .enabled(if: isRoot, "networks need root"))
struct NetworkFirewallTests {
    @Test("a firewall's drops stay drops, Docker's rules let pass and are left as they were")
    func firewalls() throws {
        try withStore { llmbox, sandbox in
            let found = try NetworkScript.lines(
                llmbox,
                sandbox,
                """
                # What a Docker daemon makes: a policy that drops, and the chain for others.
                nft -f - <<'NFT'
                table ip filter {
                    chain DOCKER-USER { counter return; }
                    chain FORWARD { type filter hook forward priority filter; policy drop; jump DOCKER-USER; }
                }
                NFT
                nft list table ip filter | sed 's/packets.*bytes [0-9]*//' > \(sandbox)/before
                llmbox run -d --name web $server -p 8000:80 base /usr/bin/python3 /server > /dev/null
                echo "docker $(out bash -c "$(declare -f ask); ask tcp 192.0.2.1 8000") $(nft list chain ip filter DOCKER-USER | grep -c llmbox0)"
                nft 'add table inet fw; add chain inet fw forward { type filter hook forward priority 10; policy drop; }'
                echo "dropped $(out bash -c "$(declare -f never); never 192.0.2.1 8000") $(ask tcp 127.0.0.1 8000)"
                nft 'add rule inet fw forward iifname "llmbox*" accept; add rule inet fw forward oifname "llmbox*" accept'
                echo "allowed $(out bash -c "$(declare -f ask); ask tcp 192.0.2.1 8000")"
                # A firewall that is started anew flushes everything; the next container brings our rules back.
                nft delete table inet llmbox0
                llmbox run --rm base true
                echo "flushed $(out bash -c "$(declare -f ask); ask tcp 192.0.2.1 8000")"
                llmbox rm -f web > /dev/null; left
                nft list table ip filter | sed 's/packets.*bytes [0-9]*//' | diff - \(sandbox)/before && echo "as before"
                nft list table inet fw | grep -c policy
                """
            )
            #expect(
                found == [
                    "docker 192.0.2.2 2", "dropped refused 172.30.0.1", "allowed 192.0.2.2", "flushed 192.0.2.2",
                    "left: ",
                    "as before", "1",
                ]
            )
        }
    }

    @Test("who wonders about a firewall's drops is told which they are, and how to let a bridge's packets pass")
    func advice() throws {
        try withStore { llmbox, sandbox in
            let found = try NetworkScript.lines(
                llmbox,
                sandbox,
                """
                run() { llmbox run --rm base true 2>&1 | grep -o 'firewalld drops\\|ufw drops\\|`nft insert.*accept`'; }
                echo "none $(run)"
                # The chains of ufw, as its rule files make them: what is passed on is dropped but for answers.
                nft -f - <<'NFT'
                table ip filter {
                    chain ufw-before-forward { ct state related,established counter accept; icmp type echo-request counter accept; }
                    chain ufw-user-forward { }
                    chain FORWARD {
                        type filter hook forward priority filter; policy drop;
                        counter jump ufw-before-forward; counter jump ufw-user-forward;
                    }
                }
                NFT
                run
                llmbox run -d --name web $server -p 8000:80 base /usr/bin/python3 /server > /dev/null
                ready web
                reach() { llmbox exec web /usr/bin/python3 -c 'import socket; socket.create_connection(("192.0.2.2", 7000), 2)' 2> /dev/null && echo out || echo held; }
                out_at_last() { for attempt in $(seq 50); do [ $(reach) = out ] && break; sleep 0.1; done; reach; }
                nsenter -t $outside -n python3 -m http.server 7000 > /dev/null 2>&1 & servers+=($!)
                echo "$(out bash -c "$(declare -f never); never 192.0.2.1 8000") $(ask tcp 127.0.0.1 8000) $(reach)"
                # What `ufw route allow in on llmbox0` and `out on llmbox0` add.
                nft 'add rule ip filter ufw-user-forward iifname "llmbox0" counter accept'
                nft 'add rule ip filter ufw-user-forward oifname "llmbox0" counter accept'
                run; echo "$(out bash -c "$(declare -f ask); ask tcp 192.0.2.1 8000") $(out_at_last)"
                nft delete table ip filter
                # firewalld's, with a zone that knows only the interface outside.
                nft -f - <<'NFT'
                table inet firewalld {
                    chain filter_FORWARD {
                        type filter hook forward priority filter + 10; policy accept;
                        ct state { established, related } accept
                        ct status dnat accept
                        iifname "up0" oifname "up0" accept
                        reject with icmpx admin-prohibited
                    }
                }
                NFT
                run; echo "$(out bash -c "$(declare -f ask); ask tcp 192.0.2.1 8000") $(reach)"
                nft 'insert rule inet firewalld filter_FORWARD iifname "llmbox0" accept'
                run; reach
                nft delete table inet firewalld
                nft 'add table inet own; add chain inet own pass { type filter hook forward priority 0; policy drop; }'
                run
                llmbox rm -f web > /dev/null; left
                """
            )
            #expect(
                found == [
                    "none ", "ufw drops", "refused 172.30.0.1 held", "192.0.2.2 out",
                    "firewalld drops", "192.0.2.2 held", "out",
                    "`nft insert rule inet own pass iifname llmbox0 accept`", "left: ",
                ]
            )
        }
    }

    @Test("killed containers and killed processes that look after them leave nothing, and no address is given twice")
    func crashes() throws {
        // A hundred take a minute and find no more: `LLMBOX_KILLED_CONTAINERS=100`.
        let count = getenv("LLMBOX_KILLED_CONTAINERS").flatMap { Int(String(cString: $0)) } ?? 12
        try withStore { llmbox, sandbox in
            let found = try NetworkScript.lines(
                llmbox,
                sandbox,
                """
                count=\(count)
                settle() { local begun=$(jobs -p | grep -v $outside); [ -z "$begun" ] || wait $begun; }
                ports() { nft list map inet llmbox0 ports | grep -o 'tcp . 8[01]' | wc -l; }
                for n in $(seq $count); do
                    llmbox run -d --name c$n -p $((8000 + n)):80 base sleep 300 > /dev/null &
                    # A few at a time, as many as start at once on a small machine.
                    (( n % 12 )) || settle
                done; settle
                echo "addresses $(llmbox inspect $(llmbox ps -q) --format '{{.NetworkSettings.IPAddress}}' | sort -u | wc -l)"
                echo "ports $(ports)"
                kills() { kill -9 $(llmbox inspect c$1 --format '{{.State.Pid}}'); }
                orphans() { kill -9 $(ps -o ppid= -p $(llmbox inspect c$1 --format '{{.State.Pid}}')); }
                for n in 1 3 5; do kills $n; done
                for n in 2 4 6; do orphans $n; done
                # The next one takes a killed one's port and address.
                llmbox run -d --name again $server -p 8002:80 base /usr/bin/python3 /server > /dev/null
                echo "again $(ask tcp 192.0.2.1 8002)"
                for attempt in $(seq 100); do [ $(ports) = $((count - 5)) ] && break; sleep 0.1; done
                echo "ports $(ports)"
                for n in $(seq 7 $count); do (( n % 10 )) && orphans $n || kills $n; done
                llmbox rm -f again > /dev/null
                left
                # A process that was killed may hold its lock for another moment.
                for attempt in $(seq 100); do llmbox rm -f $(llmbox ps -aq) > /dev/null 2>&1 && break; sleep 0.1; done
                """
            )
            #expect(
                found == ["addresses \(count)", "ports \(count)", "again 192.0.2.1", "ports \(count - 5)", "left: "]
            )
        }
    }

    @Test("a container shares another's network, or enters a namespace by its path")
    func shared() throws {
        try withStore { llmbox, sandbox in
            let found = try NetworkScript.lines(
                llmbox,
                sandbox,
                """
                llmbox run -d --name web $server --hostname front base /usr/bin/python3 /server > /dev/null
                ready web
                llmbox run --rm $server --network container:web base /usr/bin/python3 -c 'import socket; print(socket.create_connection(("127.0.0.1", 80), 5).recv(99).decode(), socket.gethostname())'
                # Again and again: who joins must not end with the thread that started it.
                for i in 1 2 3 4 5 6 7 8; do llmbox run --rm --network container:web base hostname; done | sort | uniq -c | tr -s ' '
                llmbox run --rm --network container:web -p 80:80 base true 2>&1 | grep -c 'network of its own'
                llmbox stop -t 0 web > /dev/null
                llmbox run --rm --network container:web base true 2>&1 | grep -c 'is not running'
                llmbox run --rm --network ns:/proc/$outside/ns/net base ip addr show up1 | grep -o 192.0.2.2
                llmbox run --rm --network none base ip -o link | wc -l
                llmbox run --rm --network no-such base true 2>&1 | grep -c 'network create no-such'
                llmbox rm web > /dev/null; left
                """
            )
            #expect(found == ["127.0.0.1 front", " 8 front", "1", "1", "192.0.2.2", "1", "1", "left: "])
        }
    }
}
