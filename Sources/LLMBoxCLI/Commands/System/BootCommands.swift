internal import ArgumentParser
internal import Engine
internal import Glibc
internal import SystemPackage

/// `llmbox system boot`.
struct SystemBootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boot",
        abstract: "Start the containers that are to run again after a restart of the machine.",
        discussion: "`llmbox generate systemd` prints a unit that does so."
    )

    func run() throws {
        var failed = false
        try ContainerAccess.service().startAfterBoot { name, error in
            if let error {
                ErrorPresenter.present(error)
                failed = true
            } else {
                print(name)
            }
        }
        if failed { throw ExitCode(ExitStatus.failure) }
    }
}

/// `llmbox system halt`.
struct SystemHaltCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt",
        abstract: "Stop all containers before the machine goes down; `system boot` starts them again."
    )

    func run() throws {
        var failed = false
        try ContainerAccess.service().stopForShutdown { name, error in
            if let error {
                ErrorPresenter.present(error)
                failed = true
            } else {
                print(name)
            }
        }
        if failed { throw ExitCode(ExitStatus.failure) }
    }
}

/// The command `llmbox generate`.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Print files for other programs.",
        subcommands: [Systemd.self]
    )

    /// The command `llmbox generate systemd`.
    struct Systemd: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "systemd",
            abstract: "Print a systemd unit that starts containers again after a restart of the machine.",
            discussion: """
                llmbox generate systemd > /etc/systemd/system/llmbox.service && systemctl enable --now llmbox

                Without root it is one of the user's own manager, which runs from the start of the machine on once \
                `loginctl enable-linger` was called:

                llmbox generate systemd > ~/.config/systemd/user/llmbox.service && systemctl --user enable --now llmbox

                Which containers start again is their restart policy's say.
                """
        )

        func run() throws {
            let unit = Self.unit(program: Self.program(), root: Self.root(), isOfUser: RootlessEntry.isInside)
            try StandardOutput.write(unit)
        }

        /// The unit's text.
        static func unit(program: String, root: String, isOfUser: Bool) -> String {
            // A user's manager has no targets of the machine's; it starts after them.
            let order = isOfUser ? "" : "Wants=network-online.target\nAfter=network-online.target local-fs.target\n"
            let command = "\(quoted(program)) --root \(quoted(root)) system"
            return """
                [Unit]
                Description=Containers of llmbox that start again by their restart policy
                \(order)RequiresMountsFor=\(quoted(root))

                [Service]
                Type=oneshot
                RemainAfterExit=yes
                ExecStart=\(command) boot
                ExecStop=\(command) halt
                TimeoutStopSec=300

                [Install]
                WantedBy=\(isOfUser ? "default" : "multi-user").target

                """
        }

        /// A word as systemd reads it: `%` begins a specifier, and `$` a variable.
        private static func quoted(_ word: String) -> String {
            let plain = word.unicodeScalars.allSatisfy { scalar in
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                    || "/-_.+".unicodeScalars.contains(scalar)
            }
            if plain { return word }
            var text = ""
            for character in word {
                switch character {
                case "%", "$": text += "\(character)\(character)"
                case "\"", "\\": text += "\\\(character)"
                default: text.append(character)
                }
            }
            return "\"\(text)\""
        }

        private static func program() -> String {
            guard let path = realpath("/proc/self/exe", nil) else { return "/usr/local/bin/llmbox" }
            defer { free(path) }
            return String(cString: path)
        }

        private static func root() -> String { EngineContext.current.root.string }
    }
}
