internal import TestSupport
internal import Testing

/// Networks as users meet them.
@Suite(.serialized, .enabled(if: isRoot, "networks need root"))
struct NetworkTests {
    @Test("published ports are reached from everywhere, and the server sees who asks")
    func ports() throws {
        try withStore { llmbox, sandbox in
            let found = try NetworkScript.lines(
                llmbox,
                sandbox,
                """
                llmbox network create --ipv6 --subnet 10.99.0.0/24 --subnet fd99::/64 six > /dev/null
                llmbox run -d --name web $server --network six -p 8000:80 -p 8001:81/udp -p 127.0.0.1:8002:80 base \
                    /usr/bin/python3 /server > /dev/null
                llmbox run -d --name plain $server -p 9000:80 -p '[::1]:9001:80' base /usr/bin/python3 /server > /dev/null
                echo "outside tcp $(out bash -c "$(declare -f ask); ask tcp 192.0.2.1 8000")"
                echo "outside udp $(out bash -c "$(declare -f ask); ask udp 192.0.2.1 8001")"
                echo "outside tcp6 $(out bash -c "$(declare -f ask); ask tcp 2001:db8::1 8000")"
                echo "outside udp6 $(out bash -c "$(declare -f ask); ask udp 2001:db8::1 8001")"
                echo "default bridge $(out bash -c "$(declare -f ask); ask tcp 192.0.2.1 9000")"
                echo "loopback $(ask tcp 127.0.0.1 8000) $(ask udp 127.0.0.1 8001) $(ask tcp 127.0.0.1 8002)"
                echo "loopback6 $(ask tcp ::1 9001)"
                echo "own address $(ask tcp 192.0.2.1 8000) $(ask tcp 2001:db8::1 8000)"
                echo "only loopback $(out bash -c "$(declare -f never); never 192.0.2.1 8002")"
                echo "not published $(out bash -c "$(declare -f never); never 10.99.0.2 80")"
                echo "hairpin $(llmbox exec web /usr/bin/python3 -c 'import socket; print(socket.create_connection(("192.0.2.1", 8000), 5).recv(99).decode())')"
                echo "another network $(llmbox exec plain /usr/bin/python3 -c 'import socket; print(socket.create_connection(("192.0.2.1", 8000), 5).recv(99).decode())')"
                llmbox port web | sort
                llmbox run --rm -p 8000:80 base true 2>&1 | grep -o 'by container.*'
                llmbox rm -f web plain > /dev/null
                llmbox network rm six
                left
                """
            )
            #expect(
                found == [
                    "outside tcp 192.0.2.2", "outside udp 192.0.2.2", "outside tcp6 2001:db8::2",
                    "outside udp6 2001:db8::2", "default bridge 192.0.2.2", "loopback 10.99.0.1 10.99.0.1 10.99.0.1",
                    "loopback6 172.30.0.1", "own address 192.0.2.1 2001:db8::1", "only loopback refused",
                    "not published refused", "hairpin 10.99.0.1", "another network 10.99.0.1",
                    "80/tcp -> 0.0.0.0:8000", "80/tcp -> 127.0.0.1:8002", "80/tcp -> [::]:8000",
                    "81/udp -> 0.0.0.0:8001",
                    "81/udp -> [::]:8001",
                    "by container `web`", "six", "left: ",
                ]
            )
        }
    }

    @Test("networks are apart from one another, and an internal one reaches nothing")
    func isolation() throws {
        try withStore { llmbox, sandbox in
            let found = try NetworkScript.lines(
                llmbox,
                sandbox,
                """
                nsenter -t $outside -n python3 -c 'import socket; s=socket.create_server(("0.0.0.0", 7000)); [s.accept()[0].send(b"x") for _ in range(9)]' & servers+=($!)
                python3 -c 'import socket; s=socket.create_server(("0.0.0.0", 7001)); [s.accept()[0].send(b"x") for _ in range(9)]' & servers+=($!)
                llmbox network create --subnet 10.98.0.0/24 one > /dev/null
                llmbox network create --subnet 10.97.0.0/24 --internal inner > /dev/null
                for net in one inner; do
                    llmbox run -d --name $net-1 $server --network $net base /usr/bin/python3 /server > /dev/null
                    llmbox run -d --name $net-2 $server --network $net --ip 10.$([ $net = one ] && echo 98 || echo 97).0.77 base /usr/bin/python3 /server > /dev/null
                    ready $net-1; ready $net-2
                done
                reach() { llmbox exec $1 /usr/bin/python3 -c "
                import socket
                try: print(bool(socket.create_connection(('$2', $3), 2).recv(9)))
                except OSError: print(False)"; }
                echo "out $(reach one-1 192.0.2.2 7000) $(reach one-1 192.0.2.1 7001)"
                echo "inner out $(reach inner-1 192.0.2.2 7000) $(reach inner-1 192.0.2.1 7001) $(reach inner-1 10.97.0.1 7001)"
                echo "peers $(reach one-1 one-2 80) $(reach inner-1 inner-2 80) $(reach inner-2 10.97.0.2 80)"
                echo "across $(reach one-1 10.97.0.77 80) $(reach inner-1 10.98.0.77 80)"
                llmbox run --rm --network one --ip 10.98.0.77 base true 2>&1 | grep -o 'by container.*'
                llmbox network rm one 2>&1 | grep -o 'containers are on it.*'
                llmbox network disconnect one one-2; echo "disconnected $(reach one-1 one-2 80)"
                llmbox network connect --alias back --ip 10.98.0.78 one one-2; echo "connected $(reach one-1 back 80) $(reach one-1 10.98.0.78 80)"
                llmbox network connect one inner-1; echo "both $(reach inner-1 one-1 80) $(reach inner-1 inner-2 80) $(reach inner-1 192.0.2.2 7000)"
                llmbox network inspect one --format '{{range .Containers}}{{.Name}} {{.IPv4Address}};{{end}}' | tr ';' '\\n' | sort | tr '\\n' ' '; echo
                llmbox rm -f one-1 one-2 inner-1 inner-2 > /dev/null
                llmbox network prune -f
                llmbox network ls -q --filter type=custom
                left
                """
            )
            #expect(
                found == [
                    "out True True", "inner out False False False", "peers True True True", "across False False",
                    "by container `one-2`", "containers are on it: one-1, one-2", "disconnected False",
                    "connected True True", "both True True True",
                    " inner-1 10.98.0.3/24 one-1 10.98.0.2/24 one-2 10.98.0.78/24 ",
                    "Deleted Networks:", "inner", "one", "left: ",
                ]
            )
        }
    }

    @Test("names follow ten containers that come and go, also by force")
    func names() throws {
        try withStore { llmbox, sandbox in
            let found = try NetworkScript.lines(
                llmbox,
                sandbox,
                """
                llmbox network create --subnet 10.96.0.0/24 net > /dev/null
                llmbox run -d --name asker $server --network net base sleep 300 > /dev/null
                names() { llmbox exec asker /usr/bin/python3 -c "
                import socket
                found = []
                for name in '$*'.split():
                    try: found += sorted({entry[4][0] for entry in socket.getaddrinfo(name, 80)})
                    except socket.gaierror: found.append('-')
                print(' '.join(found))"; }
                for n in 0 1 2 3 4 5 6 7 8 9; do
                    llmbox run -d --name c$n --network net:alias=service,ip=10.96.0.10$n base sleep 300 > /dev/null &
                done; wait $(jobs -p | grep -v $outside)
                echo "all $(names c0 c9 c5.net) $(names service | wc -w)"
                llmbox rm -f c0 c1 > /dev/null; llmbox stop -t 0 c2 > /dev/null
                kill -9 $(llmbox inspect c3 --format '{{.State.Pid}}')
                # The process that looks after c4, not the container's own.
                kill -9 $(ps -o ppid= -p $(llmbox inspect c4 --format '{{.State.Pid}}'))
                for attempt in $(seq 50); do [ "$(names c3)" = - ] && break; sleep 0.1; done
                echo "gone $(names c0 c1 c2 c3 c4) $(names service | wc -w)"
                llmbox start c2 > /dev/null; llmbox run -d --name c0 --network net --network-alias service base sleep 300 > /dev/null
                echo "back $(names c2 c5) $(names c0) $(names service | wc -w)"
                llmbox exec asker /usr/bin/python3 -c 'import socket; print(socket.gethostbyaddr("10.96.0.105")[0])'
                llmbox exec asker cat /etc/resolv.conf | grep -c 'nameserver 127.0.0.11'
                llmbox rm -f asker c0 c2 c3 c4 c5 c6 c7 c8 c9 > /dev/null
                llmbox network rm net; left
                """
            )
            #expect(
                found == [
                    "all 10.96.0.100 10.96.0.109 10.96.0.105 10", "gone - - - - - 5",
                    "back 10.96.0.102 10.96.0.105 10.96.0.3 7", "c5.net", "1", "net", "left: ",
                ]
            )
        }
    }
}
