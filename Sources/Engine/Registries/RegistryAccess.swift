public import Diagnostics
internal import Registry

/// How registries are reached: what is trusted, and as whom we come.
public struct RegistryAccess: Sendable {
    /// What the command line says about registries; everything left out is as the environment has it.
    public struct Choices: Equatable, Sendable {
        /// Whether certificates are checked; false allows plain HTTP too, for the named registry only.
        public var verifiesTLS = true
        /// `USER:PASSWORD`, instead of what is known from a login.
        public var credentials: String?
        /// The credential file to use instead of the usual ones.
        public var authFile: String?
        /// A directory of certificates in docker's form.
        public var certificateDirectory: String?
        /// How often a failed request is made again; nil for the usual number.
        public var retries: Int?
        /// The first pause before that in milliseconds, which doubles each time; nil for the usual one.
        public var retryDelay: Int?

        /// Chooses nothing.
        public init() {}
    }

    /// What is said on the command line.
    public let choices: Choices
    let options: RegistryOptions
    let credentials: CredentialStore

    /// Takes the command line's choices, and for the rest `environment`: `LLMBOX_INSECURE_REGISTRIES`, `SSL_CERT_FILE`
    /// and `SSL_CERT_DIR`, and where credential files are.
    ///
    /// - Throws: ``RegistryAccessError/malformedCredentials``.
    public init(_ choices: Choices, environment: (String) -> String?) throws(RegistryAccessError) {
        var options = RegistryOptions(verifiesTLS: choices.verifiesTLS, environment: environment)
        options.trust.registryDirectory = choices.certificateDirectory
        if let retries = choices.retries { options.retry.attempts = max(0, retries) + 1 }
        if let delay = choices.retryDelay { options.retry.firstPause = max(1, delay) }
        let store = CredentialStore(authFile: choices.authFile, environment: environment)
        options.mirrorCredentials = { try store.credentials(registry: $0, repository: $1) }
        if let text = choices.credentials {
            guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { throw .malformedCredentials }
            let password = String(text[text.index(after: colon)...])
            let given = RegistryCredentials.basic(user: String(text[..<colon]), password: password)
            options.credentials = { _, _ in given }
        } else {
            options.credentials = { try store.credentials(registry: $0, repository: $1) }
        }
        self.options = options
        self.choices = choices
        credentials = store
    }

    /// What is wrong with the user's credential files; nothing where they are not asked.
    public static func complaints(_ choices: Choices, environment: (String) -> String?) -> [any Explainable] {
        guard choices.credentials == nil else { return [] }
        return CredentialStore(authFile: choices.authFile, environment: environment).complaints()
    }

    /// Takes everything from `environment`, except whether certificates are checked.
    public init(verifiesTLS: Bool = true, environment: (String) -> String?) {
        var choices = Choices()
        choices.verifiesTLS = verifiesTLS
        let store = CredentialStore(environment: environment)
        var options = RegistryOptions(verifiesTLS: verifiesTLS, environment: environment)
        options.credentials = { try store.credentials(registry: $0, repository: $1) }
        options.mirrorCredentials = options.credentials
        self.options = options
        self.choices = choices
        credentials = store
    }
}
