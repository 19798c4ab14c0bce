internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// The mounts of a container in whose user namespace those to whom its files belong do not exist.
///
/// Its process could not even reach them: the store is for its owner alone. So the parent makes them, and passes them:
///
///     root            layers and changes under the ids of the container (``IDPlacement``)
///     store's files   volumes, `/etc/hosts` and the like: the same
///     host's files    as they are
struct ShiftedMounts {
    /// The plan that takes the mounts which are passed along.
    let plan: LaunchPlan
    /// The mounts, in the order of their numbers.
    let files: [Int32]

    /// Makes the mounts of a plan; who gets them closes them.
    ///
    /// `store` is the directory whose files belong to the container rather than to the host.
    static func make(
        _ plan: LaunchPlan,
        _ record: ContainerRecord,
        _ directory: ContainerDirectory,
        store: String
    ) throws(SyscallError) -> ShiftedMounts {
        var maker = try MountMaker(record, directory, store: store)
        do throws(SyscallError) {
            return ShiftedMounts(plan: try maker.replacingMounts(of: plan), files: maker.files)
        } catch {
            for file in maker.files { Glibc.close(file) }
            throw error
        }
    }

    /// Closes the mounts; what was attached stays.
    func close() {
        for file in files { Glibc.close(file) }
    }
}

private struct MountMaker: ~Copyable {
    private(set) var files: [Int32] = []
    private let namespace: OwnedFD
    private let directory: ContainerDirectory
    private let store: String

    init(_ record: ContainerRecord, _ directory: ContainerDirectory, store: String) throws(SyscallError) {
        self.directory = directory
        self.store = store + "/"
        namespace =
            record.idPlacement == .mapped
            ? try MappedMount.namespace(
                users: Self.withMounter(record.userMappings ?? []),
                groups: Self.withMounter(record.groupMappings ?? [])
            )
            : OwnedFD(adopting: -1)
    }

    /// Adds who mounts the overlay, in whose name it makes its own directory and whiteouts.
    ///
    /// Whoever writes to a mapped mount must be in the map. On the disk these belong to an id that nobody has.
    private static func withMounter(_ rows: [IDMapping]) -> [IDMapping] {
        let nobody: UInt32 = 4_294_967_000
        return rows.contains { $0.outside == 0 } ? rows : rows + [IDMapping(inside: nobody, outside: 0, count: 1)]
    }

    mutating func replacingMounts(of plan: LaunchPlan) throws(SyscallError) -> LaunchPlan {
        var result = plan
        for (index, operation) in plan.operations.enumerated() {
            switch operation {
            case .mountOverlayRoot(let root):
                result.operations[index] = .usePassedRoot(pass(try overlay(root)))
            case .bind(var bind):
                bind.passedMount = pass(try tree(bind))
                result.operations[index] = .bind(bind)
            case .bindOverlay(let request):
                var bind = BindMount(source: "", target: request.target, recursive: false, flags: request.flags)
                bind.passedMount = pass(try tree(request))
                result.operations[index] = .bind(bind)
            default: break
            }
        }
        return result
    }

    private var mapsIDs: Bool { namespace.raw >= 0 }

    private mutating func pass(_ mount: consuming OwnedFD) -> UInt32 {
        files.append(mount.release())
        return UInt32(files.count - 1)
    }

    private func overlay(_ root: OverlayRoot) throws(SyscallError) -> OwnedFD {
        let options = DetachedMount.OverlayOptions(volatile: root.volatile, userAttributes: root.userAttributes)
        guard let upper = root.upper, let work = root.work else {
            return try DetachedMount.readOnlyOverlay(lower: root.lower, options: options)
        }
        guard mapsIDs else {
            return try DetachedMount.overlay(lower: root.lower, upper: upper, work: work, options: options)
        }
        return try DetachedMount.mappedOverlay(
            lower: root.lower,
            upper: upper,
            work: work,
            place: directory.path,
            by: namespace,
            options: options
        )
    }

    private func tree(_ bind: BindMount) throws(SyscallError) -> OwnedFD {
        let source: OwnedFD
        if let path = bind.sourceBeneath {
            source = try BeneathPath(opening: bind.source).open(path, O_PATH)
        } else {
            source = try OwnedFD.open(bind.source, O_PATH)
        }
        let tree = try DetachedMount.clone(source, recursive: bind.recursive)
        guard mapsIDs, bind.source.hasPrefix(store) else { return tree }
        do throws(SyscallError) {
            try DetachedMount.mapIDs(tree, by: namespace, recursive: bind.recursive)
        } catch {
            // A volume of a file system that cannot: its files show as they are, which is nobody's for most.
            guard [.invalidArgument, .notPermitted, .notSupported].contains(error.errno) else { throw error }
        }
        return tree
    }

    /// A part of an image, which is read-only and shows its files as they are in the store.
    private func tree(_ request: OverlayBind) throws(SyscallError) -> OwnedFD {
        let whole = try DetachedMount.readOnlyOverlay(lower: request.overlay.lower)
        if request.beneath == "." || request.beneath == "/" { return whole }
        return try DetachedMount.clone(try BeneathPath(root: whole).open(request.beneath, O_PATH))
    }
}
