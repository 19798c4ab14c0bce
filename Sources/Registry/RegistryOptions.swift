internal import Glibc

/// How registries are reached: what is trusted, and how patient we are.
public struct RegistryOptions: Sendable {
    /// Registries, as `host` or `host:port`, that may speak plain HTTP or show any certificate.
    public var insecureRegistries: Set<String>
    /// Whether certificates are checked; false allows plain HTTP too, for the named registry only.
    public var verifiesTLS: Bool
    /// Where trusted certificates are.
    public var trust: TLSTrust
    /// How often and how soon a failed request is made again.
    public var retry: RetryPolicy
    /// How many blobs are moved at the same time.
    public var parallelBlobs: Int
    /// Who may enter a registry; nil knows nobody.
    public var credentials: CredentialLookup?
    /// Who may enter a mirror, or another place that is not the one of the image's name; nil knows nobody.
    public var mirrorCredentials: CredentialLookup?
    /// The files that say where images are looked for.
    public var configuration = RegistryRules.Files()
    /// Which proxies lead out.
    public var proxies = ProxySettings()
    /// How many seconds a connection may bring nothing before it counts as broken.
    public var patience = 60
    /// Whether an image that exists for one platform only will do for another.
    public var takesOtherPlatforms = false
    /// The bytes of a large blob that one request carries at most, on a fast line: what a fault can cost.
    public var pieceSize: Int64 = 64 << 20

    /// Makes options from their parts.
    public init(
        insecureRegistries: Set<String> = [],
        verifiesTLS: Bool = true,
        trust: TLSTrust = TLSTrust(),
        retry: RetryPolicy = RetryPolicy(),
        parallelBlobs: Int = 3
    ) {
        self.insecureRegistries = insecureRegistries
        self.verifiesTLS = verifiesTLS
        self.trust = trust
        self.retry = retry
        self.parallelBlobs = parallelBlobs
    }

    /// Takes `LLMBOX_INSECURE_REGISTRIES` (separated by commas), `LLMBOX_REGISTRY_TIMEOUT` (in seconds), `SSL_CERT_FILE`,
    /// `SSL_CERT_DIR`, the proxies, and where configuration files are.
    public init(verifiesTLS: Bool = true, environment: (String) -> String?) {
        let insecure = environment("LLMBOX_INSECURE_REGISTRIES")?.split { $0 == "," || $0 == " " } ?? []
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            insecureRegistries: Set(insecure.map { $0.lowercased() }),
            verifiesTLS: verifiesTLS,
            trust: TLSTrust(file: value("SSL_CERT_FILE"), directory: value("SSL_CERT_DIR"))
        )
        configuration = RegistryRules.Files(environment: environment)
        proxies = ProxySettings(environment: environment)
        patience = value("LLMBOX_REGISTRY_TIMEOUT").flatMap { Int($0) }.map { max(1, $0) } ?? patience
    }
}

/// How often and how soon a failed request is made again.
public struct RetryPolicy: Equatable, Sendable {
    /// How often a request is made in all.
    public var attempts: Int
    /// The pause before the second attempt, in milliseconds; it doubles each time, up to 8 seconds.
    public var firstPause: Int

    /// Makes a policy from its parts.
    public init(attempts: Int = 5, firstPause: Int = 300) {
        self.attempts = attempts
        self.firstPause = firstPause
    }

    /// Whether a response with `status` means that trying again may help.
    static func isTransient(_ status: Int) -> Bool { [408, 425, 429, 500, 502, 503, 504].contains(status) }

    /// Waits after `failures` failures, and as long as the `response` asks for.
    func wait(after failures: Int, _ response: HTTPResponse? = nil) {
        let seconds = response?.header("retry-after").flatMap(Self.seconds)
        let milliseconds = pause(after: failures, serverAsks: seconds)
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        var left = timespec()
        while nanosleep(&time, &left) != 0, errno == EINTR { time = left }
    }

    /// What `Retry-After` says: seconds, or a date.
    private static func seconds(_ text: String) -> Int? {
        Int(text) ?? HTTPDate.seconds(text).map { max(0, Int($0) - time(nil)) }
    }

    /// The pause after `failures` failures in milliseconds, or what the server asked for up to 30 seconds.
    func pause(after failures: Int, serverAsks seconds: Int? = nil) -> Int {
        let own = min(8000, firstPause << min(failures - 1, 16))
        return seconds.map { max(own, min($0, 30) * 1000) } ?? own
    }
}
