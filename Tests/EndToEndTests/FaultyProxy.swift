import Glibc
import SystemPackage
import TestSupport
import Testing

/// A proxy in front of a registry on which nothing can be relied: it cuts lines at random places of bodies, stalls, is
/// busy, fails, turns bytes into others, and lets access tokens expire in the middle.
struct FaultyProxy {
    /// How a proxy behaves.
    struct Manners {
        /// What happens to one heavy request after the other; after the last, nothing.
        var faults = [
            "cut", "busy", "cut", "-", "fail", "cut", "-", "expire", "cut", "answer lost", "-", "cut", "expire",
        ]
        /// Bytes a second on each connection; 0 for as fast as it goes.
        var rate = 0
        /// Whether bodies are passed on when they are complete, as nginx does.
        var holdsBodies = false
        /// Where the random numbers begin.
        var seed = 1
    }

    /// What happened so far.
    struct Account {
        /// Bytes of bodies that came from the client.
        var sent = 0
        /// Bytes of bodies that went to the client.
        var received = 0
        /// How often something went wrong.
        var faults = 0
    }

    /// Its host and port.
    let address: String
    private let accountFile: String

    /// The sums so far.
    var account: Account {
        let numbers = TestSupport.run(["cat", accountFile]).output.split(separator: " ").compactMap {
            Int($0.filter(\.isNumber))
        }
        guard numbers.count == 3 else { return Account() }
        return Account(sent: numbers[0], received: numbers[1], faults: numbers[2])
    }

    /// Runs `body` beside a proxy in front of `registry`.
    static func with(
        before registry: LocalRegistry,
        _ manners: Manners,
        _ body: (FaultyProxy) throws -> Void
    ) throws {
        let (port, account) = (unusedPort(), registry.directory.appending("account").string)
        let path = registry.directory.appending("proxy.py").string
        write(program, to: "proxy.py", in: registry.directory)
        let faults = manners.faults.joined(separator: ",")
        let words =
            "\(path) \(port) \(registry.address) \(manners.seed) \(account) '\(faults)' \(manners.rate) \(manners.holdsBodies)"
        unlink(account)
        let log = registry.directory.appending("proxy.log").string
        let server = try #require(pid_t(TestSupport.run(["sh", "-c", "python3 \(words) >\(log) 2>&1 & echo $!"]).line))
        defer { kill(server, SIGKILL) }
        let isThere = eventually { access(account, F_OK) == 0 }
        try #require(isThere, "the proxy does not start")
        try body(FaultyProxy(address: "127.0.0.1:\(port)", accountFile: account))
    }

    private static let program = #"""
        import http.client, http.server, itertools, os, random, socket, sys, threading, time

        port, upstream, seed, account = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
        rate, holds = int(sys.argv[6]), sys.argv[7] == "true"
        chance = random.Random(seed)
        lock = threading.Lock()
        sums = {"sent": 0, "received": 0, "faults": 0}
        faults = itertools.chain([None if f == "-" else f for f in sys.argv[5].split(",") if f], itertools.repeat(None))
        token = ["t0"]

        def count(name, number=1):
            with lock:
                sums[name] += number
                with open(account + ".new", "w") as file:
                    file.write("%(sent)d %(received)d %(faults)d" % sums)
                os.rename(account + ".new", account)

        class Cut(Exception):
            pass

        class Proxy(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words):
                pass

            def handle_expect_100(self):
                # Only a request that goes on is told so; see serve().
                return True

            def refuse(self, status, *headers):
                self.close_connection = True
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def body(self, limit, fault):
                left = int(self.headers.get("Content-Length") or 0)
                turned = chance.randrange(max(1, left)) if fault == "wrong byte" else -1
                while left:
                    piece = self.rfile.read1(min(left, 65536, limit))
                    if not piece:
                        raise Cut()
                    if 0 <= turned < len(piece):
                        piece = piece[:turned] + bytes([piece[turned] ^ 1]) + piece[turned + 1:]
                    turned -= len(piece)
                    left -= len(piece)
                    limit -= len(piece)
                    count("sent", len(piece))
                    if rate:
                        time.sleep(len(piece) / rate)
                    yield piece
                    if limit <= 0 and left:
                        # The request that ends an upload has long to wait: there a line that stalls is cut instead.
                        if fault == "stall" and self.command == "PATCH":
                            time.sleep(3600)
                        raise Cut()

            def serve(self):
                if self.path.startswith("/token"):
                    data = b'{"token":"%s"}' % token[0].encode()
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                    return
                heavy = "/blobs/" in self.path and self.command in ("GET", "PATCH", "PUT")
                with lock:
                    fault = next(faults) if heavy and self.path.find("uploads") < 0 or self.command in ("PATCH", "PUT") else None
                if fault == "expire":
                    token[0] = "t%d" % (int(token[0][1:]) + 1)
                if fault:
                    count("faults")
                if self.headers.get("Authorization") != "Bearer " + token[0]:
                    host = self.headers["Host"]
                    return self.refuse(401, ("WWW-Authenticate", 'Bearer realm="http://%s/token",service="x"' % host))
                if fault == "busy":
                    return self.refuse(429, ("Retry-After", "0"))
                if fault == "fail":
                    return self.refuse(500)
                if self.headers.get("Expect"):
                    self.send_response_only(100)
                    self.end_headers()
                limit = chance.randrange(1, 6 << 20) if fault in ("cut", "stall") else 1 << 60
                back = http.client.HTTPConnection(upstream, timeout=60)
                try:
                    back.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        dropped = ("authorization", "expect", "connection") + (("range",) if fault == "no range" else ())
                        if name.lower() not in dropped:
                            back.putheader(name, value)
                    back.endheaders()
                    for piece in [b"".join(self.body(limit, fault))] if holds else self.body(limit, fault):
                        back.send(piece)
                    answer = back.getresponse()
                    if fault == "answer lost":
                        answer.read()
                        raise Cut()
                    self.send_response_only(answer.status)
                    for name, value in answer.getheaders():
                        if name.lower() != "connection":
                            self.send_header(name, value)
                    self.end_headers()
                    turned = chance.randrange(1, 1 << 20) if fault == "wrong byte" else -1
                    while self.command != "HEAD":
                        piece = answer.read1(65536)
                        if not piece:
                            break
                        if 0 <= turned < len(piece):
                            piece = piece[:turned] + bytes([piece[turned] ^ 1]) + piece[turned + 1:]
                        turned -= len(piece)
                        self.wfile.write(piece)
                        count("received", len(piece))
                        if rate:
                            time.sleep(len(piece) / rate)
                        limit -= len(piece)
                        if limit <= 0:
                            if fault == "stall":
                                time.sleep(3600)
                            raise Cut()
                except (Cut, OSError, http.client.HTTPException):
                    self.close_connection = True
                finally:
                    back.close()

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = serve

        count("sent", 0)
        http.server.ThreadingHTTPServer(("127.0.0.1", port), Proxy).serve_forever()
        """#
}
