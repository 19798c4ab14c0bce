internal import ArgumentParser
internal import Engine
internal import Glibc

/// The program: reads the command line, runs one command, and returns the exit status.
public enum LLMBoxMain {
    /// Runs the command that `arguments` name, without the program's own name in front.
    public static func run(arguments: [String]) -> Int32 {
        StandardOutput.replaceClosedStreams()
        if let status = MonitorEntry.runIfAsked(arguments) { return status }
        if RuntimeEntry.isAsked(program: CommandLine.arguments.first ?? "") { return RuntimeEntry.run(arguments) }
        // A reader that goes away (`llmbox ps | head -1`) is no failure: writes report EPIPE instead of killing us.
        signal(SIGPIPE, SIG_IGN)
        do {
            let settings = try GlobalSettings(arguments: arguments)
            // The monitor and exec'd helpers must find the same store.
            if let root = settings.root { setenv("LLMBOX_ROOT", root, 1) }
            if RootlessCommands.need(settings.arguments) {
                try RootlessEntry.enterIfNeeded(GlobalSettings.environment)
                RootlessCommands.warn(settings.arguments)
            }
            return dispatch(settings.arguments)
        } catch {
            ErrorPresenter.present(error)
            return ExitStatus.engineFailure
        }
    }

    private static func dispatch(_ arguments: [String]) -> Int32 {
        if arguments.first == "run", let plain = PlainRunArguments(arguments.dropFirst()) {
            return perform(startsContainers: true) {
                try RunCommand.run(plain.flags, detach: plain.detach, cidfile: try CIDFile(nil))
            }
        }
        if arguments.first == "exec", let plain = PlainExecArguments(arguments.dropFirst()) {
            return perform(startsContainers: true) { try ExecCommand.run(plain.flags, in: plain.container) }
        }
        // ArgumentParser would first ask every command whether it is about completion scripts.
        if arguments == ["--version"] || arguments == ["-v"] {
            print(LLMBoxVersion.text)
            return ExitStatus.success
        }
        if arguments.first == "runtime" { return RuntimeEntry.run(Array(arguments.dropFirst())) }
        if let word = arguments.first, !RootCommand.understands(word) {
            ErrorPresenter.write(UsageMessage.unknownCommand(word))
            return ExitStatus.failure
        }
        if let error = BuilderCommand.substitute(for: arguments) {
            ErrorPresenter.present(error)
            return ExitStatus.failure
        }
        if let message = UsageMessage.unknownSubcommand(arguments) {
            ErrorPresenter.write(message)
            return ExitStatus.failure
        }
        var command: any ParsableCommand
        do {
            command = try parsed(ArgumentForms.normalized(arguments))
        } catch {
            return usageFailure(error)
        }
        return perform(startsContainers: command is any StartsContainers) { try command.run() }
    }

    /// The command that the words are.
    private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        // To ArgumentParser a root is the whole tree below it, which takes longer than most commands run: the tree of all
        // commands is only asked about words that the command itself does not take, because it knows what to say.
        if let (type, depth) = OptionForms.command(in: arguments),
            let command = try? type.parse(Array(arguments[depth...]))
        {
            return command
        }
        return try RootCommand.parseAsRoot(arguments)
    }

    private static func perform(startsContainers: Bool, _ body: () throws -> Void) -> Int32 {
        do {
            try body()
            try StandardOutput.finish()
            return ExitStatus.success
        } catch let code as ExitCode {
            return code.rawValue
        } catch  where isRequestForHelp(error) {
            return usageFailure(error)
        } catch {
            ErrorPresenter.present(error)
            return startsContainers ? ExitStatus.engineFailure : ExitStatus.failure
        }
    }

    /// Help and version texts are data and succeed; anything else about the command line fails, with docker's statuses.
    private static func usageFailure(_ error: any Error) -> Int32 {
        if RootCommand.exitCode(for: error) == .success {
            print(RootCommand.fullMessage(for: error))
            return ExitStatus.success
        }
        ErrorPresenter.write(UsageMessage.text(for: error))
        return UsageMessage.status(for: error)
    }

    /// ArgumentParser throws its own errors from `run` too: the help command's, and validation failures.
    private static func isRequestForHelp(_ error: any Error) -> Bool {
        [.success, .validationFailure].contains(RootCommand.exitCode(for: error))
    }
}
