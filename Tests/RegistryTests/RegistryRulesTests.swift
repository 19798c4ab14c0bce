import OCIModel
import Testing

@testable import Registry

@Suite struct RegistryRulesTests {
    private func rules(_ text: String) throws -> RegistryRules {
        var rules = RegistryRules()
        try rules.merge(registriesConf: Array(text.utf8), file: "f.conf")
        return rules
    }

    private func places(_ rules: RegistryRules, _ image: String) throws -> [String] {
        try rules.endpoints(reading: ImageReference(image)).map {
            "\($0.registry)/\($0.path)\($0.isInsecure ? " insecure" : "")"
        }
    }

    private static let example = """
        # A comment
        unqualified-search-registries = ["example.com"]
        [[registry]]
        prefix = "example.com/foo"
        location = 'inside.example.net/bar'   # where it is
        [[registry.mirror]]
        location = "first.local/for-foo"
        [[registry.mirror]]
        location = "second.local:5000/x/foo/"
        insecure = true
        [[registry.mirror]]
        location = "third.local"
        pull-from-mirror = "digest-only"

        [[registry]]
        location = "blocked.example"
        blocked = true

        [[registry]]
        prefix = "*.example.org"
        insecure = true
        mirror = [ { location = "m.example.org/all", insecure = false } ]

        [[registry]]
        location = "docker.io"
        mirror = [
            {location = "mirror.example/hub"},
        ]

        [aliases]
        "short" = "quay.io/x/short"
        """

    @Test(
        "an image is looked for at the mirrors of its longest prefix, and last at its place",
        arguments: [
            (
                "example.com/foo/a/b:1",
                [
                    "first.local/for-foo/a/b", "second.local:5000/x/foo/a/b insecure", "inside.example.net/bar/a/b",
                ]
            ),
            ("example.com/foo", ["first.local/for-foo", "second.local:5000/x/foo insecure", "inside.example.net/bar"]),
            ("example.com/food:1", ["example.com/food"]),
            ("example.com:5000/foo/a", ["example.com:5000/foo/a"]),
            ("a.example.org/x/y", ["m.example.org/all/x/y", "a.example.org/x/y insecure"]),
            ("alpine", ["mirror.example/hub/library/alpine", "docker.io/library/alpine"]),
            (
                "example.com/foo/a@sha256:\(String(repeating: "a", count: 64))",
                [
                    "first.local/for-foo/a", "second.local:5000/x/foo/a insecure", "third.local/a",
                    "inside.example.net/bar/a",
                ]
            ),
        ]
    )
    func endpoints(image: String, expected: [String]) throws {
        #expect(try places(rules(Self.example), image) == expected)
    }

    @Test("an image is written where its name says, and a blocked one is neither read nor written")
    func writing() throws {
        let rules = try rules(Self.example)
        #expect(try rules.endpoint(writing: ImageReference("example.com/foo/a")).registry == "example.com")
        #expect(try rules.endpoint(writing: ImageReference("a.example.org/b")).isInsecure)
        let blocked = try ImageReference("blocked.example/a:1")
        #expect(throws: RegistryConfigurationError.self) { try rules.endpoints(reading: blocked) }
        #expect(throws: RegistryConfigurationError.self) { try rules.endpoint(writing: blocked) }
    }

