public import Glibc
public import SystemPackage

/// A directory that looks like the root of a machine with GPUs.
public struct MockMachine: Sendable {
    /// The root.
    public let root: FilePath

    /// The version of the driver in most tests.
    public static let version = "580.159.04"

    /// Takes a directory.
    public init(_ root: FilePath) { self.root = root }

    /// Writes a file with its directories.
    public func write(_ path: String, _ text: String = "", mode: mode_t = 0o644) {
        let place = root.appending(path)
        makeDirectory(place.removingLastComponent())
        guard let file = fopen(place.string, "w") else { return }
        fputs(text, file)
        fclose(file)
        chmod(place.string, mode)
    }

    /// Makes a symbolic link with its directories.
    public func link(_ path: String, to target: String) {
        let place = root.appending(path)
        makeDirectory(place.removingLastComponent())
        symlink(target, place.string)
    }

    private func makeDirectory(_ path: FilePath) {
        var made = FilePath("/")
        for component in path.components {
            made.append(component)
            mkdir(made.string, 0o755)
        }
    }

    /// Puts a file in the place of a device node.
    public func node(_ path: String, _ major: Int, _ minor: Int) { write(path, "c \(major):\(minor)\n", mode: 0o666) }

    /// Makes a real shared library of next to nothing.
    public func library(_ path: String, soname: String?) {
        let place = root.appending(path)
        makeDirectory(place.removingLastComponent())
        // The linker alone is ten times as quick as a compiler.
        let object = root.appending("empty.o").string
        if access(object, F_OK) != 0 {
            _ = run(["as", "-o", object], input: Array(".globl llmbox_test\nllmbox_test: .long 1\n".utf8))
        }
        let name = soname.map { ["-soname", $0] } ?? []
        _ = run(["ld", "-shared", "-o", place.string] + name + [object])
    }

    /// A loaded driver with two GPUs, whose minor numbers are in the other order than their places on the bus.
    public func addDriver(_ version: String = Self.version, libraries: String? = "usr/lib/x86_64-linux-gnu") {
        write(
            "proc/driver/nvidia/version",
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  \(version)  Release Build  (a@b)\nGCC version: 12\n"
        )
        write("proc/driver/nvidia/params", "ResmanDebugLevel: 4294967295\nModifyDeviceFiles: 1\nDeviceFileMode: 438\n")
        write(
            "proc/devices",
            """
            Character devices:
              1 mem
            195 nvidia
            195 nvidiactl
            236 nvidia-caps
            511 nvidia-uvm

            Block devices:
              8 sd
            511 nvidia-caps

            """
        )
        addGPU("0000:1a:00.0", minor: 1, uuid: "GPU-11111111-1111-1111-1111-111111111111", memoryNode: 0)
        addGPU("0000:3b:00.0", minor: 0, uuid: "GPU-22222222-2222-2222-2222-222222222222", memoryNode: 1)
        node("dev/nvidiactl", 195, 255)
        node("dev/nvidia-uvm", 511, 0)
        node("dev/nvidia-uvm-tools", 511, 1)
        node("dev/nvidia-modeset", 195, 254)
        if let libraries { addLibraries(version, in: libraries) }
    }

    /// A GPU on the bus, in procfs and in `/dev`.
    public func addGPU(_ address: String, minor: Int, uuid: String, memoryNode: Int) {
        write("sys/bus/pci/devices/\(address)/vendor", "0x10de\n")
        write("sys/bus/pci/devices/\(address)/class", "0x030200\n")
        write("sys/bus/pci/devices/\(address)/numa_node", "\(memoryNode)\n")
        write("sys/bus/pci/devices/\(address)/local_cpulist", "0-15\n")
        write("sys/bus/pci/devices/\(address)/drm/renderD\(128 + minor)/dev", "")
        node("dev/dri/renderD\(128 + minor)", 226, 128 + minor)
        write(
            "proc/driver/nvidia/gpus/\(address)/information",
            """
            Model: \t\t NVIDIA H100 80GB HBM3
            IRQ:   \t\t 100
            GPU UUID: \t \(uuid)
            Bus Location: \t \(address)
            Device Minor: \t \(minor)
            GPU Excluded:\t No

            """
        )
        node("dev/nvidia\(minor)", 195, minor)
    }

    /// The libraries of a version that matter, and a file of another kind.
    public func addLibraries(_ version: String, in directory: String) {
        for (name, soname) in [
            ("libcuda", "libcuda.so.1"), ("libnvidia-ml", "libnvidia-ml.so.1"),
            ("libnvidia-ptxjitcompiler", "libnvidia-ptxjitcompiler.so.1"), ("libnvidia-gpucomp", nil),
            ("libnvcuvid", "libnvcuvid.so.1"),
        ] as [(String, String?)] {
            library("\(directory)/\(name).so.\(version)", soname: soname)
        }
        library("\(directory)/vdpau/libvdpau_nvidia.so.\(version)", soname: "libvdpau_nvidia.so.1")
        write("\(directory)/libz.so.1", "another library")
    }
}
