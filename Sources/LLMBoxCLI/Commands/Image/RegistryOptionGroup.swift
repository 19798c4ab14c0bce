internal import ArgumentParser
internal import Engine

/// How registries are reached: the same options wherever one is.
struct RegistryOptionGroup: ParsableArguments {
    @Option(
        name: .customLong("tls-verify"),
        help: ArgumentHelp("Whether certificates are checked; false allows plain HTTP too.", valueName: "true|false")
    )
    var verifiesTLS = true
    @Option(
        name: .customLong("creds"),
        help: ArgumentHelp("Who to be, instead of what is known from a login.", valueName: "user:password")
    )
    var credentials: String?
    @Option(
        name: .customLong("authfile"),
        help: ArgumentHelp("The credential file to use instead of the usual ones.", valueName: "file")
    )
    var authFile: String?
    @Option(
        name: .customLong("cert-dir"),
        help: ArgumentHelp(
            "Certificates: *.crt are trusted, NAME.cert with NAME.key is shown to the registry.",
            valueName: "directory"
        )
    )
    var certificateDirectory: String?

    /// What was said.
    var choices: RegistryAccess.Choices {
        var choices = RegistryAccess.Choices()
        choices.verifiesTLS = verifiesTLS
        choices.credentials = credentials
        choices.authFile = authFile
        choices.certificateDirectory = certificateDirectory
        return choices
    }

    /// How registries are reached by this command; `insecure` is what docker says for `--tls-verify=false`.
    func access(_ retry: RetryOptions? = nil, insecure: Bool = false) throws -> RegistryAccess {
        var choices = choices
        if insecure { choices.verifiesTLS = false }
        choices.retries = retry?.count
        choices.retryDelay = try retry?.delay()
        return try Self.access(choices)
    }

    /// How registries are reached, with a warning of what is wrong with the files that tell as whom.
    static func access(_ choices: RegistryAccess.Choices) throws -> RegistryAccess {
        warn(choices)
        return try RegistryAccess(choices, environment: GlobalSettings.environment)
    }

    /// Says what is wrong with the files that tell as whom registries are entered.
    static func warn(_ choices: RegistryAccess.Choices) {
        let complaints = RegistryAccess.complaints(choices, environment: GlobalSettings.environment)
        for complaint in complaints { ErrorPresenter.warn(complaint) }
    }
}
