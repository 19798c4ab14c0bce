internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

extension InitProcess {
    func mountOverlayRoot(_ request: OverlayRoot) throws(SyscallError) {
        try useAsRoot(try overlay(request))
    }

    private func overlay(_ request: OverlayRoot) throws(SyscallError) -> OwnedFD {
        let options = DetachedMount.OverlayOptions(volatile: request.volatile, userAttributes: request.userAttributes)
        guard let upper = request.upper, let work = request.work else {
            return try DetachedMount.readOnlyOverlay(lower: request.lower, options: options)
        }
        return try DetachedMount.overlay(lower: request.lower, upper: upper, work: work, options: options)
    }

    func bindRoot(_ path: String) throws(SyscallError) {
        let tree = try DetachedMount.clone(path: path, recursive: true)
        try DetachedMount.setAttributes(tree, [], propagation: .isolated, recursive: true)
        try useAsRoot(tree)
    }

    /// Attaches the tree on top of the host's root in this namespace: no directory of the host's is needed for it.
    func useAsRoot(_ tree: consuming OwnedFD) throws(SyscallError) {
        try DetachedMount.attach(tree, onto: root.root)
        root = BeneathPath(root: tree)
    }

    func mount(_ request: FilesystemMount) throws(SyscallError) {
        // A link at `/proc` or `/sys` could make what is written there later land anywhere.
        let isKernelView = request.type == "proc" || request.type == "sysfs"
        let target = try directory(request.target, followLinks: !isKernelView)
        let options = request.options.map { option -> (key: String, value: String?) in
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
        }
        let mount = try DetachedMount.filesystem(
            request.type,
            options: options,
            attributes: MountAttributes(rawValue: request.flags.rawValue)
        )
        if request.copiesUp { try copyUp(target, into: mount) }
        if request.propagation != .isolated {
            try DetachedMount.setAttributes(mount, [], propagation: request.propagation.kernelValue, recursive: false)
        }
        try DetachedMount.attach(mount, onto: target)
    }

    /// Fills a new file system with what the directory that it covers holds.
    private func copyUp(
        _ covered: borrowing OwnedFD,
        into mount: borrowing OwnedFD
    ) throws(SyscallError) {
        do {
            let source = try BeneathPath(root: covered.duplicate()).openDirectory(".")
            try TreeCopy.copy(source, into: BeneathPath(root: mount.duplicate()))
        } catch let error as SyscallError {
            throw error
        } catch {
            throw SyscallError("copy into a new file system: \(error)", errno: .ioError)
        }
    }

    /// Changes how mounts of this namespace spread; before the first change, takes what is to stay shared with the host.
    func setPropagation(_ propagation: Propagation) throws(SyscallError) {
        if sharedTrees == nil {
            sharedTrees = [:]
            for case .bind(let request) in plan.operations
            where request.propagation == .shared && request.passedMount == nil {
                // What cannot be had is reported by its own operation.
                guard request.sourceBeneath == nil,
                    let tree = try? DetachedMount.clone(path: request.source, recursive: request.recursive)
                else { continue }
                sharedTrees?[request.target] = tree.release()
            }
        }
        try NamespaceControl.setPropagation(propagation.kernelValue)
    }

    func bind(_ request: BindMount) throws(SyscallError) {
        if let index = request.passedMount {
            try attach(OwnedFD(adopting: firstPassedMount + Int32(index)), request)
            return
        }
        if let taken = sharedTrees?.removeValue(forKey: request.target) {
            try attach(OwnedFD(adopting: taken), request)
            return
        }
        let source: OwnedFD
        if let path = request.sourceBeneath {
            source = try BeneathPath(opening: request.source).open(path, O_PATH)
        } else {
            source = try OwnedFD.open(request.source, O_PATH)
        }
        try attach(try DetachedMount.clone(source, recursive: request.recursive), request)
    }

    func bindOverlay(_ request: OverlayBind) throws(SyscallError) {
        let whole = try overlay(request.overlay)
        // Before Linux 6.15 only mounts of one's own namespace can be cloned, so it must be attached for a moment. The
        // container's root is no place that anything would look up: its descriptor leads below what is attached there.
        try DetachedMount.attach(whole, onto: root.root)
        let tree = BeneathPath(root: whole)
        try attach(
            try DetachedMount.clone(try tree.open(request.beneath, O_PATH)),
            BindMount(source: "", target: request.target, recursive: false, flags: request.flags)
        )
        try DetachedMount.detach(tree.root)
    }

