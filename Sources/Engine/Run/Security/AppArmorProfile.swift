internal import Diagnostics
internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// The AppArmor profile of containers, on kernels that have AppArmor.
///
/// It stands behind what the mounts, the capabilities and the filter of system calls forbid already, and forbids the same.
enum AppArmorProfile {
    /// The name of the profile, as `/proc/<id>/attr/current` shows it.
    static let name = "llmbox-default"
    private static let parser = "apparmor_parser"
    private static let loaded = "/sys/kernel/security/apparmor/profiles"

    /// Whether the kernel has AppArmor, and it is switched on.
    static var isInKernel: Bool {
        let text = try? FileIO.readText(path: "/sys/module/apparmor/parameters/enabled")  // absent without it
        return text?.hasPrefix("Y") == true
    }

    /// Confines the process of a specification that names no profile and was not asked to go without.
    static func apply(to spec: inout RuntimeSpec, securityOptions: [String], isPrivileged: Bool) throws {
        guard spec.process?.apparmorProfile == nil, !isPrivileged,
            !securityOptions.contains(where: { $0 == "apparmor=unconfined" || $0 == "apparmor:unconfined" })
        else { return }
        spec.process?.apparmorProfile = try standard()
    }

    /// The profile's name once the kernel knows it; nil where nothing can be confined.
    ///
    /// Without root nobody may load a profile, and without AppArmor's own compiler nobody can make one: as with Docker,
    /// containers then have none.
    static func standard() throws -> String? {
        guard isInKernel, !UserNamespace.isOwn else { return nil }
        // One line for each profile: its name and how it is enforced.
        let known = (try? FileIO.readText(path: loaded)) ?? ""  // without securityfs it is loaded again
        if known.split(separator: "\n").contains(where: { $0.hasPrefix(name + " ") }) { return name }
        let programs = ["/sbin/", "/usr/sbin/"].map { $0 + parser }
        guard let program = programs.first(where: { access($0, X_OK) == 0 }) else { return nil }
        try load(by: program)
        return name
    }

    private static func load(by program: String) throws {
        let file = try SealedMemory.file(Array(text.utf8), name: "llmbox-profile")
        _ = lseek(file.raw, 0, SEEK_SET)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, file.raw, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        // Without the caller's configuration, in the place of an older version, and without leaving a file of it.
        let words: [String] = [program, "-q", "-K", "-r"]
        let variables: [String] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var child = pid_t()
        let result = posix_spawn(&child, program, &actions, nil, &arguments, &environment)
        guard result == 0 else { throw SyscallError("execute", program, errno: Errno(rawValue: result)) }
        let ending = try ProcessDescriptor(opening: child).wait()
        guard ending == .exited(0) else { throw AppArmorError.notLoaded(program) }
    }

    /// What the profile says, in the language of apparmor.d(5).
    static let text = """
        profile \(name) flags=(attach_disconnected,mediate_deleted) {
          network,
          capability,
          file,
          umount,
          unix,
          # Who manages containers may signal them; they may signal and trace one another.
          signal (receive) peer=unconfined,
          signal (send,receive) peer=\(name),
          ptrace (trace,read,tracedby,readby) peer=\(name),
          deny mount,
          # Processes may change what is their own in procfs, and nothing of the machine's.
          deny /proc/* w,
          deny /proc/[a-rt-z]*/** w,
          deny /proc/s[^y]*/** w,
          deny /proc/sys/[^k]** w,
          # Of the kernel's parameters, those of System V shared memory belong to the container.
          deny /proc/sys/kernel/[^s]** w,
          deny /proc/sys/kernel/s[^h]** w,
          deny /proc/sys/kernel/sh[^m]** w,
          deny /proc/{sysrq-trigger,kcore} rwklx,
          # Nothing below /sys but control groups.
          deny /sys/[^f]** wklx,
          deny /sys/f[^s]** wklx,
          deny /sys/fs/[^c]** wklx,
          deny /sys/fs/c[^g]** wklx,
          deny /sys/{firmware,kernel/security,devices/virtual/powercap}/** rwklx,
        }

        """
}

/// Why a container cannot be confined.
enum AppArmorError: Explainable, Equatable {
    /// The compiler refused the profile.
    case notLoaded(String)

    var what: String { "cannot load the AppArmor profile of containers" }

    var why: String? {
        switch self {
        case .notLoaded(let program): "`\(program)` refused it"
        }
    }

    var remedy: String? { "run without it by `--security-opt apparmor=unconfined`" }
}
