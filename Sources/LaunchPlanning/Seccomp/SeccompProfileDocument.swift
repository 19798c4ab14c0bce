internal import Diagnostics
public import OCIModel

/// A profile in Docker's JSON form, whose rules depend on architecture, kernel and capabilities.
public struct SeccompProfileDocument: Decodable, Sendable {
    let defaultAction: SeccompAction
    let defaultErrnoRet: UInt32?
    let architectures: [String]?
    let archMap: [ArchitectureGroup]?
    let flags: [String]?
    let syscalls: [Rule]?

    struct ArchitectureGroup: Decodable, Sendable {
        let architecture: String
        let subArchitectures: [String]?
    }

    struct Rule: Decodable, Sendable {
        let names: [String]?
        let name: String?
        let action: SeccompAction
        let errnoRet: UInt32?
        let args: [SeccompArgument]?
        let includes: Filter?
        let excludes: Filter?
    }

    struct Filter: Decodable, Sendable {
        let caps: [String]?
        let arches: [String]?
        let minKernel: String?
    }

    /// Reads a profile.
    ///
    /// - Throws: ``SeccompError/malformedProfile(_:)``.
    public static func parse(_ bytes: [UInt8]) throws(SeccompError) -> SeccompProfileDocument {
        do {
            return try CanonicalJSON.decode(SeccompProfileDocument.self, from: bytes)
        } catch {
            throw .malformedProfile("\(error)")
        }
    }

    /// The filter for one container; the parameters are those of ``DefaultSeccompProfile/filter(capabilities:platform:kernel:)``.
    public func filter(
        capabilities: Set<Capability>,
        platform: String,
        kernel: KernelVersion
    ) -> LinuxSeccomp {
        var filter = LinuxSeccomp(defaultAction: defaultAction, defaultErrnoRet: defaultErrnoRet)
        let known = Set(SyscallArchitecture.forPlatform(platform).map(\.rawValue))
        let native = SyscallArchitecture.forPlatform(platform).first?.rawValue
        if let archMap {
            let group = archMap.first { $0.architecture == native }
            filter.architectures = [group?.architecture].compactMap { $0 } + (group?.subArchitectures ?? [])
        } else {
            // Other processors' architectures stand in many profiles and mean nothing here.
            filter.architectures = (architectures ?? [native].compactMap { $0 }).filter(known.contains)
        }
        filter.flags = flags
        filter.syscalls = (syscalls ?? []).compactMap { rule in
            if let includes = rule.includes, !includes.allHold(capabilities, platform, kernel) { return nil }
            if let excludes = rule.excludes, excludes.anyHolds(capabilities, platform, kernel) { return nil }
            let names = (rule.names ?? []) + [rule.name].compactMap { $0 }
            let args = rule.args.flatMap { $0.isEmpty ? nil : $0 }
            return SeccompRule(names, rule.action, errno: rule.errnoRet, args: args)
        }
        return filter
    }
}

extension SeccompProfileDocument.Filter {
    fileprivate func allHold(_ capabilities: Set<Capability>, _ platform: String, _ kernel: KernelVersion) -> Bool {
        if let arches, !arches.isEmpty, !arches.contains(platform) { return false }
        if let caps, !caps.allSatisfy({ holds($0, in: capabilities) }) { return false }
        if let minKernel, let minimum = KernelVersion(minKernel), kernel < minimum { return false }
        return true
    }

    fileprivate func anyHolds(_ capabilities: Set<Capability>, _ platform: String, _ kernel: KernelVersion) -> Bool {
        if let arches, arches.contains(platform) { return true }
        if let caps, caps.contains(where: { holds($0, in: capabilities) }) { return true }
        if let minKernel, let minimum = KernelVersion(minKernel), kernel >= minimum { return true }
        return false
    }

    private func holds(_ name: String, in capabilities: Set<Capability>) -> Bool {
        Capability(name: name).map(capabilities.contains) ?? false
    }
}
