internal import LaunchPlanning
internal import LinuxKernel

extension RunRequest {
    /// Understands one value of `--security-opt`.
    mutating func readSecurityOption(_ text: String) throws {
        // `key=value` and, as docker once wrote it, `key:value`.
        let pair = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "=" || $0 == ":" }.map(
            String.init
        )
        switch (pair[0], pair.count > 1 ? pair[1] : "true") {
        case ("no-new-privileges", "true"): options.noNewPrivileges = true
        case ("no-new-privileges", "false"): options.noNewPrivileges = false
        case ("seccomp", "unconfined"): options.seccomp = .unconfined
        case ("seccomp", "builtin"): options.seccomp = .standard
        case ("seccomp", let path):
            let bytes = try FileIO.readAll(path: absolute(path), limit: 4 << 20)
            options.seccomp = .profile(try SeccompProfileDocument.parse(bytes))
        case ("systempaths", "unconfined"): options.shownPaths = ["*"]
        case ("unmask", let list): options.shownPaths += Self.paths(list).map { $0 == "ALL" ? "*" : $0 }
        case ("mask", let list):
            options.hiddenPaths += try Self.paths(list).map { (path) throws in
                guard path.hasPrefix("/") else {
                    throw ArgumentError.invalid(option: "--security-opt", value: text, why: "a path begins with `/`")
                }
                return path
            }
        case ("apparmor", "unconfined"), ("label", "disable"): break
        case ("apparmor", let profile): try useAppArmor(profile, text)
        case ("label", let part): try useLabel(part, text)
        default:
            throw ArgumentError.unsupported(
                option: "`--security-opt \(text)`",
                why:
                    "there are `no-new-privileges`, `seccomp=`, `systempaths=unconfined`, `mask=`, `unmask=`, `apparmor=` "
                    + "and `label=`"
            )
        }
    }

    private static func paths(_ list: String) -> [String] { list.split(separator: ":").map(String.init) }

    private mutating func useAppArmor(_ profile: String, _ text: String) throws {
        // Without the file the kernel has no AppArmor, or has it turned off.
        let state = try? FileIO.readText(path: "/sys/module/apparmor/parameters/enabled")
        guard state?.hasPrefix("Y") == true else {
            throw ArgumentError.unsupported(option: "`--security-opt \(text)`", why: "this kernel has no AppArmor")
        }
        // Who has no right to list them is told by the start of the container.
        if let loaded = try? FileIO.readText(path: "/sys/kernel/security/apparmor/profiles"),
            !loaded.split(separator: "\n").contains(where: { $0.hasPrefix(profile + " (") })
        {
            let why = "no such profile is loaded; load it with `apparmor_parser -r`"
            throw ArgumentError.invalid(option: "--security-opt", value: text, why: why)
        }
        options.appArmorProfile = profile
    }

    /// Replaces one part of the label that this process has: `type:container_t`.
    private mutating func useLabel(_ part: String, _ text: String) throws {
        guard SecurityLabels.areOn, let own = try? FileIO.readText(path: "/proc/self/attr/current") else {
            throw ArgumentError.unsupported(
                option: "`--security-opt \(text)`",
                why: "this kernel enforces no SELinux labels"
            )
        }
        let pair = part.split(separator: ":", maxSplits: 1).map(String.init)
        guard pair.count == 2, let place = ["user", "role", "type", "level"].firstIndex(of: pair[0]) else {
            let why = "there are `disable`, `user:`, `role:`, `type:` and `level:`"
            throw ArgumentError.invalid(option: "--security-opt", value: text, why: why)
        }
        let label = options.selinuxLabel ?? String(own.prefix { $0 != "\0" && $0 != "\n" })
        var fields = label.split(separator: ":", maxSplits: 3).map(String.init)
        while fields.count <= place { fields.append("s0") }
        fields[place] = pair[1]
        options.selinuxLabel = fields.joined(separator: ":")
    }
}
