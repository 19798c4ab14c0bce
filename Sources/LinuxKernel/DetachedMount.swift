internal import CLinux
internal import Diagnostics
internal import Glibc
internal import SystemPackage

/// Mounts that no path leads to: they live as long as a descriptor of theirs, or whatever they were moved to.
public enum DetachedMount {
    /// What an overlay is made of besides its lower directories.
    public struct OverlayOptions: Equatable, Sendable {
        /// Whether nothing may be synced to disk: faster, and the upper directory is worthless after a crash.
        public var volatile: Bool
        /// Whether the overlay keeps its marks in `user.overlay.*`, as it must inside a user namespace (Linux 5.11).
        public var userAttributes: Bool
        /// Mount attributes, `MountAttributes.readOnly` and others.
        public var attributes: MountAttributes

        /// Makes options; the defaults are those of a container's root.
        public init(volatile: Bool = false, userAttributes: Bool = false, attributes: MountAttributes = []) {
            self.volatile = volatile
            self.userAttributes = userAttributes
            self.attributes = attributes
        }
    }

    /// Mounts an overlay of up to about 500 directories and returns its root.
    ///
    /// The lower directories are opened here and handed to the kernel as descriptors, so neither their number, their
    /// length nor a `:` in their names matters.
    ///
    /// `lower` has at least one directory, the topmost first. `upper` receives all changes; `work` is an empty directory
    /// on the same file system as `upper`.
    public static func overlay(
        lower: [String],
        upper: String,
        work: String,
        options: OverlayOptions = OverlayOptions()
    ) throws(SyscallError) -> OwnedFD {
        try OverlayBuilder(lower: lower, upper: upper, work: work, options: options).mount()
    }

    /// Mounts the union of directories for reading only.
    public static func readOnlyOverlay(
        lower: [String],
        options: OverlayOptions = OverlayOptions()
    ) throws(SyscallError) -> OwnedFD {
        var options = options
        options.attributes.insert(.readOnly)
        // Overlay wants two lower directories where there is no upper one; a single directory needs no union.
        guard lower.count > 1 else {
            let tree = try clone(path: lower.first ?? "")
            try setAttributes(tree, options.attributes, recursive: false)
            return tree
        }
        return try OverlayBuilder(lower: lower, upper: nil, work: nil, options: options).mount()
    }

    /// Mounts a new instance of a file system: `proc`, `tmpfs`, `devpts` and so on.
    ///
    /// Each option is a key with its value, or with nil for a bare flag.
    public static func filesystem(
        _ type: String,
        options: [(key: String, value: String?)] = [],
        attributes: MountAttributes = []
    ) throws(SyscallError) -> OwnedFD {
        let context = OwnedFD(adopting: try check("mount a file system of type", type) { llb_fsopen(type) })
        // Only for the reader of `/proc/mounts`; a type that wants no source does not get one.
        _ = llb_fsconfig(context.raw, FSConfig.setString, "source", type, 0)
        for (key, value) in options {
            if let value {
                try check("set mount option", "\(key)=\(value)") {
                    llb_fsconfig(context.raw, FSConfig.setString, key, value, 0)
                }
            } else {
                try check("set mount option", key) { llb_fsconfig(context.raw, FSConfig.setFlag, key, nil, 0) }
            }
        }
        try check("mount a file system of type", type) { llb_fsconfig(context.raw, FSConfig.create, nil, nil, 0) }
        return OwnedFD(
            adopting: try check("mount a file system of type", type) { llb_fsmount(context.raw, attributes.rawValue) }
        )
    }

    /// Clones the mount at an open file or directory, as a bind mount that is not attached anywhere yet.
    public static func clone(_ source: borrowing OwnedFD, recursive: Bool = false) throws(SyscallError) -> OwnedFD {
        let descriptor = source.raw
        let flags = OpenTree.clone | OpenTree.emptyPath | (recursive ? OpenTree.recursive : 0)
        return OwnedFD(adopting: try check("clone a mount") { llb_open_tree(descriptor, "", flags) })
    }

    /// Clones the mount at a path of the host's.
    public static func clone(path: String, recursive: Bool = false) throws(SyscallError) -> OwnedFD {
        let flags = OpenTree.clone | (recursive ? OpenTree.recursive : 0)
        return OwnedFD(
            adopting: try check("clone the mount of", path) {
                FileName.withCString(path) { llb_open_tree(AT_FDCWD, $0, flags) }
            }
        )
    }

    /// Changes attributes of a mount, and with `recursive` of all mounts below it at once (Linux 5.12).
    public static func setAttributes(
        _ mount: borrowing OwnedFD,
        _ set: MountAttributes,
        clear: MountAttributes = [],
        propagation: MountPropagation? = nil,
        recursive: Bool
    ) throws(SyscallError) {
        if set.isEmpty, clear.isEmpty, propagation == nil { return }
        let descriptor = mount.raw
        let flags = UInt32(AT_EMPTY_PATH) | (recursive ? OpenTree.recursive : 0)
        // The access-time attributes are one field: whoever sets one must clear the others.
        let cleared = set.isDisjoint(with: .accessTimes) ? clear : clear.union(.accessTimes)
        let clearBits =
            UInt64(cleared.intersection(.accessTimes).isEmpty ? 0 : MountAttributes.accessTimeField)
            | UInt64(cleared.subtracting(.accessTimes).rawValue)
        try check("change mount attributes") {
            llb_mount_setattr(descriptor, "", flags, UInt64(set.rawValue), clearBits, propagation?.rawValue ?? 0, 0)
        }
    }

    /// Shows the files of a detached mount as other users', by the map of a user namespace (Linux 5.12).
    ///
    /// It can be done once, before the mount is attached, and only where the file system knows how.
    public static func mapIDs(
        _ mount: borrowing OwnedFD,
        by namespace: borrowing OwnedFD,
        recursive: Bool
    ) throws(SyscallError) {
        let (descriptor, user) = (mount.raw, namespace.raw)
        let flags = UInt32(AT_EMPTY_PATH) | (recursive ? OpenTree.recursive : 0)
        let mapped: UInt64 = 0x10_0000
        try check("map the ids of a mount") { llb_mount_setattr(descriptor, "", flags, mapped, 0, 0, user) }
    }

    /// Takes an attached mount out of its namespace; what was cloned from it stays.
    public static func detach(_ mount: borrowing OwnedFD) throws(SyscallError) {
        let descriptor = mount.raw
        try check("detach a mount") { umount2("/proc/self/fd/\(descriptor)", Int32(MNT_DETACH)) }
    }

    /// Attaches a detached mount on top of an open directory, or of an open file where the mount is one of a file.
    public static func attach(_ mount: borrowing OwnedFD, onto target: borrowing OwnedFD) throws(SyscallError) {
        let (from, to) = (mount.raw, target.raw)
        try check("attach a mount") { llb_move_mount(from, "", to, "", MoveMount.emptyPaths) }
    }
}

enum FSConfig {
    static let setFlag: UInt32 = 0
    static let setString: UInt32 = 1
    static let create: UInt32 = 6
}

enum OpenTree {
    static let clone: UInt32 = 1
    static let recursive: UInt32 = 0x8000
    static let emptyPath = UInt32(AT_EMPTY_PATH)
}

enum MoveMount {
    static let emptyPaths: UInt32 = 0x4 | 0x40
}
