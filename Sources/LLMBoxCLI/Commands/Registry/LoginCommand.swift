internal import ArgumentParser
internal import Engine
internal import Glibc

/// `llmbox login`.
struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Log in to a registry.",
        discussion: """
            The credentials are tried at the registry, then kept where docker keeps its own: by the credential helper \
            that is configured, else in config.json.
            """
    )

    @Option(name: [.customShort("u"), .long], help: "The user name.")
    var username: String?
    @Option(name: [.customShort("p"), .long], help: "The password or access token.")
    var password: String?
    @Flag(name: .customLong("password-stdin"), help: "Read the password from standard input.")
    var passwordFromInput = false
    @Option(
        name: .customLong("tls-verify"),
        help: ArgumentHelp("Whether certificates are checked; false allows plain HTTP too.", valueName: "true|false")
    )
    var verifiesTLS = true
    @Option(name: .customLong("authfile"), help: "The credential file to use instead of the usual ones.")
    var authFile: String?
    @Option(name: .customLong("cert-dir"), help: "Certificates: *.crt are trusted.")
    var certificateDirectory: String?
    @Argument(help: "HOST[:PORT]; Docker Hub when it is left out.")
    var registry: String?

    func validate() throws {
        guard passwordFromInput else { return }
        guard password == nil else { throw ValidationError("--password and --password-stdin exclude each other") }
        guard username != nil else { throw ValidationError("--password-stdin needs --username") }
    }

    func run() throws {
        var choices = RegistryAccess.Choices()
        choices.verifiesTLS = verifiesTLS
        choices.authFile = authFile
        choices.certificateDirectory = certificateDirectory
        let service = try LoginService(registry, choices, environment: GlobalSettings.environment)
        if password != nil {
            ErrorPresenter.write("WARNING: other users can see a password on the command line; use --password-stdin.\n")
        }
        let user = try username ?? Prompt.line("Username", proposal: service.knownUser())
        let secret: String
        if let password {
            secret = password
        } else if passwordFromInput {
            secret = try Prompt.all()
        } else {
            secret = try Prompt.secret("Password")
        }
        switch try service.login(user: user, password: secret) {
        case .file(let path):
            ErrorPresenter.write(
                "WARNING: the password is kept unencrypted in \(ErrorPresenter.printable(path)). A credential helper "
                    + "(`credsStore` in that file) keeps it better.\n"
            )
        case .helper: break
        }
        try StandardOutput.line("Login Succeeded")
    }
}

/// `llmbox logout`.
struct LogoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logout", abstract: "Forget the login to a registry.")

    @Flag(name: .shortAndLong, help: "Log out of all registries.")
    var all = false
    @Option(name: .customLong("authfile"), help: "The credential file to use instead of the usual ones.")
    var authFile: String?
    @Argument(help: "HOST[:PORT]; Docker Hub when it is left out.")
    var registry: String?

    func validate() throws {
        if all, registry != nil { throw ValidationError("--all and a registry exclude each other") }
    }

    func run() throws {
        var choices = RegistryAccess.Choices()
        choices.authFile = authFile
        let service = try LoginService(registry, choices, environment: GlobalSettings.environment)
        if all {
            for name in try service.logoutOfAll() { try StandardOutput.line("Removing login credentials for \(name)") }
        } else if try service.logout() {
            try StandardOutput.line("Removing login credentials for \(service.registry)")
        } else {
            try StandardOutput.line("Not logged in to \(service.registry)")
        }
    }
}
