internal import GPUPlanning
internal import Glibc
internal import LinuxKernel

/// Finds the files of NVIDIA's driver that belong to the loaded kernel module, and only those.
///
/// A library of another version than the module's fails with "driver/library version mismatch", so the version in the
/// name must be the module's; left-overs of an upgrade and the libraries of CUDA's compatibility package do not count.
struct DriverFileProbe {
    let driverRoot: String?
    let libraryPath: [String]

    #if arch(arm64)
    private static let triplet = "aarch64-linux-gnu"
    private static let machine = ElfLibrary.Machine.arm64
    #else
    private static let triplet = "x86_64-linux-gnu"
    private static let machine = ElfLibrary.Machine.x8664
    #endif

    func search(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        var others: Set<DriverVersion> = []
        for directory in candidates(tree) {
            guard let names = directoryNames(directory, tree), !inventory.searched.contains(directory) else { continue }
            inventory.searched.append(directory)
            let versions = Self.versions(names)
            if versions.isEmpty { continue }
            if let wanted = inventory.driverVersion {
                guard versions.contains(wanted) else {
                    others.formUnion(versions)
                    continue
                }
            } else if !inventory.controlNodes.isEmpty, let newest = versions.max() {
                // The kernel hides its version, but the nodes say that it has a driver (gVisor).
                inventory.driverVersion = newest
                inventory.versionIsFromLibraries = true
            } else {
                others.formUnion(versions)
                continue
            }
            guard let version = inventory.driverVersion else { continue }
            let libraries = libraries(in: directory, version, tree)
            if libraries.isEmpty { continue }
            inventory.libraryDirectory = directory
            inventory.libraries = libraries
            break
        }
        inventory.otherVersions = others.sorted()
        guard let version = inventory.driverVersion else { return }
        programs(tree, &inventory)
        sockets(tree, &inventory)
        settings(tree, &inventory)
        let firmware = "/lib/firmware/nvidia/\(version)"
        inventory.firmware = tree.names(firmware).filter { $0.hasPrefix("gsp_") }.map { "\(firmware)/\($0)" }
    }

    // MARK: Libraries

    private func candidates(_ tree: borrowing HostTree) -> [String] {
        let standard = [
            "/usr/lib64", "/usr/lib/\(Self.triplet)", "/usr/lib64/nvidia/current",
            "/usr/lib/\(Self.triplet)/nvidia/current",
            "/lib64", "/lib/\(Self.triplet)", "/usr/lib64/nvidia", "/usr/lib/nvidia/current",
        ]
        if let driverRoot { return [""].map { driverRoot + $0 } + standard.map { driverRoot + $0 } }
        var result: [String] = []
        if let bytes = tree.bytes("/etc/ld.so.cache", limit: 1 << 26), let cache = LibraryCache(bytes) {
            for name in ["libcuda.so.1", "libnvidia-ml.so.1"] {
                for directory in cache.directories(of: name) {
                    result.append(directory)
                    // The link may lead to another directory, where the files are.
                    if let real = tree.resolved("\(directory)/\(name)"), let slash = real.lastIndex(of: "/") {
                        result.append(String(real[..<slash]))
                    }
                }
            }
        }
        result += standard
        result += [
            "/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/home/kubernetes/bin/nvidia/lib64",
            "/opt/nvidia/lib64", "/run/opengl-driver/lib",
        ]
        result += standard.map { "/run/nvidia/driver" + $0 }
        return result + libraryPath
    }

    private func directoryNames(_ directory: String, _ tree: borrowing HostTree) -> [String]? {
        // The compatibility package and the stubs for linking have libraries of these names that are no driver.
        if directory.hasSuffix("/stubs") || directory.hasSuffix("/compat") { return nil }
        let names = tree.names(directory)
        return names.isEmpty ? nil : names
    }

    /// The versions of the two libraries that every driver has.
    private static func versions(_ names: [String]) -> Set<DriverVersion> {
        var result: Set<DriverVersion> = []
        for name in names {
            for stem in ["libcuda.so.", "libnvidia-ml.so."] where name.hasPrefix(stem) {
                if let version = DriverVersion(name.dropFirst(stem.count)), version.numbers.count > 1 {
                    result.insert(version)
                }
            }
        }
        return result
    }

