internal import TestSupport
internal import Testing

/// How large packets may be, told by the segments that TCP agrees on.
@Suite(.serialized, .enabled(if: isRoot, "networks need root"))
struct NetworkPacketTests {
    @Test("on a bridge they are as large as they can be, beyond it as the host's, and `-o mtu` holds for both")
    func sizes() throws {
        try withStore { llmbox, sandbox in
            let found = try NetworkScript.lines(
                llmbox,
                sandbox,
                """
                llmbox network create -o mtu=1400 small > /dev/null
                llmbox run -d --name web $server -p 8000:80 base /usr/bin/python3 /server > /dev/null
                llmbox run -d --name little $server --network small -p 8001:80 base /usr/bin/python3 /server > /dev/null
                ready web; ready little
                # TCP_MAXSEG of a connection that has been answered, in classes that do not depend on its options.
                segment() { timeout 20 python3 - "$@" <<'PY'
                import socket, sys
                s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10); s.send(b"x"); s.recv(99)
                size = s.getsockopt(socket.IPPROTO_TCP, 2)
                print("large" if size > 32000 else "1500" if 1400 < size <= 1460 else "1400" if 1300 < size <= 1360 else size)
                PY
                }
                echo "loopback $(segment 127.0.0.1 8000)"
                echo "outside $(out bash -c "$(declare -f segment); segment 192.0.2.1 8000")"
                echo "held, loopback $(segment 127.0.0.1 8001)"
                echo "held, outside $(out bash -c "$(declare -f segment); segment 192.0.2.1 8001")"
                echo "interfaces $(llmbox exec web cat /sys/class/net/eth0/mtu) $(llmbox exec little cat /sys/class/net/eth0/mtu)"
                llmbox rm -f web little > /dev/null
                llmbox network rm small > /dev/null
                left
                """
            )
            #expect(
                found == [
                    "loopback large", "outside 1500", "held, loopback 1400", "held, outside 1400",
                    "interfaces 65535 1400", "left: ",
                ]
            )
        }
    }
}
