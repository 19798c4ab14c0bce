internal import Glibc
internal import SystemPackage
internal import TestSupport

/// A process that runs beside a test and ends with it.
final class BackgroundProcess {
    private let id: pid_t

    /// Starts the program `arguments[0]` with its output in the file `output`.
    init(_ arguments: [String], output: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let status = posix_spawnp(&child, arguments[0], &actions, nil, words, environ)
        guard status == 0 else { throw Errno(rawValue: status) }
        id = child
    }

    deinit {
        // Not SIGTERM: the test runner may have blocked it, and what is blocked is inherited.
        kill(id, SIGKILL)
        waitpid(id, nil, 0)
    }
}

/// A web server on loopback for files, redirects and the other things that servers do to builders.
struct WebServer {
    /// Where its files are.
    let directory: FilePath
    /// `http://127.0.0.1:PORT`.
    let address: String
    /// The address without its scheme.
    let authority: String
    private let log: String

    /// The requests so far, as `METHOD PATH STATUS`.
    var requests: [String] { read(log).split(separator: "\n").map(String.init).filter { $0.contains("/") } }

    /// Runs `body` with a server whose files lie in the fresh directory `web` of `sandbox`.
    ///
    /// `/to?URL` redirects anywhere, `/loop` to itself, `/endless` never stops sending, `/named` claims to be called
    /// `../../escaped`, `/undated` has no date, `/secret` wants the password `pw`.
    static func run(in sandbox: FilePath, _ body: (WebServer) throws -> Void) throws {
        let directory = sandbox.appending("web")
        mkdir(directory.string, 0o755)
        let log = sandbox.appending("web.log").string
        let process = try BackgroundProcess(["python3", "-u", "-c", script, directory.string], output: log)
        var port = ""
        eventually {
            let text = read(log)
            if text.contains("\n") { port = String(text.prefix { $0 != "\n" }) }
            return !port.isEmpty
        }
        let authority = "127.0.0.1:\(port)"
        try withExtendedLifetime(process) {
            try body(
                WebServer(directory: directory, address: "http://\(authority)", authority: authority, log: log)
            )
        }
    }

    private static let script = """
        import http.server, sys, os, base64, time, urllib.parse
        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *a): pass
            def log_request(self, code='-', size='-'): print(self.command, self.path, int(code))
            def say(self, status, headers, body=b''):
                self.send_response(status)
                for name, value in headers: self.send_header(name, value)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                path, _, query = self.path.partition('?')
                if path == '/to': return self.say(302, [('Location', urllib.parse.unquote(query))])
                if path == '/loop': return self.say(302, [('Location', '/loop')])
                if path == '/named':
                    return self.say(200, [('Content-Disposition', 'attachment; filename=../../escaped')], b'named')
                if path == '/undated': return self.say(200, [], b'undated')
                if path == '/huge':
                    self.send_response(200)
                    self.send_header('Content-Length', str(1 << 60))
                    self.end_headers()
                    self.wfile.write(bytes(100000))
                    return time.sleep(1)
                if path == '/broken':
                    self.send_response(200)
                    self.send_header('Content-Length', '1000')
                    self.end_headers()
                    return self.wfile.write(b'part')
                if path == '/secret':
                    wanted = 'Basic ' + base64.b64encode(b'user:pw').decode()
                    if self.headers.get('Authorization') == wanted: return self.say(200, [], b'opened')
                    return self.say(401, [('WWW-Authenticate', 'Basic realm=x')])
                return super().do_GET()
        os.chdir(sys.argv[1])
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        print(server.server_address[1])
        server.serve_forever()
        """
}

/// The text of a file; empty when it is not there.
func read(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

/// Makes a bare repository `NAME.git` in `directory` that a plain web server can give out, from a shell script that
/// fills the work tree; returns the commit.
@discardableResult
func makeRepository(_ name: String, in directory: FilePath, _ script: String) -> String {
    let work = directory.appending("\(name)-work").string
    let bare = directory.appending("\(name).git").string
    let git = "git -c user.name=n -c user.email=e@x -c commit.gpgsign=false -c protocol.file.allow=always"
    let made = run([
        "sh", "-ec",
        """
        export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='@1000000000 +0000' GIT_COMMITTER_DATE='@1000000000 +0000'
        rm -rf '\(work)' '\(bare)'; git init -q -b main '\(work)'; cd '\(work)'
        commit() { git add -A; \(git) commit -qm "$1"; }
        tag() { \(git) tag -am "$1" "$1"; }
        \(script)
        commit last >/dev/null || true
        git clone -q --bare . '\(bare)'; cd '\(bare)'; git update-server-info; touch git-daemon-export-ok; git rev-parse HEAD
        """,
    ])
    return made.line
}
