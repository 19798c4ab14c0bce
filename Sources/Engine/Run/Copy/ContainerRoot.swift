internal import ContainerRuntime
internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// The files of a container as its processes see them, by descriptor.
///
/// Of a running container it is the root of its first process, with everything that is mounted there. Of any other it is
/// mounted anew, volumes included, in a mount namespace that nobody else is in and that ends with this process: nothing is
/// left behind, whenever it is killed. In both cases paths are resolved beneath the root by the kernel (`BeneathPath`), and
/// nothing of the container's is executed or loaded (CVE-2018-15664, CVE-2019-14271).
enum ContainerRoot {
    /// Calls `body` with the root, and with what its files' owners are inside; a container that does not run is not started meanwhile.
    static func with<Result>(
        _ directory: ContainerDirectory,
        _ body: (borrowing BeneathPath, IDShift?) throws -> Result
    ) throws -> Result {
        // Of a container that runs, the files are seen as the kernel has them for everybody.
        let shift = IDShift(try directory.record())
        if let process = try directory.state().process, try directory.state().isRunning {
            let root = try OwnedFD.open("/proc/\(process.pid)/root", O_PATH | O_DIRECTORY)
            // The number could have come to mean another process before it was opened; not any more.
            if process.isAlive { return try body(BeneathPath(root: root), shift) }
        }
        let lock = try FileLock.acquire(directory.path + "/supervisor.lock", .exclusive)
        do {
            let isMapped = try directory.record().idPlacement == .mapped
            let result = try body(BeneathPath(root: mounted(directory)), isMapped ? nil : shift)
            lock.release()
            return result
        } catch {
            lock.release()
            throw error
        }
    }

    private static func mounted(_ directory: ContainerDirectory) throws -> OwnedFD {
        let record = try directory.record()
        try NamespaceControl.unshare(UInt64(NamespaceSet.mount.rawValue))
        try NamespaceControl.setPropagation(.slave)
        let overlay = try DetachedMount.overlay(
            lower: record.lowerDirectories.isEmpty ? [directory.path + "/empty"] : record.lowerDirectories,
            upper: directory.upperPath,
            work: directory.workPath
        )
        // Mounts go onto attached ones only, so it needs a place: one that only this namespace sees it at.
        try DetachedMount.attach(overlay, onto: OwnedFD.open(directory.upperPath, O_PATH | O_DIRECTORY))
        let root = BeneathPath(root: try overlay.duplicate())
        for mount in record.mounts where mount.type != "tmpfs" {
            let source = try DetachedMount.clone(path: mount.source, recursive: true)
            if !mount.writable { try DetachedMount.setAttributes(source, .readOnly, recursive: true) }
            if try FileStatus.of(source).kind == .directory { try root.makeDirectories(mount.destination) }
            // A file that is not there yet has no place before the first start.
            guard let place = try? root.open(mount.destination, O_PATH) else { continue }
            try DetachedMount.attach(source, onto: place)
        }
        if try LaunchPlan.decode(directory.plan()).operations.contains(.makeRootReadOnly) {
            try DetachedMount.setAttributes(overlay, .readOnly, recursive: false)
        }
        return overlay
    }
}