    func bindFromNamespace(_ request: NamespaceBind) throws(SyscallError) {
        let host = try OwnedFD.open("/", O_PATH | O_DIRECTORY)
        let own = try OwnedFD.open("/proc/self/ns/mnt", O_RDONLY)
        let other = try OwnedFD.open(request.namespace, O_RDONLY)
        // Only mounts of one's own namespace can be cloned, so this process enters the other one for a moment. Beneath that
        // container's root, because its links are not to be trusted.
        try NamespaceControl.join(NamespaceSet.mount.rawValue, of: other)
        let mount: OwnedFD
        do throws(SyscallError) {
            mount = try DetachedMount.clone(try BeneathPath(opening: "/").open(request.source, O_PATH))
        } catch {
            try NamespaceControl.join(NamespaceSet.mount.rawValue, of: own)
            throw error
        }
        try NamespaceControl.join(NamespaceSet.mount.rawValue, of: own)
        // The way back leads to what is mounted on top of the root here: the container's tree, and not the host's.
        let place = host.raw
        try check("enter the host's root") { fchdir(place) }
        try check("enter the host's root") { chroot(".") }
        try DetachedMount.attach(mount, onto: try directory(request.target, followLinks: true))
    }

    /// Attaches a tree that was cloned, with the attributes that the request has for all of it and for its top.
    private func attach(_ tree: consuming OwnedFD, _ request: BindMount) throws(SyscallError) {
        try DetachedMount.setAttributes(
            tree,
            MountAttributes(rawValue: request.recursiveFlags.rawValue),
            clear: MountAttributes(rawValue: request.recursivelyCleared.rawValue),
            propagation: request.propagation.kernelValue,
            recursive: request.recursive
        )
        try DetachedMount.setAttributes(tree, MountAttributes(rawValue: request.flags.rawValue), recursive: false)
        let isDirectory = try FileStatus.of(tree).kind == .directory
        let target = try isDirectory ? directory(request.target, followLinks: true) : file(request.target)
        // The kernel's own answer would be EINVAL, which is its answer to much else.
        if !isDirectory, try FileStatus.of(target).kind == .directory {
            throw SyscallError("put a file in the place of the directory", request.target, errno: .isDirectory)
        }
        try DetachedMount.attach(tree, onto: target)
    }

    func restrict(_ path: String, _ flags: MountFlags) throws(SyscallError) {
        let target = try root.open(path, O_PATH)
        try DetachedMount.setAttributes(target, MountAttributes(rawValue: flags.rawValue), recursive: false)
    }

    /// Opens a directory to mount on, and makes it if it is missing.
    private func directory(_ path: String, followLinks: Bool) throws(SyscallError) -> OwnedFD {
        do throws(SyscallError) {
            return try root.open(path, O_PATH | O_DIRECTORY, followLinks: followLinks)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        try root.makeDirectories(path)
        return try root.open(path, O_PATH | O_DIRECTORY, followLinks: followLinks)
    }

    /// Opens a file to mount on, and makes an empty one if it is missing.
    func file(_ path: String) throws(SyscallError) -> OwnedFD {
        do throws(SyscallError) {
            return try root.open(path, O_PATH)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try root.makeDirectories(String(path[..<slash]))
        }
        _ = try root.createFile(path, mode: 0o644)
        return try root.open(path, O_PATH | O_NOFOLLOW)
    }

    /// Opens what is to be covered, or nothing where it does not exist: profiles name paths of many kernels.
    private func existing(_ path: String) throws(SyscallError) -> OwnedFD? {
        do throws(SyscallError) {
            return try root.open(path, O_PATH)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
            throw error
        }
    }

    func mask(_ path: String) throws(SyscallError) {
        guard let target = try existing(path) else { return }
        guard try FileStatus.of(target).kind == .directory else {
            try DetachedMount.attach(try DetachedMount.clone(openNullDevice()), onto: target)
            return
        }
        // One file system for all: each more would cost a superblock for every container.
        if let empty = emptyDirectory.take() {
            try DetachedMount.attach(try DetachedMount.clone(empty), onto: target)
            emptyDirectory = .some(empty)
        } else {
            let empty = try DetachedMount.filesystem(
                "tmpfs",
                options: [("nr_blocks", "1"), ("nr_inodes", "1"), ("mode", "755")],
                attributes: [.readOnly, .noSetUserID, .noDevices, .noExecution]
            )
            try DetachedMount.attach(empty, onto: target)
            emptyDirectory = .some(empty)
        }
    }

    func makeReadOnly(_ path: String) throws(SyscallError) {
        guard let target = try existing(path) else { return }
        let tree = try DetachedMount.clone(target, recursive: true)
        try DetachedMount.setAttributes(tree, .readOnly, recursive: true)
        try DetachedMount.attach(tree, onto: target)
    }
}
