internal import TestSupport
internal import Testing

/// Networks in one namespace with a docker daemon's bridge, rules and containers.
@Suite(.enabled(if: isRoot, "networks need root"))
struct NetworkBesideDockerTests {
    @Test(
        "beside a docker daemon both are reached, reach out and each other, and its rules stay as they were",
        .enabled(if: DockerDaemon.isPresent, DockerDaemon.need)
    )
    func daemon() throws {
        try withStore { llmbox, sandbox in
            let found = try NetworkScript.lines(
                llmbox,
                sandbox,
                """
                dir=\(sandbox)/docker; mkdir $dir
                \(DockerDaemon.start(hasNetwork: true))
                trap 'finish >/dev/null 2>&1; kill -9 $outside "${servers[@]}"' EXIT
                # Rules without counters, and without what llmbox may add until it goes.
                rules() { nft -s list table ip filter; nft -s list table ip nat; }
                outside() { out bash -c "$(declare -f ask); ask tcp 192.0.2.1 $1"; }
                reach() { timeout 60 $1 exec $2 sh -c 'for i in $(seq 100); do wget -q -O - http://192.0.2.2:7000/ && break; sleep 0.1; done' 2> /dev/null; }
                llmbox save base | docker load -q > /dev/null
                docker run -d --name theirs -p 9000:80 base:latest sh -c 'while :; do echo docker | nc -l -p 80; done' > /dev/null
                rules > $dir/before
                mkdir $dir/page; echo out > $dir/page/index.html
                nsenter -t $outside -n python3 -m http.server -d $dir/page 7000 > /dev/null 2>&1 & servers+=($!)
                llmbox run -d --name ours $server -p 8000:80 base /usr/bin/python3 /server > /dev/null
                ready ours
                echo "ours $(outside 8000) $(reach \(LLMBoxProgram.path) ours)"
                echo "theirs $(outside 9000) $(reach docker theirs)"
                echo "published $(llmbox run --rm base sh -c 'for i in $(seq 100); do nc 192.0.2.1 9000 < /dev/null && break; sleep 0.1; done')"
                # Docker makes its rules anew; ours are beside them.
                docker run --rm base:latest true; llmbox run --rm base true
                echo "still $(outside 8000) $(outside 9000)"
                llmbox rm -f ours > /dev/null; left
                rules | diff $dir/before - && echo "as before"
                """
            )
            #expect(
                found == [
                    "ours 192.0.2.2 out", "theirs docker out", "published docker", "still 192.0.2.2 docker",
                    "left: ", "as before",
                ]
            )
        }
    }
}
