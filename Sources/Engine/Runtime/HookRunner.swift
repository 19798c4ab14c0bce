internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// Runs the hooks of a specification that belong into the runtime's own namespaces.
enum HookRunner {
    /// Runs them in order, each with the container's state on its standard input.
    ///
    /// - Throws: ``RuntimeError/hook(path:reason:)`` at the first that fails.
    static func run(_ hooks: [RuntimeHook]?, state: RuntimeState) throws {
        for hook in hooks ?? [] { try run(hook, input: try CanonicalJSON.encode(state)) }
    }

    private static func run(_ hook: RuntimeHook, input: [UInt8]) throws {
        guard hook.path.hasPrefix("/") else {
            throw RuntimeError.hook(path: hook.path, reason: "its path is not absolute")
        }
        let child = try start(hook, input: input)
        let process = try ProcessDescriptor(opening: child)
        if let seconds = hook.timeout, seconds > 0,
            try !process.waitForEnd(milliseconds: Int32(clamping: min(seconds, 2_000_000) * 1000))
        {
            try? process.signal(SIGKILL)  // it may have ended this instant
            _ = try process.wait()
            throw RuntimeError.hook(path: hook.path, reason: "it did not end within \(seconds) s")
        }
        switch try process.wait() {
        case .exited(0): return
        case .exited(let status): throw RuntimeError.hook(path: hook.path, reason: "it ended with status \(status)")
        case .signaled(let signal): throw RuntimeError.hook(path: hook.path, reason: "signal \(signal) ended it")
        }
    }

    private static func start(_ hook: RuntimeHook, input: [UInt8]) throws -> pid_t {
        // A file, not a pipe: a hook that does not read must not keep us waiting.
        let state = try SealedMemory.file(input, name: "llmbox-state")
        _ = lseek(state.raw, 0, SEEK_SET)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, state.raw, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = (hook.args ?? [hook.path]).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = (hook.env ?? []).map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var child = pid_t()
        let result = posix_spawn(&child, hook.path, &actions, nil, &arguments, &environment)
        guard result == 0 else {
            let error = SyscallError("execute", hook.path, errno: Errno(rawValue: result))
            throw RuntimeError.hook(path: hook.path, reason: error.why ?? "it cannot be executed")
        }
        return child
    }
}
