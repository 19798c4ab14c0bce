import Glibc
import SystemPackage
import TestSupport
import Testing

/// A real registry on a free port of the loopback interface.
struct LocalRegistry {
    /// How the registry guards itself.
    struct Guards {
        /// Whether it speaks TLS, with a certificate of an authority of its own.
        var tls = false
        /// Whether it wants the user `ada` with the password `secret`.
        var login = false
    }

    /// Its host and port.
    let address: String
    /// The directory with its files: `ca/ca.crt` is its authority.
    let directory: FilePath

    /// What the registry wrote into its log: a line for each request.
    var log: String { run(["cat", directory.appending("registry.log").string]).output }
}

/// A port that nobody listened on a moment ago.
func unusedPort() -> String {
    run(["python3", "-c", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"])
        .line
}

/// Runs `body` beside a registry that keeps its files below `directory`.
func withRegistry(
    in directory: FilePath,
    _ guards: LocalRegistry.Guards = LocalRegistry.Guards(),
    _ body: (LocalRegistry) throws -> Void
) throws {
    let address = "127.0.0.1:\(unusedPort())"
    var http = "addr: \"\(address)\""
    var auth = ""
    if guards.tls {
        let script = """
            set -e; mkdir -p $0/ca; cd $0; printf 'subjectAltName=IP:127.0.0.1,DNS:registry.test' >san
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca/ca.crt -days 2 -subj /CN=test-authority
            openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
            openssl x509 -req -in server.csr -CA ca/ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.crt
            """
        let made = run(["sh", "-c", script, directory.string])
        try #require(made.status == 0, "\(made.errors)")
        http += ", tls: {certificate: \"\(directory)/server.crt\", key: \"\(directory)/server.key\"}"
    }
    if guards.login {
        // The bcrypt of `secret`, at the lowest cost there is.
        write("ada:$2b$04$RbXNbwPbZn1MUaNjVDdrtOrk3PGiibwjmr2DoNskP3bbxe8F9JEZm\n", to: "htpasswd", in: directory)
        auth = "auth: {htpasswd: {realm: test, path: \"\(directory)/htpasswd\"}}"
    }
    write(
        "version: 0.1\nstorage: {filesystem: {rootdirectory: \(directory)/registry}}\nhttp: {\(http)}\n\(auth)\n",
        to: "registry.yml",
        in: directory
    )
    let script = "docker-registry serve \(directory)/registry.yml >\(directory)/registry.log 2>&1 & echo $!"
    let server = try #require(pid_t(run(["sh", "-c", script]).line))
    defer { kill(server, SIGKILL) }
    let probe = """
        import ssl, sys, urllib.error, urllib.request
        context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
        try: urllib.request.urlopen(sys.argv[1], context=context)
        except urllib.error.HTTPError as error: sys.exit(error.code != 401)
        """
    let answers = eventually {
        run(["python3", "-c", probe, "\(guards.tls ? "https" : "http")://\(address)/v2/"]).status == 0
    }
    try #require(answers, "docker-registry does not answer")
    try body(LocalRegistry(address: address, directory: directory))
}
