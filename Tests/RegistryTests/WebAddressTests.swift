internal import OCIModel
internal import Testing

@testable import Registry

@Suite("Addresses and challenges")
struct WebAddressTests {
    @Test(
        "an http or https address is split",
        arguments: [
            ("https://Example.org/v2/?a=b#c", "https://example.org:443/v2/?a=b", false),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000", true),
            ("http://[::1]:80/x", "http://[::1]:80/x", true),
            ("HTTPS://localhost/", "https://localhost:443/", true),
            ("http://localhost.evil.org/", "http://localhost.evil.org:80/", false),
            ("http://127.0.0.1.evil.org/", "http://127.0.0.1.evil.org:80/", false),
        ]
    )
    func splits(text: String, expected: String, isLoopback: Bool) throws {
        let address = try #require(WebAddress(text))
        #expect(address.text == expected)
        #expect(address.isLoopback == isLoopback)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "file:///etc/passwd", "http://", "http://user@host/", "http://ho st/", "http://host:0/",
            "http://host:x/",
            "http://host:99999/", "unix:/run/x", "http://[::1/", "http://host\\@evil/", "//host/path", "http://h\u{0}/",
        ]
    )
    func refuses(text: String) {
        #expect(WebAddress(text) == nil)
    }

    @Test(
        "a location is resolved against the address it came from",
        arguments: [
            ("/x", "https://h:443/x"), ("y?z", "https://h:443/a/y?z"), ("?q", "https://h:443/a/b?q"),
            ("//o/p", "https://o:443/p"), ("http://o:81/", "http://o:81/"), ("https://o", "https://o:443"),
        ]
    )
    func resolves(location: String, expected: String) throws {
        let base = try #require(WebAddress("https://h/a/b?c"))
        #expect(base.resolving(location)?.text == expected)
    }

    @Test("a challenge is read with quoted and bare values")
    func challenge() throws {
        let header = #"Bearer realm="https://a/t",service=reg, scope="repository:x:pull,push",error="a\"b""#
        let challenge = try #require(AuthChallenge(header))
        #expect(challenge.scheme == "bearer")
        #expect(
            challenge.parameters
                == [
                    "realm": "https://a/t", "service": "reg", "scope": "repository:x:pull,push", "error": "a\"b",
                ]
        )
        #expect(AuthChallenge("Basic realm=\"x\"")?.scheme == "basic")
        #expect(AuthChallenge("") == nil)
    }

    @Test("pauses double up to eight seconds, and a server may ask for more")
    func pauses() {
        let policy = RetryPolicy(attempts: 9, firstPause: 300)
        #expect([1, 2, 3, 6, 60].map { policy.pause(after: $0) } == [300, 600, 1200, 8000, 8000])
        #expect(policy.pause(after: 1, serverAsks: 5) == 5000)
        #expect(policy.pause(after: 1, serverAsks: 5000) == 30000)
    }

    @Test("insecure registries and certificates come from the environment")
    func environment() {
        let values = ["LLMBOX_INSECURE_REGISTRIES": "a:5000, B", "SSL_CERT_FILE": "/x.pem", "SSL_CERT_DIR": ""]
        let options = RegistryOptions { values[$0] }
        #expect(options.insecureRegistries == ["a:5000", "b"])
        #expect(options.trust == TLSTrust(file: "/x.pem"))
    }
}
