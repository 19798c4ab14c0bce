internal import Testing

@testable internal import Engine

/// The proxies of docker's `config.json`.
@Suite struct CallerProxiesTests {
    private static let document = Array(
        """
        {"auths": {}, "proxies": {
          "default": {"httpProxy": "http://p:1", "noProxy": "a,b", "ftpProxy": ""},
          "tcp://far:2375": {"httpsProxy": "http://q:2", "allProxy": "socks5://r:3"}
        }}
        """.utf8
    )

    private func proxies(host: String? = nil) -> [String] {
        CallerProxies(document: Self.document, host: host).environment(besides: [])
    }

    @Test("each is said in both cases, and a daemon's own come before the default")
    func variables() {
        let usual = ["HTTP_PROXY=http://p:1", "http_proxy=http://p:1", "NO_PROXY=a,b", "no_proxy=a,b"]
        #expect(proxies() == usual && proxies(host: "") == usual && proxies(host: "tcp://near:1") == usual)
        #expect(
            proxies(host: "tcp://far:2375") == [
                "HTTPS_PROXY=http://q:2", "https_proxy=http://q:2", "ALL_PROXY=socks5://r:3", "all_proxy=socks5://r:3",
            ]
        )
    }

    @Test("what the user says of a name wins, with a value or without, and of that name only")
    func named() {
        let proxies = CallerProxies(document: Self.document, host: nil)
        #expect(
            proxies.environment(besides: ["HTTP_PROXY=mine", "no_proxy"]) == ["http_proxy=http://p:1", "NO_PROXY=a,b"]
        )
    }

    @Test(
        "a file that says nothing of them, or cannot be understood, gives none",
        arguments: ["", "{}", #"{"proxies": 1}"#, #"{"proxies": {}}"#, #"{"proxies": {"default": {}}"#]
    )
    func none(text: String) {
        #expect(CallerProxies(document: Array(text.utf8), host: nil) == CallerProxies())
    }
}
