internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel

extension RuntimeSpec {
    /// What the specification leaves to the runtime, said in words: what runc does with the same document.
    ///
    /// - Parameter bundle: the directory that relative sources of bind mounts are in.
    /// - Returns: the specification to work with.
    func completed(bundle: String) -> RuntimeSpec {
        var spec = self
        spec.mounts = mounts?.map { mount in
            var mount = mount
            let isBind = mount.type == "bind" || (mount.options ?? []).contains { $0 == "bind" || $0 == "rbind" }
            if isBind, let source = mount.source, !source.hasPrefix("/") { mount.source = "\(bundle)/\(source)" }
            // Older engines wrote targets without the slash.
            if !mount.destination.hasPrefix("/") { mount.destination = "/" + mount.destination }
            return mount
        }
        spec.linux?.seccomp = linux?.seccomp.map(\.forThisMachine)
        return spec
    }
}

extension RuntimeProcess {
    /// With the variable `HOME`, where it has none: the user's own directory, as the container's table of users has it.
    func atHome(in rootfs: String) -> RuntimeProcess {
        guard let env, !env.contains(where: { $0.hasPrefix("HOME=") }) else { return self }
        var process = self
        process.env = env + ["HOME=" + Self.home(of: user.uid, in: rootfs)]
        return process
    }

    /// A table that cannot be read names nobody.
    private static func home(of user: UInt32, in rootfs: String) -> String {
        guard let root = try? BeneathPath(opening: rootfs),
            let table = try? root.readSmallFile("etc/passwd", limit: 4 << 20)
        else { return "/" }
        for line in table.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 6, UInt32(String(decoding: fields[2], as: UTF8.self)) == user else { continue }
            let home = String(decoding: fields[5], as: UTF8.self)
            return home.isEmpty ? "/" : home
        }
        return "/"
    }
}

extension LinuxSeccomp {
    /// With this machine's own way of making system calls, which is always allowed, and without those of other machines.
    fileprivate var forThisMachine: LinuxSeccomp {
        var filter = self
        let given = (architectures ?? []).filter { !Self.foreign.contains($0) }
        #if arch(arm64)
        let own = "SCMP_ARCH_AARCH64"
        #else
        let own = "SCMP_ARCH_X86_64"
        #endif
        filter.architectures = given.contains(own) ? given : [own] + given
        return filter
    }

    /// The names of processors that llmbox does not run on.
    private static let foreign = Set(
        [
            "LOONGARCH64", "M68K", "MIPS", "MIPS64", "MIPS64N32", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PARISC",
            "PARISC64",
            "PPC", "PPC64", "PPC64LE", "RISCV64", "S390", "S390X", "SH", "SHEB",
        ]
        .map { "SCMP_ARCH_" + $0 }
    )
}

/// Which kernel parameters a container may set: those of namespaces that are not the host's.
enum ContainerParameters {
    /// Refuses parameters of a namespace that is joined by path and turns out to be this process's own.
    ///
    /// What is the host's by the words of the specification is refused when the launch is planned.
    static func check(_ spec: RuntimeSpec) throws {
        guard let names = spec.linux?.sysctl?.keys, !names.isEmpty else { return }
        for namespace in spec.linux?.namespaces ?? [] {
            let file: String
            switch namespace.type {
            case .network: file = "net"
            case .ipc: file = "ipc"
            case .uts: file = "uts"
            default: continue
            }
            guard let path = namespace.path, !path.isEmpty, let name = names.first(where: { $0.needs(namespace.type) })
            else { continue }
            let (joined, own) = (try FileStatus.of(path: path), try FileStatus.of(path: "/proc/self/ns/\(file)"))
            guard joined.device != own.device || joined.inode != own.inode else {
                throw RuntimeError.contradiction(
                    "the kernel parameter `\(name)` is the host's, whose \(namespace.type.rawValue) namespace is joined"
                )
            }
        }
    }
}

extension String {
    fileprivate func needs(_ kind: LinuxNamespace.Kind) -> Bool { PlanCompiler.namespace(ofParameter: self) == kind }
}
