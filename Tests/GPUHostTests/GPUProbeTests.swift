internal import GPUHost
internal import GPUPlanning
internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite struct GPUProbeTests {
    private func probe(_ root: FilePath, _ prepare: (MockMachine) -> Void) throws -> GPUInventory {
        let machine = MockMachine(root)
        prepare(machine)
        return try GPUProbe(hostRoot: root.string).inventory()
    }

    @Test("GPUs are numbered by their place on the bus, whatever the numbers of their nodes")
    func order() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { $0.addDriver() }
            #expect(inventory.driverVersion?.description == MockMachine.version)
            #expect(inventory.isOpenDriver)
            #expect(inventory.gpus.map(\.index) == [0, 1])
            #expect(inventory.gpus.map(\.minor) == [1, 0])
            #expect(inventory.gpus.map { $0.address?.description } == ["0000:1a:00.0", "0000:3b:00.0"])
            #expect(inventory.gpus[0].uuid == "GPU-11111111-1111-1111-1111-111111111111")
            #expect(inventory.gpus[0].model == "NVIDIA H100 80GB HBM3")
            #expect(inventory.gpus[0].node.map { [$0.major, $0.minor] } == [195, 1])
            #expect(inventory.gpus.map(\.memoryNode) == [0, 1])
            #expect(inventory.gpus[0].drawingNodes.map(\.path) == ["/dev/dri/renderD129"])
            #expect(
                inventory.controlNodes.map(\.path) == [
                    "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset",
                ]
            )
            #expect(inventory.missingNodes == [])
            // Whole names, and character devices only.
            #expect(inventory.majors["nvidia"] == 195 && inventory.majors["nvidia-caps"] == 236)
        }
    }

    @Test("only libraries of the loaded driver's version count, whatever else lies beside them")
    func libraries() throws {
        try withSandbox { sandbox in
            let directory = "usr/lib/x86_64-linux-gnu"
            let inventory = try probe(sandbox) { machine in
                machine.addDriver()
                machine.library("\(directory)/libcuda.so.535.161.07", soname: "libcuda.so.1")
                machine.library("\(directory)/stubs/libcuda.so", soname: "libcuda.so.1")
                machine.library("usr/local/cuda/compat/libcuda.so.575.57.08", soname: "libcuda.so.1")
                machine.write("\(directory)/libnvidia-broken.so.\(MockMachine.version)", "no library")
                machine.write("usr/bin/nvidia-smi", "#!/bin/sh\n", mode: 0o755)
                machine.write("usr/bin/nvidia-debugdump", "", mode: 0o755)
            }
            #expect(inventory.libraryDirectory == "/\(directory)")
            #expect(
                inventory.libraries.map(\.name) == [
                    "libcuda.so.\(MockMachine.version)", "libnvcuvid.so.\(MockMachine.version)",
                    "libnvidia-gpucomp.so.\(MockMachine.version)", "libnvidia-ml.so.\(MockMachine.version)",
                    "libnvidia-ptxjitcompiler.so.\(MockMachine.version)", "libvdpau_nvidia.so.\(MockMachine.version)",
                ]
            )
            #expect(inventory.libraries[0].soname == "libcuda.so.1")
            #expect(inventory.libraries[2].soname == nil)
            #expect(inventory.libraries[5].folder == "vdpau")
            // An empty file is what a container's mount point left behind.
            #expect(inventory.programs.map(\.name) == ["nvidia-smi"])
        }
    }

    @Test(
        "the driver is found where distributions and platforms put it",
        arguments: [
            "usr/lib64", "usr/lib/x86_64-linux-gnu/nvidia/current", "usr/local/nvidia/lib64",
            "home/kubernetes/bin/nvidia/lib64", "opt/nvidia/lib64", "run/opengl-driver/lib",
            "run/nvidia/driver/usr/lib/x86_64-linux-gnu",
        ]
    )
    func layouts(directory: String) throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { $0.addDriver(libraries: directory) }
            #expect(inventory.libraryDirectory == "/\(directory)")
            #expect(inventory.libraries.count == 6)
        }
    }

    @Test("a directory of links into a store, as NixOS has it, leads to the files")
    func linkedLibraries() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { machine in
                machine.addDriver(libraries: "nix/store/abc/lib")
                for name in ["libcuda.so.\(MockMachine.version)", "libnvidia-ml.so.\(MockMachine.version)"] {
                    machine.link("run/opengl-driver/lib/\(name)", to: "/nix/store/abc/lib/\(name)")
                }
            }
            #expect(inventory.libraryDirectory == "/run/opengl-driver/lib")
            #expect(inventory.libraries.map(\.path).first == "/nix/store/abc/lib/libcuda.so.\(MockMachine.version)")
        }
    }

    @Test("the linker's cache leads to a directory nobody would guess")
    func cache() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { machine in
                machine.addDriver(libraries: "opt/odd/place")
                machine.link("opt/odd/place/libcuda.so.1", to: "libcuda.so.\(MockMachine.version)")
                machine.write("etc/ld.so.conf", "/opt/odd/place\n")
                _ = run(["/sbin/ldconfig", "-r", sandbox.string])
            }
            #expect(inventory.libraryDirectory == "/opt/odd/place")
        }
    }

    @Test("an upgrade without a reboot is told apart from a missing installation")
    func mismatch() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { machine in
                machine.addDriver(libraries: nil)
                machine.addLibraries("590.48.01", in: "usr/lib/x86_64-linux-gnu")
            }
            #expect(inventory.libraryDirectory == nil)
            let absence = GPUAbsence(inventory)
            #expect("\(absence)".contains("the loaded driver is 580.159.04"))
            #expect("\(absence)".contains("590.48.01"))
            #expect(absence.remedy?.contains("reboot") == true)
        }
    }

    @Test("a sandbox without procfs has its version from the libraries and its GPUs from the nodes")
    func hiddenKernel() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { machine in
                machine.node("dev/nvidiactl", 195, 255)
                machine.node("dev/nvidia-uvm", 511, 0)
                machine.node("dev/nvidia0", 195, 0)
                machine.addLibraries(MockMachine.version, in: "usr/local/nvidia/lib64")
            }
            #expect(inventory.driverVersion?.description == MockMachine.version)
            #expect(inventory.versionIsFromLibraries)
            #expect(inventory.gpus.map(\.minor) == [0])
            #expect(inventory.libraryDirectory == "/usr/local/nvidia/lib64")
        }
    }

    @Test("nodes that nobody made are missing by name")
    func missingNodes() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { machine in
                machine.addDriver()
                for name in ["nvidia-uvm", "nvidia1"] { unlink(machine.root.appending("dev/\(name)").string) }
            }
            #expect(inventory.missingNodes == ["/dev/nvidia-uvm", "/dev/nvidia1"])
        }
    }

    @Test("instances of a divided GPU are found by its minor number, and their nodes even where nobody made them")
    func instances() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { machine in
                machine.addDriver()
                let base = "proc/driver/nvidia/capabilities/gpu0/mig"
                for (path, minor) in [
                    ("gi1/access", 12), ("gi1/ci0/access", 13), ("gi2/access", 21), ("gi2/ci0/access", 22),
                ] {
                    machine.write("\(base)/\(path)", "DeviceFileMinor: \(minor)\nDeviceFileMode: 292\n")
                }
                machine.node("dev/nvidia-caps/nvidia-cap12", 236, 12)
            }
            let divided = try #require(inventory.gpus.first { $0.isDivided })
            #expect(divided.minor == 0 && divided.index == 1)
            #expect(divided.instances.map(\.gpuInstance) == [1, 2])
            #expect(divided.instances.map(\.computeInstanceNode.path).last == "/dev/nvidia-caps/nvidia-cap22")
            #expect(divided.instances.map(\.computeInstanceNode.major) == [236, 236])
            #expect(inventory.gpus.first { !$0.isDivided }?.minor == 1)
        }
    }

    @Test("WSL 2 has one device and the directory of its driver")
    func windows() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { machine in
                machine.node("dev/dxg", 10, 127)
                machine.write("usr/lib/wsl/lib/libcuda.so.1", "x")
                machine.write("usr/lib/wsl/lib/nvidia-smi", "x", mode: 0o755)
            }
            #expect(inventory.layout == .windows)
            #expect(inventory.controlNodes.map(\.path) == ["/dev/dxg"])
            #expect(inventory.libraryDirectory == "/usr/lib/wsl/lib")
        }
    }

    @Test("AMD's GPUs, and adapters for RDMA, are found by sysfs")
    func others() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { machine in
                machine.node("dev/kfd", 234, 0)
                machine.node("dev/dri/renderD130", 226, 130)
                machine.node("dev/dri/card2", 226, 2)
                let device = "sys/module/amdgpu/drivers/pci:amdgpu/0000:c1:00.0"
                machine.write("\(device)/drm/renderD130/dev")
                machine.write("\(device)/drm/card2/dev")
                machine.write("\(device)/unique_id", "abc123\n")
                machine.write("sys/class/infiniband/mlx5_0/device/infiniband_verbs/uverbs0/dev")
                machine.write("sys/class/infiniband/mlx5_0/ports/1/link_layer", "InfiniBand\n")
                machine.node("dev/infiniband/uverbs0", 231, 192)
                machine.node("dev/infiniband/rdma_cm", 10, 58)
            }
            let gpu = try #require(inventory.gpus.first)
            #expect(gpu.vendor == .amd && gpu.uuid == "GPU-abc123")
            #expect(gpu.node?.path == "/dev/dri/renderD130" && gpu.drawingNodes.map(\.path) == ["/dev/dri/card2"])
            #expect(inventory.amdComputeNode?.major == 234)
            #expect(inventory.fabric.map(\.name) == ["mlx5_0"] && inventory.fabric[0].linkLayer == "InfiniBand")
            #expect(inventory.fabric[0].node?.minor == 192 && inventory.fabricNodes.map(\.minor) == [58])
        }
    }

    @Test("a machine without a GPU says what it lacks")
    func nothing() throws {
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { _ in }
            #expect(inventory.gpus == [] && inventory.driverVersion == nil)
            #expect(GPUAbsence(inventory) == .noDevice)
        }
        try withSandbox { sandbox in
            let inventory = try probe(sandbox) { machine in
                machine.write("sys/bus/pci/devices/0000:1a:00.0/vendor", "0x10de\n")
                machine.write("sys/bus/pci/devices/0000:1a:00.0/class", "0x030000\n")
                machine.link("sys/bus/pci/devices/0000:1a:00.0/driver", to: "../../../../bus/pci/drivers/nouveau")
            }
            #expect("\(GPUAbsence(inventory))".contains("held by the driver `nouveau`"))
        }
    }
}
