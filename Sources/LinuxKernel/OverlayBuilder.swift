internal import CLinux
internal import Glibc
internal import SystemPackage

/// Mounts one overlay by the way the running kernel offers.
struct OverlayBuilder {
    var lower: [String]
    var upper: String?
    var work: String?
    var options: DetachedMount.OverlayOptions

    /// Features that would make the upper directory more than a plain tree of changes, which a layer has to be.
    private var plainFeatures: [String] {
        // With user attributes the first two are off for good, and their names are for root only (Linux 6.5).
        (usesUserAttributes ? [] : ["redirect_dir", "metacopy"]) + ["index", "xino"]
    }

    /// In a user namespace the kernel takes no others from anybody.
    private var usesUserAttributes: Bool { options.userAttributes || UserNamespace.isOwn }

    func mount() throws(SyscallError) -> OwnedFD {
        guard !lower.isEmpty else { throw SyscallError("mount an overlay without layers", errno: .invalidArgument) }
        guard Self.isConfiguredByContext else { return try mountByOptionString() }
        do {
            return try mountByContext()
        } catch {
            // `lowerdir+` came with Linux 6.7 (6.5 has it in part); before, the list is one option of mount(2).
            guard error.action == Self.appendAction, error.errno == .invalidArgument else { throw error }
            return try mountByOptionString()
        }
    }

    /// Whether the kernel looks at an option when it is set: before Linux 6.5 overlay takes whatever it is given, refuses
    /// it at the mount, and complains in the machine's log.
    private static let isConfiguredByContext: Bool = {
        var name = utsname()
        guard uname(&name) == 0 else { return true }
        let release = withUnsafeBytes(of: &name.release) { Array($0.prefix { $0 != 0 }) }
        let numbers = release.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.prefix(2).map { digits in
            digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        guard numbers.count == 2 else { return true }
        return (numbers[0], numbers[1]) >= (6, 5)
    }()

    private static let appendAction = "add overlay layer"

    private func mountByContext() throws(SyscallError) -> OwnedFD {
        let context = OwnedFD(adopting: try check("mount an overlay") { llb_fsopen("overlay") })
        _ = llb_fsconfig(context.raw, FSConfig.setString, "source", "overlay", 0)  // for the reader of `/proc/mounts`
        // Layers go in as short `/proc/self/fd` paths: fsconfig takes 256 bytes at most, and `:` would be a separator.
        for path in lower {
            let directory = try OwnedFD.open(path, O_PATH | O_DIRECTORY)
            try check(Self.appendAction, path) {
                llb_fsconfig(context.raw, FSConfig.setString, "lowerdir+", "/proc/self/fd/\(directory.raw)", 0)
            }
        }
        if let upper, let work {
            for (key, path) in [("upperdir", upper), ("workdir", work)] {
                let directory = try OwnedFD.open(path, O_PATH | O_DIRECTORY)
                try check("use as overlay \(key)", path) {
                    llb_fsconfig(context.raw, FSConfig.setString, key, "/proc/self/fd/\(directory.raw)", 0)
                }
            }
        }
        for feature in plainFeatures {
            // A kernel built without the feature does not know its option, and has it off.
            _ = llb_fsconfig(context.raw, FSConfig.setString, feature, "off", 0)
        }
        if options.volatile, upper != nil {
            try check("mount a volatile overlay") { llb_fsconfig(context.raw, FSConfig.setFlag, "volatile", nil, 0) }
        }
        if usesUserAttributes {
            try check("mount an overlay with user attributes") {
                llb_fsconfig(context.raw, FSConfig.setFlag, "userxattr", nil, 0)
            }
        }
        try check("mount an overlay", upper) { llb_fsconfig(context.raw, FSConfig.create, nil, nil, 0) }
        return OwnedFD(
            adopting: try check("mount an overlay", upper) { llb_fsmount(context.raw, options.attributes.rawValue) }
        )
    }

    /// Mounts in a private namespace of a short-lived thread and takes a detached clone of the result out of it.
    func mountByOptionString() throws(SyscallError) -> OwnedFD {
        var result: Result<Int32, SyscallError> = .failure(SyscallError("mount an overlay", errno: .notSupported))
        try withUnsafeMutablePointer(to: &result) { (slot) throws(SyscallError) in
            try ShortThread.run {
                do throws(SyscallError) {
                    slot.pointee = .success(try mountHere().release())
                } catch {
                    slot.pointee = .failure(error)
                }
            }
        }
        return OwnedFD(adopting: try result.get())
    }

    /// Runs on a thread that shares neither working directory nor mounts with anyone and ends right after.
    private func mountHere() throws(SyscallError) -> OwnedFD {
        try check("leave the mount namespace") { llb_unshare(UInt64(CLONE_NEWNS | CLONE_FS)) }
        try check("make mounts private") { systemMount(nil, "/", nil, UInt(MS_REC | MS_SLAVE), nil) }
        try check("enter", "/proc/thread-self/fd") { chdir("/proc/thread-self/fd") }
        // Relative names in the directory of descriptors, since all options together must fit into one page.
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { _ = close(descriptor) } }
        func name(_ path: String) throws(SyscallError) -> String {
            descriptors.append(try OwnedFD.open(path, O_PATH | O_DIRECTORY).release())
            return "\(descriptors[descriptors.count - 1])"
        }
        var names: [String] = []
        for path in lower { names.append(try name(path)) }
        var text = "lowerdir=\(names.joined(separator: ":"))"
        if let upper, let work { text += ",upperdir=\(try name(upper)),workdir=\(try name(work))" }
        for feature in plainFeatures {
            let parameter = feature == "xino" ? "xino_auto" : feature
            if access("/sys/module/overlay/parameters/\(parameter)", F_OK) == 0 { text += ",\(feature)=off" }
        }
        if options.volatile, upper != nil { text += ",volatile" }
        if usesUserAttributes { text += ",userxattr" }
        // The topmost layer serves as mount point: the overlay keeps a clone of its own, which this does not cover.
        let place = lower[0]
        try check("mount an overlay", upper ?? place) { systemMount("overlay", place, "overlay", 0, text) }
        let tree = try DetachedMount.clone(path: place)
        if !options.attributes.isEmpty { try DetachedMount.setAttributes(tree, options.attributes, recursive: false) }
        return tree
    }
}

private func systemMount(_ source: String?, _ target: String, _ type: String?, _ flags: UInt, _ data: String?) -> Int32
{
    guard let data else { return CLinux.mount(source, target, type, flags, nil) }
    return data.withCString { CLinux.mount(source, target, type, flags, $0) }
}
