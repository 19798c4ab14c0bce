import Glibc
import SystemPackage
import TestSupport
import Testing

/// A server that speaks a model hub's HTTP API, with a repository `Ada/Tiny` of a branch, a tag and private files.
///
/// Large files are at another host name, where nobody may show the token. Faults are asked for by files beside it.
struct HubServer {
    /// What `HF_ENDPOINT` is.
    let endpoint: String
    /// The directory with its files and its log.
    let directory: FilePath
    /// The commit of `main`.
    let commit: String

    /// A line for each request: method, path, range, and whether it carried the token.
    var log: [String] {
        run(["cat", directory.appending("log").string]).output.split(separator: "\n").map(String.init)
    }

    /// Makes the server break off every answer for a large file after so many bytes, or not any more with nil.
    func cut(after bytes: Int?) {
        if let bytes { write("\(bytes)", to: "cut", in: directory) } else { unlink(directory.appending("cut").string) }
    }

    static let script = #"""
        import hashlib, http.server, json, os, socketserver, sys, time, urllib.parse
        root = sys.argv[1]
        def content(name): return open(os.path.join(root, 'repo', name), 'rb').read()
        def names():
            found = []
            for base, _, files in os.walk(os.path.join(root, 'repo')):
                found += [os.path.relpath(os.path.join(base, f), os.path.join(root, 'repo')) for f in files]
            return sorted(found)
        def commit(): return hashlib.sha1(b''.join(n.encode() + content(n) for n in names())).hexdigest()
        def large(name): return os.path.getsize(os.path.join(root, 'repo', name)) > 100000
        def sha1(data): return hashlib.sha1(b'blob %d\0' % len(data) + data).hexdigest()
        def setting(name):
            try: return open(os.path.join(root, name)).read()
            except OSError: return None
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def log_message(self, *_): pass
            def answer(self, body, status=200, headers={}):
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name, value)
                self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
            def do_GET(self):
                token = self.headers.get('Authorization')
                wanted = self.headers.get('Range')
                with open(os.path.join(root, 'log'), 'a') as log:
                    log.write(f"GET {self.path} {wanted} {'token' if token else 'nobody'}\n")
                url = urllib.parse.urlparse(self.path)
                parts = [urllib.parse.unquote(p) for p in url.path.strip('/').split('/')]
                if parts[0] == 'cdn':
                    if token: return self.answer(b'the token must not come here', 400)
                    return self.file(parts[1], wanted)
                if setting('token') and token != 'Bearer ' + setting('token'): return self.answer(b'who are you', 401)
                if 'Ada/Tiny' not in urllib.parse.unquote(url.path): return self.answer(b'no such thing', 404)
                if parts[:2] == ['api', 'models'] and parts[4] == 'revision':
                    if parts[5] not in ('main', 'v1', 'refs/pr/1', commit()): return self.answer(b'no', 404)
                    return self.answer(json.dumps({'sha': commit(), 'id': 'Ada/Tiny'}).encode())
                if parts[:2] == ['api', 'models'] and parts[4] == 'tree':
                    if parts[5] != commit(): return self.answer(b'no', 404)
                    entries = []
                    for name in names():
                        data = content(name)
                        entry = {'type': 'file', 'path': name, 'size': len(data), 'oid': sha1(data)}
                        if large(name): entry['lfs'] = {'oid': hashlib.sha256(data).hexdigest(), 'size': len(data), 'pointerSize': 134}
                        entries.append(entry)
                    entries.append({'type': 'directory', 'path': 'sub', 'size': 0, 'oid': '0' * 40})
                    if setting('evil'): entries.append({'type': 'file', 'path': setting('evil'), 'size': 1, 'oid': '0' * 40})
                    # Two entries a page.
                    cursor = int(urllib.parse.parse_qs(url.query).get('cursor', ['0'])[0])
                    headers = {}
                    if cursor + 2 < len(entries):
                        headers['Link'] = f'<http://{self.headers["Host"]}{url.path}?recursive=1&cursor={cursor + 2}>; rel="next"'
                    return self.answer(json.dumps(entries[cursor:cursor + 2]).encode(), headers=headers)
                if parts[2] == 'resolve':
                    name = '/'.join(parts[4:])
                    if parts[3] != commit() or name not in names(): return self.answer(b'no', 404)
                    if not large(name):
                        return self.answer(content(name), headers={'X-Repo-Commit': commit(), 'ETag': '"%s"' % sha1(content(name))})
                    place = f'http://localhost:{self.server.server_port}/cdn/{urllib.parse.quote(name, safe="")}'
                    headers = {'Location': place, 'X-Repo-Commit': commit(), 'X-Linked-Size': str(os.path.getsize(os.path.join(root, 'repo', name))),
                               'X-Linked-Etag': '"%s"' % hashlib.sha256(content(name)).hexdigest()}
                    return self.answer(b'', 302, headers)
                self.answer(b'no such thing', 404)
            def file(self, name, wanted):
                file = open(os.path.join(root, 'repo', name), 'rb')
                size = os.fstat(file.fileno()).st_size
                start, end, status, headers = 0, size, 200, {'Accept-Ranges': 'bytes'}
                if wanted:
                    first, last = wanted.split('=')[1].split('-')
                    start, end, status = int(first), min(size, int(last) + 1) if last else size, 206
                    headers['Content-Range'] = f'bytes {start}-{end - 1}/{size}'
                self.send_response(status)
                for key, value in headers.items(): self.send_header(key, value)
                self.send_header('Content-Length', str(end - start)); self.end_headers()
                cut, rate = setting('cut'), setting('rate')
                file.seek(start)
                left = min(end - start, int(cut)) if cut else end - start
                while left > 0:
                    data = file.read(min(left, 65536))
                    left -= len(data)
                    if setting('damage') and file.tell() == len(data): data = b'X' + data[1:]
                    self.wfile.write(data)
                    if rate: time.sleep(len(data) / int(rate))
                if cut and end - start > int(cut): self.close_connection = True
        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer): daemon_threads = True
        Server(('127.0.0.1', int(sys.argv[2])), Handler).serve_forever()
        """#
}

/// Runs `body` beside a model hub that keeps its files below `directory`.
func withHub(in directory: FilePath, _ body: (HubServer) throws -> Void) throws {
    let root = directory.appending("hub")
    let made = run([
        "sh", "-c",
        """
        mkdir -p $0/repo/sub && cd $0/repo && echo '{"a": 1}' > config.json && echo same > LICENSE && cp LICENSE sub/LICENSE \
        && head -c 5000000 /dev/urandom > 'model-1 of 2.safetensors' && head -c 3000000 /dev/urandom > model-2.bin \
        && : > empty
        """, root.string,
    ])
    try #require(made.status == 0, "\(made.errors)")
    write(HubServer.script, to: "hub.py", in: root)
    let port = unusedPort()
    let started = run([
        "sh", "-c", "python3 \(root)/hub.py \(root) \(port) >\(root)/errors 2>&1 & echo $!",
    ])
    let server = try #require(pid_t(started.line))
    defer { kill(server, SIGKILL) }
    let endpoint = "http://127.0.0.1:\(port)"
    let probe = "import json, sys, urllib.request; print(json.load(urllib.request.urlopen(sys.argv[1]))['sha'])"
    var commit = ""
    eventually {
        commit = run(["python3", "-c", probe, endpoint + "/api/models/Ada/Tiny/revision/main"]).line
        return !commit.isEmpty
    }
    try #require(commit.utf8.count == 40, "the hub does not answer: \(run(["cat", "\(root)/errors"]).output)")
    unlink(root.appending("log").string)
    try body(HubServer(endpoint: endpoint, directory: root, commit: commit))
}
