internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// What the runtime remembers of a container between its commands.
struct RuntimeRecord: Codable {
    /// The version of the specification that the bundle is written in.
    var ociVersion: String
    /// The container's id.
    var id: String
    /// The bundle's directory, absolute.
    var bundle: String
    /// The root filesystem, absolute.
    var rootfs: String
    /// When it was made, as RFC 3339.
    var created: String
    /// The annotations of the specification.
    var annotations: [String: String]
    /// The first process.
    var process: ProcessIdentity
    /// The boot that the process belongs to.
    var bootID: String
    /// The directories of its control groups on the host.
    var cgroups: [String]
    /// The directory above its own in each hierarchy; empty for the top.
    var cgroupParent: String
    /// The name of its own directory.
    var cgroupName: String
    /// The scope of systemd's around the groups, where there is one.
    var unit: String?
    /// Its share of the processor's caches, where it has one.
    var cacheClass: CacheClass?
    /// The user that made it.
    var owner: UInt32
}

/// One container of the runtime's: a directory below `--root`.
struct RuntimeContainer {
    let id: String
    let directory: String

    var recordPath: String { directory + "/state.json" }
    var specPath: String { directory + "/config.json" }
    var planPath: String { directory + "/plan" }
    var socketPath: String { directory + "/start.sock" }

    init(id: String, root: String) {
        self.id = id
        directory = "\(root)/\(id)"
    }

    /// The record.
    ///
    /// - Throws: ``RuntimeError/notFound(_:)``.
    func record() throws -> RuntimeRecord {
        let bytes: [UInt8]
        do {
            bytes = try FileIO.readAll(path: recordPath, limit: 16 << 20)
        } catch {
            if error.errno == .noSuchFileOrDirectory { throw RuntimeError.notFound(id) }
            throw error
        }
        do {
            return try CanonicalJSON.decode(RuntimeRecord.self, from: bytes)
        } catch {
            throw RuntimeError.damaged(path: recordPath, reason: "\(error)")
        }
    }

    /// The specification that the container was made from.
    func spec() throws -> RuntimeSpec {
        let bytes = try FileIO.readAll(path: specPath, limit: 16 << 20)
        return try CanonicalJSON.decode(RuntimeSpec.self, from: bytes)
            .completed(bundle: "")
    }

    /// What the container is doing, in the words of runtime-spec, "State".
    func status(_ record: RuntimeRecord) -> RuntimeStatus {
        guard record.bootID == HostBoot.id, record.process.isAlive else { return .stopped }
        if access(socketPath, F_OK) == 0 { return .created }
        guard let layout = try? CgroupLayout.probe() else { return .running }  // nothing could have frozen it
        return CgroupSet(directories: record.cgroups, layout: layout).isFrozen ? .paused : .running
    }
}

/// What a container is doing.
public enum RuntimeStatus: String, Sendable {
    /// Set up, and waiting for its start.
    case created
    /// Its process runs.
    case running
    /// Its processes are frozen.
    case paused
    /// Its process has ended.
    case stopped
}
