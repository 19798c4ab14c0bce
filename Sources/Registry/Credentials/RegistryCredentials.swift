/// What opens a registry to somebody.
public enum RegistryCredentials: Hashable, Sendable {
    /// A user name and a password, or a token that stands in for one.
    case basic(user: String, password: String)
    /// A token that a token service exchanges for access tokens (Docker's `identitytoken`).
    case identityToken(String)
    /// A token that is shown to the registry as it is (`registrytoken`).
    case registryToken(String)
}

/// Looks up who may enter the registry of an image; nil when nobody is known.
public typealias CredentialLookup = @Sendable (_ registry: String, _ repository: String) throws -> RegistryCredentials?
