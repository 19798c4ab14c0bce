internal import Registry

/// How registries are reached: what is trusted, and as whom we come.
public struct RegistryAccess: Sendable {
    let options: RegistryOptions

    /// Takes what the command line says, and for the rest `environment`: `LLMBOX_INSECURE_REGISTRIES`, `SSL_CERT_FILE`
    /// and `SSL_CERT_DIR`.
    public init(verifiesTLS: Bool = true, environment: (String) -> String?) {
        options = RegistryOptions(verifiesTLS: verifiesTLS, environment: environment)
    }
}
