internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import Glibc

/// `llmbox runtime`, or a program of the name `llmbox-runtime`: the OCI runtime with runc's command line.
///
/// Its options stand before the command, and its errors go to the file of `--log` as well, where engines look for them.
enum RuntimeEntry {
    /// Whether the program was called by the runtime's own name, which is all that some engines let a user choose.
    static func isAsked(program: String) -> Bool {
        program == "llmbox-runtime" || program.hasSuffix("/llmbox-runtime")
    }

    /// Runs one command and returns the exit status.
    static func run(_ arguments: [String]) -> Int32 {
        do {
            let options = try RuntimeOptions(arguments)
            if options.showsVersion {
                print("llmbox-runtime version \(LLMBoxVersion.number)\nspec: 1.2.0")
                return ExitStatus.success
            }
            return run(options)
        } catch {
            ErrorPresenter.present(error)
            return ExitStatus.failure
        }
    }

    private static func run(_ options: RuntimeOptions) -> Int32 {
        let command: any ParsableCommand
        do {
            command = try RuntimeCommand.parseAsRoot(options.arguments)
        } catch {
            return usageFailure(error)
        }
        do {
            if let action = command as? any RuntimeAction {
                var service = RuntimeService(root: options.root)
                service.usesSystemd = options.usesSystemd
                try action.perform(service)
            } else {
                var command = command
                try command.run()
            }
            return ExitStatus.success
        } catch let code as ExitCode {
            return code.rawValue
        } catch  where RuntimeCommand.exitCode(for: error) == .success {
            return usageFailure(error)
        } catch {
            options.log.write(logMessage(error))
            ErrorPresenter.present(error)
            // runc's: the status of a process is never mixed up with a failure to start it.
            return command is RuntimeExecCommand ? 255 : ExitStatus.failure
        }
    }

    /// The first line of an error's text, without the word in front.
    private static func logMessage(_ error: any Error) -> String {
        let line = ErrorPresenter.text(for: error).split(separator: "\n").first.map(String.init) ?? ""
        return line.hasPrefix("error: ") ? String(line.dropFirst("error: ".count)) : line
    }

    private static func usageFailure(_ error: any Error) -> Int32 {
        if RuntimeCommand.exitCode(for: error) == .success {
            print(RuntimeCommand.fullMessage(for: error))
            return ExitStatus.success
        }
        ErrorPresenter.write(RuntimeCommand.fullMessage(for: error) + "\n")
        return ExitStatus.failure
    }
}

/// A command of the runtime's.
protocol RuntimeAction: ParsableCommand {
    /// Does it, with the containers below `--root`.
    func perform(_ service: RuntimeService) throws
}

/// What stands between `runtime` and its command.
struct RuntimeOptions {
    /// The directory of the state.
    var root: String
    /// Whether containers are in units of systemd's.
    var usesSystemd = false
    /// Where errors go besides standard error.
    var log = RuntimeLog()
    /// Whether `--version` was given.
    var showsVersion = false
    /// The command and its arguments.
    var arguments: [String]

    /// Splits `arguments` at the first word that is no option.
    init(_ arguments: [String]) throws(RuntimeOptionError) {
        root = RuntimeService.defaultRoot { name in getenv(name).map { String(cString: $0) } }
        var rest = arguments[...]
        func value(_ name: String) throws(RuntimeOptionError) -> String {
            guard let value = rest.popFirst() else { throw .missingValue(name) }
            return value
        }
        while let word = rest.first, word.hasPrefix("-"), word != "--help", word != "-h" {
            rest.removeFirst()
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2 { rest.insert(parts[1], at: rest.startIndex) }
            switch parts[0] {
            case "--root": root = try value("--root")
            case "--log": log.path = try value("--log")
            case "--log-format":
                let format = try value("--log-format")
                guard format == "text" || format == "json" else { throw .badLogFormat(format) }
                log.isJSON = format == "json"
            case "--debug":
                if parts.count == 2 { rest.removeFirst() }  // `--debug=false` says no more than leaving it out
            case "--rootless":
                // What may be left out without root is found out by asking the kernel.
                let answer = try value("--rootless")
                guard ["true", "false", "auto"].contains(answer) else { throw .badAnswer(answer) }
            case "--criu": throw .noCheckpoints
            case "--systemd-cgroup":
                usesSystemd = parts.count == 1 ? true : try value("--systemd-cgroup") != "false"
            case "--version", "-v": showsVersion = true
            default: throw .unknown(parts[0])
            }
        }
        self.arguments = Array(rest)
    }
}

/// Why the words before the runtime's command cannot be used.
enum RuntimeOptionError: Explainable {
    case missingValue(String)
    case badLogFormat(String)
    case badAnswer(String)
    case noCheckpoints
    case unknown(String)

    var what: String {
        switch self {
        case .missingValue(let option): "cannot use `\(option)` without a value"
        case .badLogFormat(let format): "cannot write a log of the format `\(format)`"
        case .badAnswer(let answer): "cannot use `\(answer)` for `--rootless`"
        case .noCheckpoints: "cannot use `--criu`"
        case .unknown(let option): "cannot understand the option `\(option)`"
        }
    }

    var why: String? {
        if case .noCheckpoints = self { return "llmbox makes no checkpoints" }
        return nil
    }

    var remedy: String? {
        switch self {
        case .missingValue, .unknown: "see `llmbox runtime --help`"
        case .badLogFormat: "choose `text` or `json`"
        case .badAnswer: "choose `true`, `false` or `auto`"
        case .noCheckpoints: nil
        }
    }
}