    @Test("docker's mirrors are for Docker Hub alone, and its insecure registries are hosts and ranges")
    func docker() throws {
        var rules = RegistryRules()
        let document = """
            {"registry-mirrors": ["https://a.example/", "http://b.example:5000"],
             "insecure-registries": ["10.1.0.0/16", "registry.lan", "https://other.lan:5000/"], "debug": true}
            """
        try rules.merge(daemonJSON: Array(document.utf8), file: "daemon.json")
        #expect(
            try places(rules, "team/app") == [
                "a.example/team/app", "b.example:5000/team/app insecure", "docker.io/team/app",
            ]
        )
        #expect(try places(rules, "10.1.2.3:5000/a") == ["10.1.2.3:5000/a insecure"])
        #expect(try places(rules, "10.2.2.3:5000/a") == ["10.2.2.3:5000/a"])
        #expect(try places(rules, "registry.lan:443/a") == ["registry.lan:443/a insecure"])
        #expect(try places(rules, "other.lan:5000/a") == ["other.lan:5000/a insecure"])
        #expect(try places(rules, "other.lan/a") == ["other.lan/a"])
        try rules.merge(registriesConf: Array("[[registry]]\nlocation=\"docker.io\"\nblocked=true".utf8), file: "f")
        #expect(try places(rules, "team/app").count == 3, "what is said first counts")
    }

    @Test(
        "a file that makes no sense is refused with its line or the key",
        arguments: [
            ("[[registry]]\nlocation = \"a", "line 2"), ("[[registry]\n", "line 1"), ("a = = 1", "line 1"),
            ("[[registry]]\ninsecure = true", "neither `prefix`"),
            ("[[registry]]\nlocation = \"https://a.b\"", "without a scheme"),
            ("[[registry]]\nlocation = \"a.b\"\nblocked = \"yes\"", "neither true nor false"),
            ("[[registry]]\nlocation = \"a.b\"\n[[registry.mirror]]\ninsecure=true", "no `location`"),
            ("[registries.search]\nregistries = ['a']", "first form"),
            ("[[registry]]\nlocation = \"a.b\"\nlocation = \"c.d\"", "given twice"),
        ]
    )
    func malformed(text: String, words: String) {
        #expect(throws: RegistryConfigurationError.self) { try rules(text) }
        do {
            _ = try rules(text)
        } catch {
            #expect(
                "\(error)".contains(words) || "\((error as? RegistryConfigurationError)?.why ?? "")".contains(words)
            )
        }
    }

    @Test(
        "TOML's forms of texts, keys and tables are read",
        arguments: [
            (#"a = "x\t\u00e9\"""#, #"{"a":"x\t\u00e9\""}"#), ("a.b = 'c\\d'", #"{"a":{"b":"c\\d"}}"#),
            ("'a b' = 1_000\nc = true", #"{"a b":1000,"c":true}"#), ("a = \"\"\"\nx\ny\"\"\"", #"{"a":"x\ny"}"#),
            ("[t]\nx = [1, # one\n 2,\n]\n[t.u]\ny = {}", #"{"t":{"x":[1,2],"u":{"y":{}}}}"#),
            ("[[t]]\na=1\n[t.u]\nb=2\n[[t]]\na=3\r\n", #"{"t":[{"a":1,"u":{"b":2}},{"a":3}]}"#),
        ]
    )
    func toml(text: String, json: String) throws {
        #expect(try TOMLReader.read(Array(text.utf8)) == CanonicalJSON.decode(JSONValue.self, from: Array(json.utf8)))
    }

    @Test("text that is cut off or garbled never crashes the reader")
    func fuzz() {
        let bytes = Array(Self.example.utf8)
        for length in 0..<bytes.count { _ = try? TOMLReader.read(Array(bytes[..<length])) }
        for index in bytes.indices {
            var other = bytes
            other[index] = bytes[(index * 7 + 3) % bytes.count]
            _ = try? TOMLReader.read(other)
        }
    }

    @Test(
        "proxies are chosen by scheme and left aside for what NO_PROXY lists",
        arguments: [
            ("https://a.example/", "http://secure:3128"), ("http://a.example/", "plain:3128"),
            ("https://127.0.0.1:5000/", ""), ("https://localhost/", ""), ("https://b.lan/", ""),
            ("https://x.b.lan/", ""), ("https://bb.lan/", "http://secure:3128"), ("https://c.lan:5000/", ""),
            ("https://c.lan/", "http://secure:3128"), ("https://10.1.2.3/", ""),
            ("https://10.2.2.3/", "http://secure:3128"),
            ("https://y.dot.lan/", ""), ("https://dot.lan/", "http://secure:3128"), ("https://[fd00::1]/", ""),
        ]
    )
    func proxies(address: String, proxy: String) throws {
        let environment = [
            "HTTPS_PROXY": "http://secure:3128", "http_proxy": "plain:3128",
            "NO_PROXY": "b.lan, c.lan:5000,10.1.0.0/16,.dot.lan,fd00::1",
        ]
        let settings = ProxySettings { environment[$0] }
        #expect(settings.proxy(for: try #require(WebAddress(address))) == proxy)
    }
}
