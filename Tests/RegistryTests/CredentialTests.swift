import Glibc
import OCIModel
import SystemPackage
import TestSupport
import Testing

@testable import Registry

@Suite("Credentials")
struct CredentialTests {
    private static let document = """
        {"auths": {
            "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
            "registry.example": {"auth": "YTpi"},
            "registry.example/team": {"auth": "YzpkOmU="},
            "https://old.example/v2/": {"auth": "YTpi"},
            "token.example": {"identitytoken": "idt"},
            "padded.example": {"auth": "YTpiAAA="},
            "split.example": {"username": "u", "password": "p"},
            "empty.example": {}
        }, "credHelpers": {"helped.example": "one"}, "psFormat": "x", "deep": {"n": [1, 2.5, null, true]}}
        """

    @Test(
        "an entry is found by host and by the longest path, whatever else its key says",
        arguments: [
            ("docker.io", "library/a", RegistryCredentials.basic(user: "hub", password: "pw")),
            ("registry.example", "any", .basic(user: "a", password: "b")),
            ("registry.example", "team/x", .basic(user: "c", password: "d:e")),
            ("registry.example", "teams", .basic(user: "a", password: "b")),
            ("old.example", "x", .basic(user: "a", password: "b")),
            ("token.example", "x", .identityToken("idt")),
            ("padded.example", "x", .basic(user: "a", password: "b")),
            ("split.example", "x", .basic(user: "u", password: "p")),
            ("empty.example", "x", nil), ("evil-registry.example", "x", nil), ("example", "x", nil),
        ]
    )
    func lookup(registry: String, repository: String, expected: RegistryCredentials?) throws {
        let document = try CredentialDocument(Array(Self.document.utf8))
        #expect(try document.credentials(for: registry, repository: repository) == expected)
    }

    @Test("a login changes its own entry and nothing else")
    func edit() throws {
        var document = try CredentialDocument(Array(Self.document.utf8))
        document.set(.basic(user: "n", password: "ew"), for: "old.example")
        let back = try CredentialDocument(document.encoded())
        #expect(try back.credentials(for: "old.example", repository: "x") == .basic(user: "n", password: "ew"))
        #expect(try back.credentials(for: "docker.io", repository: "x") == .basic(user: "hub", password: "pw"))
        let text = String(decoding: try back.encoded(), as: UTF8.self).filter { !$0.isWhitespace }
        #expect(text.contains(#""deep":{"n":[1,2.5,null,true]}"#) && text.contains(#""psFormat":"x""#), "\(text)")
        #expect(!text.contains("https://old.example"))
        #expect(back.helper(for: "helped.example") == "one" && back.helper(for: "other.example") == nil)
    }

    @Test("a malformed entry is an error, not nobody")
    func malformed() throws {
        let document = try CredentialDocument(Array(#"{"auths":{"a.example":{"auth":"%%"}}}"#.utf8))
        #expect(throws: CredentialError.malformed(registry: "a.example")) {
            try document.credentials(for: "a.example", repository: "x")
        }
    }

    @Test("what is wrong with a file is told without anybody's asking for its credentials")
    func complaints() throws {
        try withSandbox { sandbox in
            func complaints(_ text: String) -> [CredentialError] {
                let path = sandbox.appending("config.json").string
                _ = run(["sh", "-c", "cat >\(path)"], input: Array(text.utf8))
                return CredentialStore(authFile: path) { _ in nil }.complaints()
            }
            #expect(complaints(#"{"auths": {"a.example": {"auth": "YTpi"}, "b.example": {}}}"#).isEmpty)
            #expect(complaints("").isEmpty)
            let path = sandbox.appending("config.json").string
            let broken = CredentialError.file(operation: "read", path: path, reason: "it is no JSON document")
            #expect(complaints(#"{"auths": "#) == [broken])
            #expect(
                complaints(#"{"auths": {"a.example": {"auth": "!"}}, "credsStore": "no-such-helper"}"#) == [
                    .malformed(registry: "a.example"),
                    .helper(name: "no-such-helper", reason: "it is not in the PATH"),
                ]
            )
            // Docker's file is looked for first, and need not be there.
            #expect(CredentialStore { $0 == "HOME" ? sandbox.string : nil }.complaints().isEmpty)
        }
    }

