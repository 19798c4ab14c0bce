internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import Glibc
internal import OCIModel

/// Where the commands get the containers from.
enum ContainerAccess {
    /// The containers of the store that this invocation works in.
    ///
    /// Images that are missing are fetched as `registry` says.
    static func service(
        registry: RegistryAccess.Choices = RegistryAccess.Choices(),
        isQuiet: Bool = false
    ) throws -> ContainerService {
        var service = try ContainerService(
            context: .current,
            environment: GlobalSettings.environment,
            fetchImage: { (name, platform) throws in try fetch(name, platform, registry, isQuiet) }
        )
        service.warn = ErrorPresenter.warn
        return service
    }

    /// Pulls an image, and says so on standard error, where docker says it.
    private static func fetch(
        _ name: String,
        _ platform: Platform,
        _ registry: RegistryAccess.Choices,
        _ isQuiet: Bool
    ) throws {
        let reference = try ImageReference(name)
        if !isQuiet { ErrorPresenter.write("Pulling `\(ErrorPresenter.printable(name))`\n") }
        let access = try RegistryOptionGroup.access(registry)
        _ = try ImageService(.current).pull(PullRequest(reference, platform: platform, access: access))
    }

    /// Does something to each of several containers; a failure does not keep the others from their turn.
    ///
    /// Prints each name for which it worked.
    /// - Parameters:
    ///   - references: the containers.
    ///   - ignoresMissing: whether one that does not exist is told of, and is no failure.
    ///   - body: what to do; returns what to print, nil for the reference itself.
    /// - Throws: `ExitCode` 1 when any failed.
    static func forEach(
        _ references: [String],
        ignoresMissing: Bool = false,
        _ body: (ContainerService, String) throws -> String?
    ) throws {
        let service = try service()
        var failed = false
        for reference in references {
            do {
                print(try body(service, reference) ?? reference)
            } catch {
                ErrorPresenter.present(error)
                if !ignoresMissing || !ContainerService.isMissing(error) { failed = true }
            }
        }
        if failed { throw ExitCode(ExitStatus.failure) }
    }
}

extension ContainerAccess {
    /// Stops several containers at once, then does something to each that has stopped; the same as ``forEach(_:_:)`` else.
    static func stopAll(
        _ references: [String],
        signal: String?,
        timeout: Int?,
        then body: (ContainerService, String) throws -> Void = { _, _ in }
    ) throws {
        let service = try service()
        let failures = try service.stopAll(references, signal: signal, timeout: timeout)
        var failed = false
        for (reference, failure) in zip(references, failures) {
            do {
                if let failure { throw failure }
                try body(service, reference)
                print(reference)
            } catch {
                ErrorPresenter.present(error)
                failed = true
            }
        }
        if failed { throw ExitCode(ExitStatus.failure) }
    }
}

/// The exit status of failures to start a process: 125, 126 or 127.
enum ContainerFailure {
    /// Runs `body`; an error of its is presented and becomes the exit status that docker gives it.
    ///
    /// - Parameters:
    ///   - otherwise: the status of errors that have nothing to do with starting a process.
    ///   - body: what to do.
    /// - Throws: `ExitCode`.
    static func exiting(
        otherwise: Int32 = ExitStatus.engineFailure,
        _ body: () throws -> Void
    ) throws {
        try exiting({ ContainerService.exitStatus(for: $0) ?? otherwise }, body)
    }

    /// The same with a rule of its own for the status.
    static func exiting(_ status: (any Error) -> Int32, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let code as ExitCode {
            throw code
        } catch {
            ErrorPresenter.present(error)
            throw ExitCode(status(error))
        }
    }
}

/// The file that `--cidfile` names.
struct CIDFile {
    private let path: String?

    /// Refuses a file that exists before any container is made, as docker does.
    init(_ path: String?) throws {
        if let path, access(path, F_OK) == 0 { throw CIDFileError.exists(path) }
        self.path = path
    }

    /// Writes the id.
    func write(_ id: String) throws {
        guard let path else { return }
        guard let file = fopen(path, "wxe") else { throw CIDFileError.notWritable(path) }
        fputs(id, file)
        guard fclose(file) == 0 else { throw CIDFileError.notWritable(path) }
    }
}

/// Why the file for the id cannot be written.
enum CIDFileError: Explainable {
    /// It is there already.
    case exists(String)
    /// The system refused.
    case notWritable(String)

    var what: String {
        switch self {
        case .exists(let path), .notWritable(let path): "cannot write the id to `\(path)`"
        }
    }

    var why: String? { if case .exists = self { "the file exists" } else { String(cString: strerror(errno)) } }

    var remedy: String? { if case .exists = self { "remove it, if its container is gone" } else { nil } }
}
