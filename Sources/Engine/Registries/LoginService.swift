internal import OCIModel
internal import Registry

/// Logs in to registries and out again.
public struct LoginService {
    /// Where the credentials of a login went.
    public enum Place: Equatable, Sendable {
        /// A file, readable by its owner only, but as plain text.
        case file(String)
        /// The program `docker-credential-NAME`.
        case helper(String)
    }

    /// The registry, as references name it.
    public let registry: String
    private let reference: ImageReference
    private let choices: RegistryAccess.Choices
    private let store: CredentialStore
    private let environment: (String) -> String?

    /// Prepares for a registry: `host[:port]`, perhaps with a scheme in front as docker accepts it; nil is Docker Hub.
    ///
    /// - Throws: ``RegistryAccessError/badRegistry(_:)``.
    public init(
        _ registry: String?,
        _ choices: RegistryAccess.Choices,
        environment: @escaping (String) -> String?
    ) throws(RegistryAccessError) {
        let name = CredentialStore.registryName(registry ?? ImageReference.defaultDomain)
        // Only as a reference is a name known to be a host; `login` stands for any repository.
        guard let reference = try? ImageReference("\(name)/any/login"), reference.domain == name else {
            throw .badRegistry(registry ?? name)
        }
        self.registry = name
        self.reference = reference
        self.choices = choices
        self.environment = environment
        store = CredentialStore(authFile: choices.authFile, environment: environment)
    }

    /// The user name that is known already, as a proposal.
    public func knownUser() -> String? {
        guard case .basic(let user, _)? = try? store.credentials(registry: registry, repository: "") else { return nil }
        return user
    }

    /// Tries the credentials at the registry, and keeps them when it accepts them.
    ///
    /// - Throws: Errors of the registry, and of the place where credentials are kept.
    public func login(user: String, password: String) throws -> Place {
        guard !user.isEmpty else { throw RegistryAccessError.incomplete(missing: "user name") }
        guard !password.isEmpty else { throw RegistryAccessError.incomplete(missing: "password") }
        let credentials = RegistryCredentials.basic(user: user, password: password)
        var options = try RegistryAccess(choices, environment: environment).options
        options.credentials = { _, _ in credentials }
        try RegistryClient(options: options).checkLogin(reference)
        return switch try store.save(credentials, for: registry) {
        case .file(let path): .file(path)
        case .helper(let name): .helper(name)
        }
    }

    /// Forgets the credentials.
    ///
    /// - Returns: Whether there were any.
    public func logout() throws -> Bool { try store.erase(registry) }

    /// Logs out of every registry that the credential file knows.
    ///
    /// - Returns: Their names.
    public func logoutOfAll() throws -> [String] {
        let names = try store.registries()
        for name in names { _ = try store.erase(name) }
        return names
    }
}
