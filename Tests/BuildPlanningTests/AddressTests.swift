internal import BuildPlanning
internal import Testing

/// What counts as an address, and what of it may be shown.
@Suite struct AddressTests {
    @Test(
        "addresses of repositories are told from everything else",
        arguments: [
            ("https://host/r.git", "https://host/r.git", nil, nil),
            ("https://host/r.git#v1", "https://host/r.git", "v1", nil),
            ("https://host/r.git#v1:sub/dir", "https://host/r.git", "v1", "sub/dir"),
            ("https://host/r.git#:sub", "https://host/r.git", nil, "sub"),
            ("https://host/r.git#", "https://host/r.git", nil, nil),
            ("https://host:8443/a/r.git", "https://host:8443/a/r.git", nil, nil),
            ("https://[::1]:8443/r.git", "https://[::1]:8443/r.git", nil, nil),
            ("http://user:pw@host/r.git", "http://user:pw@host/r.git", nil, nil),
            ("git://host/r", "git://host/r", nil, nil),
            ("ssh://git@host:22/r", "ssh://git@host:22/r", nil, nil),
            ("git@github.com:org/r.git#main", "git@github.com:org/r.git", "main", nil),
            ("git@host:r", "git@host:r", nil, nil),
        ] as [(String, String, String?, String?)]
    )
    func git(text: String, remote: String, reference: String?, directory: String?) throws {
        let address = try #require(GitAddress(text))
        #expect(address.remote == remote)
        #expect(address.reference == reference)
        #expect(address.directory == directory)
    }

    @Test(
        "nothing that could mean something else to git gets through",
        arguments: [
            "", "r.git", "/srv/r.git", "./r.git", "file:///srv/r.git", "ext::sh -c x", "https://host/r",
            "https:///r.git",
            "https://host", "https://host/", "-u@host:r", "git@-oProxyCommand=x:r", "git@host:-r", "git@host::x",
            "host:r",
            "C:\\r.git", "https://host/a b.git", "https://host/r.git\n", "a@b@host:r", "ssh://-oProxyCommand=x/r",
        ]
    )
    func notGit(text: String) {
        #expect(GitAddress(text) == nil)
    }

    @Test("github.com without a scheme is an address only where a directory is not meant")
    func shorthand() {
        #expect(GitAddress("github.com/org/r.git") == nil)
        #expect(GitAddress("github.com/org/r.git", allowsShorthand: true)?.remote == "https://github.com/org/r.git")
        #expect(
            ContextLocation("github.com/org/r.git#v") == GitAddress("https://github.com/org/r.git#v").map { .git($0) }
        )
    }

    @Test(
        "references that git could take for something else are not plain",
        arguments: [
            ("v1.0", true), ("refs/heads/a-b", true), ("a@b", true), ("-x", false), ("+a", false), ("a:b", true),
            ("a..b", false), ("a*", false), ("a^", false), ("a~1", false),
        ]
    )
    func references(text: String, isPlain: Bool) throws {
        // What follows a colon is the directory.
        #expect(try #require(GitAddress("https://h/r.git#\(text)")).hasPlainReference == isPlain)
    }

    @Test("a commit is forty or sixty-four hexadecimal digits")
    func commits() throws {
        let digits = String(repeating: "0a", count: 20)
        #expect(GitAddress("git://h/r#\(digits)")?.commit == digits)
        #expect(GitAddress("git://h/r#\(digits)00")?.commit == nil)
        #expect(GitAddress("git://h/r#\(digits.uppercased())")?.commit == nil)
        #expect(GitAddress("git://h/r")?.commit == nil)
    }

    @Test(
        "names and passwords are taken out of whatever is shown",
        arguments: [
            ("https://user:pw@host/x", "https://host/x"), ("https://host/a@b", "https://host/a@b"),
            ("see https://a:b@h/x and https://c@d/y", "see https://h/x and https://d/y"),
            ("https://u:p@ss@host/x", "https://host/x"), ("git@host:r", "git@host:r"), ("", ""), ("://@", "://"),
            ("https://u:p@host?q=a@b", "https://host?q=a@b"), ("https://u:p@host#a@b", "https://host#a@b"),
        ]
    )
    func credentials(text: String, shown: String) {
        #expect(AddressText.withoutCredentials(text) == shown)
    }

    @Test(
        "a context is a directory, a stream, an address or a repository",
        arguments: [
            (".", ContextLocation.directory(".")), ("-", .standardInput), ("http://h/x.tar", .web("http://h/x.tar")),
            ("https://h/Dockerfile", .web("https://h/Dockerfile")), ("https", .directory("https")),
            ("a:b", .directory("a:b")),
        ]
    )
    func contexts(text: String, location: ContextLocation) {
        #expect(ContextLocation(text) == location)
    }
}