    /// Every library of the version: the driver decides which parts it has, no list of ours.
    private func libraries(in directory: String, _ version: DriverVersion, _ tree: borrowing HostTree) -> [DriverFile] {
        var result: [DriverFile] = []
        for folder in ["", "vdpau"] {
            let place = folder.isEmpty ? directory : "\(directory)/\(folder)"
            for name in tree.names(place) where Self.isOurs(name, version) {
                guard let path = tree.resolved("\(place)/\(name)"), let elf = Self.read(path, tree),
                    elf.machine == Self.machine
                else { continue }
                result.append(
                    DriverFile(
                        path: path,
                        name: name,
                        folder: folder,
                        soname: elf.soname,
                        neededLibrary: elf.neededLibrary
                    )
                )
            }
        }
        return result
    }

    /// Libraries whose names carry no version of the driver's, but which come with it.
    private static let unversioned = [
        "libnvidia-egl-gbm.so.", "libnvidia-egl-wayland.so.", "libnvidia-egl-wayland2.so.", "libnvidia-egl-xcb.so.",
        "libnvidia-egl-xlib.so.", "libnvidia-nvvm70.so.", "libnvidia-api.so.",
    ]

    private static func isOurs(_ name: String, _ version: DriverVersion) -> Bool {
        if name.hasSuffix(".so.\(version.description)") { return true }
        return unversioned.contains { name.hasPrefix($0) }
    }

    static func read(_ path: String, _ tree: borrowing HostTree) -> ElfLibrary? {
        guard let file = try? tree.open(path) else { return nil }  // a file that cannot be read is no library
        let descriptor = file.raw
        return try? ElfLibrary { offset, count in  // neither is one whose reading fails
            var bytes = [UInt8](repeating: 0, count: count)
            let read = try check("read", path) { pread(descriptor, &bytes, count, off_t(clamping: offset)) }
            bytes.removeLast(count - read)
            return bytes
        }
    }

    // MARK: Everything else

    private func programs(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        let names = [
            "nvidia-smi", "nvidia-debugdump", "nvidia-persistenced", "nv-fabricmanager", "nvidia-cuda-mps-control",
            "nvidia-cuda-mps-server", "nvidia-imex", "nvidia-imex-ctl",
        ]
        var directories = [
            "/usr/bin", "/usr/sbin", "/usr/local/nvidia/bin", "/home/kubernetes/bin/nvidia/bin",
            "/opt/nvidia/bin", "/run/current-system/sw/bin", "/usr/local/bin",
        ]
        if let driverRoot { directories = ["\(driverRoot)/usr/bin", "\(driverRoot)/usr/sbin", "\(driverRoot)/bin"] }
        if inventory.libraryDirectory?.hasPrefix("/run/nvidia/driver/") == true {
            directories.insert("/run/nvidia/driver/usr/bin", at: 0)
        }
        for name in names {
            for directory in directories {
                guard let path = tree.resolved("\(directory)/\(name)"), let status = tree.status(path),
                    status.kind == .regular, status.permissions & 0o111 != 0, status.size > 0
                else { continue }
                inventory.programs.append(DriverFile(path: path, name: name))
                break
            }
        }
    }

    /// Sockets of services, where a service is behind them now: a stale one would fail every start.
    private func sockets(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        for name in ["nvidia-persistenced", "nvidia-fabricmanager"] {
            let path = "/run/\(name)/socket"
            if tree.status(path)?.kind == .socket { inventory.sockets.append(path) }
        }
    }

    private func settings(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        let names = [
            "glvnd/egl_vendor.d/10_nvidia.json", "vulkan/icd.d/nvidia_icd.json",
            "vulkan/icd.d/nvidia_icd.x86_64.json", "vulkan/icd.d/nvidia_icd.aarch64.json",
            "vulkan/implicit_layer.d/nvidia_layers.json", "OpenCL/vendors/nvidia.icd",
            "egl/egl_external_platform.d/15_nvidia_gbm.json", "egl/egl_external_platform.d/10_nvidia_wayland.json",
        ]
        for name in names {
            for base in ["/etc", "/usr/local/share", "/usr/share"] where tree.exists("\(base)/\(name)") {
                inventory.settings.append("\(base)/\(name)")
                break
            }
        }
    }
}