    @Test("docker's file comes before podman's, and a chosen one stands alone")
    func precedence() throws {
        try withSandbox { sandbox in
            func write(_ path: String, _ user: String) throws {
                let target = sandbox.appending(path)
                _ = run(["mkdir", "-p", target.removingLastComponent().string])
                let auth = Base64.encode("\(user):x")
                let file = try FileDescriptor.open(
                    target,
                    .writeOnly,
                    options: .create,
                    permissions: .ownerReadWrite
                )
                try file.closeAfter { _ = try file.writeAll(#"{"auths":{"a.example":{"auth":"\#(auth)"}}}"#.utf8) }
            }
            func user(_ extra: [String: String] = [:], authFile: String? = nil) throws -> String? {
                var variables = ["HOME": sandbox.string, "XDG_RUNTIME_DIR": sandbox.appending("run").string]
                variables.merge(extra) { $1 }
                let store = CredentialStore(authFile: authFile) { variables[$0] }
                guard case .basic(let user, _)? = try store.credentials(registry: "a.example", repository: "x") else {
                    return nil
                }
                return user
            }
            #expect(try user() == nil)
            try write(".config/containers/auth.json", "config")
            #expect(try user() == "config")
            try write("run/containers/auth.json", "runtime")
            #expect(try user() == "runtime")
            try write(".docker/config.json", "docker")
            #expect(try user() == "docker")
            try write("other/config.json", "other")
            #expect(try user(["DOCKER_CONFIG": sandbox.appending("other").string]) == "other")
            try write("chosen.json", "chosen")
            #expect(try user(["REGISTRY_AUTH_FILE": sandbox.appending("chosen.json").string]) == "chosen")
            #expect(try user(authFile: sandbox.appending("missing.json").string) == nil)
        }
    }

    @Test("a token service is asked with the credentials that fit, and a foreign challenge gets nothing")
    func tokenService() throws {
        let image = try StubImage()
        for (credentials, expected) in [
            (RegistryCredentials.basic(user: "ada", password: "s"), "GET Basic YWRhOnM="),
            (.identityToken("idt"), "POST "),
        ] {
            var options = RegistryOptions(retry: RetryPolicy(attempts: 3, firstPause: 1))
            options.credentials = { registry, repository in repository == "demo" ? credentials : nil }
            try pull(
                { request in
                    let host = request.headers["host"] ?? ""
                    if request.path.hasPrefix("/token") { return .text(#"{"access_token":"t"}"#) }
                    guard request.headers["authorization"] == "Bearer t" else {
                        return .text("", status: 401, "WWW-Authenticate: Bearer realm=\"http://\(host)/token\"")
                    }
                    return image.answer(request.path)
                },
                options: options
            ) { server, result in
                _ = try result.get()
                let asked = try #require(server.requests.first { $0.path.hasPrefix("/token") })
                #expect("\(asked.method) \(asked.headers["authorization"] ?? "")" == expected)
                if asked.method == "POST" {
                    let body = String(decoding: asked.body, as: UTF8.self)
                    #expect(body.contains("grant_type=refresh_token") && body.contains("refresh_token=idt"), "\(body)")
                }
            }
        }
    }

    @Test("a server that a redirect leads to is shown no credentials, even when it asks for them")
    func foreignChallenge() throws {
        let image = try StubImage()
        let other = try StubServer { _ in .text("", status: 401, "WWW-Authenticate: Basic realm=\"x\"") }
        defer { other.stop() }
        var options = RegistryOptions(retry: RetryPolicy(attempts: 3, firstPause: 1))
        options.credentials = { _, _ in .basic(user: "ada", password: "s") }
        let target = "Location: http://127.0.0.1:\(other.port)/blob"
        try pull(
            { request in
                guard request.headers["authorization"] != nil else {
                    return .text("", status: 401, "WWW-Authenticate: Basic realm=\"x\"")
                }
                let isLayer = request.path.contains(image.layerDigest.hex)
                return isLayer ? .text("", status: 307, target) : image.answer(request.path)
            },
            options: options
        ) { _, result in
            guard case .failure(is RegistryError) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(!other.requests.isEmpty)
            #expect(other.requests.allSatisfy { $0.headers["authorization"] == nil })
        }
    }
}
