internal import DeviceInterface
internal import GPUPlanning
internal import Testing

/// Machines as values.
enum Machines {
    static func gpu(_ index: Int, minor: UInt32, uuid: String, address: String) -> GPUDevice {
        var gpu = GPUDevice(
            vendor: .nvidia,
            index: index,
            minor: minor,
            uuid: uuid,
            address: BusAddress(address),
            model: "NVIDIA H100"
        )
        gpu.node = HostNode(path: "/dev/nvidia\(minor)", major: 195, minor: minor)
        return gpu
    }

    static func two() -> GPUInventory {
        var inventory = GPUInventory()
        inventory.driverVersion = DriverVersion("580.159.04")
        inventory.majors = ["nvidia": 195, "nvidia-uvm": 511]
        inventory.gpus = [
            gpu(0, minor: 1, uuid: "GPU-aaaa1111", address: "0000:1a:00.0"),
            gpu(1, minor: 0, uuid: "GPU-aaaa2222", address: "0000:3b:00.0"),
        ]
        inventory.controlNodes = [
            HostNode(path: "/dev/nvidiactl", major: 195, minor: 255),
            HostNode(path: "/dev/nvidia-modeset", major: 195, minor: 254),
        ]
        inventory.missingNodes = ["/dev/nvidia-uvm"]
        inventory.libraryDirectory = "/usr/lib64"
        inventory.libraries = [
            DriverFile(path: "/usr/lib64/libcuda.so.580.159.04", name: "libcuda.so.580.159.04", soname: "libcuda.so.1"),
            DriverFile(
                path: "/usr/lib64/libnvidia-ml.so.580.159.04",
                name: "libnvidia-ml.so.580.159.04",
                soname: "libnvidia-ml.so.1"
            ),
            DriverFile(path: "/usr/lib64/libnvidia-gpucomp.so.580.159.04", name: "libnvidia-gpucomp.so.580.159.04"),
            DriverFile(path: "/usr/lib64/libnvidia-glcore.so.580.159.04", name: "libnvidia-glcore.so.580.159.04"),
        ]
        inventory.programs = [DriverFile(path: "/usr/bin/nvidia-smi", name: "nvidia-smi")]
        return inventory
    }

    /// The first GPU divided into two instances.
    static func divided() -> GPUInventory {
        var inventory = two()
        inventory.gpus[0].isDivided = true
        inventory.gpus[0].instances = (0..<2).map { index in
            GPUInstance(
                index: index,
                gpuInstance: index + 1,
                computeInstance: 0,
                gpuInstanceNode: HostNode(path: "/dev/nvidia-caps/nvidia-cap\(10 + index * 9)", major: 236, minor: 10),
                computeInstanceNode: HostNode(
                    path: "/dev/nvidia-caps/nvidia-cap\(11 + index * 9)",
                    major: 236,
                    minor: 11
                )
            )
        }
        return inventory
    }
}

@Suite struct SelectionTests {
    private func indexes(_ request: GPURequest, _ inventory: GPUInventory = Machines.two()) throws -> [String] {
        try GPUSelection(request, in: inventory).units.map(\.index)
    }

    @Test("GPUs are found by number, UUID, the beginning of one, and address")
    func names() throws {
        #expect(try indexes(GPURequest(.all)) == ["0", "1"])
        #expect(try indexes(GPURequest(.count(1))) == ["0"])
        #expect(try indexes(GPURequest(.count(0))) == [])
        #expect(try indexes(GPURequest(.named(["1", "GPU-aaaa2222", "0"]))) == ["1", "0"])
        #expect(try indexes(GPURequest(.named(["GPU-aaaa22"]))) == ["1"])
        #expect(try indexes(GPURequest(.named(["00000000:3B:00.0"]))) == ["1"])
        #expect(try indexes(GPURequest(.driverOnly)) == [])
    }

    @Test("a divided GPU is its instances")
    func instances() throws {
        let machine = Machines.divided()
        #expect(try indexes(GPURequest(.all), machine) == ["0:0", "0:1", "1"])
        #expect(try indexes(GPURequest(.named(["0:1"])), machine) == ["0:1"])
        #expect(throws: GPUSelectionError.divided(0, ["0:0", "0:1"])) {
            try indexes(GPURequest(.named(["0"])), machine)
        }
        let edits = GPUEditBuilder(machine).edits(try GPUSelection(GPURequest(.named(["0:1"])), in: machine))
        #expect(
            edits.nodes.map(\.path).suffix(3) == [
                "/dev/nvidia1", "/dev/nvidia-caps/nvidia-cap19", "/dev/nvidia-caps/nvidia-cap20",
            ]
        )
        var empty = Machines.divided()
        empty.gpus = [empty.gpus[0]]
        empty.gpus[0].instances = []
        #expect(throws: GPUSelectionError.noInstances(0)) { try indexes(GPURequest(.all), empty) }
    }

    @Test("what is not there is an error with what is")
    func errors() {
        #expect(throws: GPUSelectionError.tooFew(asked: 4, available: ["0", "1"])) {
            try indexes(GPURequest(.count(4)))
        }
        #expect(throws: GPUSelectionError.ambiguous("GPU-aaaa", ["0", "1"])) {
            try indexes(GPURequest(.named(["GPU-aaaa"])))
        }
        #expect(throws: GPUSelectionError.unknown("9", known: ["0 (GPU-aaaa1111)", "1 (GPU-aaaa2222)"])) {
            try indexes(GPURequest(.named(["9"])))
        }
        #expect(throws: GPUSelectionError.absent(.noDevice)) { try indexes(GPURequest(.all), GPUInventory()) }
        #expect(throws: GPUSelectionError.noneOf(.amd)) { try indexes(GPURequest(.all, vendor: .amd)) }
        var excluded = Machines.two()
        excluded.gpus[1].isExcluded = true
        #expect(throws: GPUSelectionError.excluded(1)) { try indexes(GPURequest(.named(["1"])), excluded) }
    }

    @Test("what of the driver is given follows the capabilities; a missing node has the number that it will have")
    func capabilities() throws {
        let machine = Machines.two()
        let selection = try GPUSelection(GPURequest(.named(["1"])), in: machine)
        let edits = GPUEditBuilder(machine).edits(selection)
        #expect(edits.nodes.map(\.path) == ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia0"])
        #expect(edits.nodes.map(\.major) == [195, 511, 195] && edits.nodes.map(\.access) == ["rw", "rw", "rw"])
        #expect(
            edits.libraries.map(\.name) == [
                "libcuda.so.1", "libnvidia-ml.so.1", "libnvidia-gpucomp.so.580.159.04", "libcuda.so",
            ]
        )
        #expect(edits.visibleGPUs == ["0000:3b:00.0"])
        let utility = GPUEditBuilder(machine, capabilities: [.utility]).edits(selection)
        #expect(!utility.libraries.contains { $0.name.hasPrefix("libcuda") })
        #expect(utility.mounts.contains { $0.containerPath == "/usr/local/nvidia/bin/nvidia-smi" })
        let pictures = GPUEditBuilder(machine, capabilities: [.graphics]).edits(selection)
        #expect(pictures.nodes.contains { $0.path == "/dev/nvidia-modeset" })
        #expect(pictures.mounts.contains { $0.hostPath.contains("glcore") })
        #expect(!pictures.mounts.contains { $0.hostPath.contains("nvidia-smi") })
    }

    @Test("a specification of what was found is valid, and names every GPU three ways")
    func specification() throws {
        let specification = try SpecificationWriter.specification(of: .nvidia, in: Machines.two())
        try SpecificationReader.validate(specification)
        #expect(specification.devices.map(\.name) == ["0", "GPU-aaaa1111", "1", "GPU-aaaa2222", "all"])
        #expect(specification.cdiVersion == "0.5.0")
        #expect(
            specification.devices.last?.containerEdits.deviceNodes?.map(\.path) == ["/dev/nvidia1", "/dev/nvidia0"]
        )
        let mounts = specification.containerEdits?.mounts?.map(\.containerPath) ?? []
        #expect(mounts.contains("/usr/lib64/libcuda.so.1") && mounts.contains { $0.hasSuffix("linux-gnu/libcuda.so") })
    }
}

@Suite struct RequirementTests {
    @Test(
        "conditions of images on the driver",
        arguments: [
            ("cuda>=12.4", true), ("cuda>=13.1", false), ("cuda>=13.2 brand=nvidia,driver>=580,driver<581", true),
            ("driver>=450,driver<451", false), ("arch>=9.0 cuda>=14", true), ("brand!=tesla", true), ("cuda=13", true),
            ("driver>580", true), ("", true), ("brand=tesla,driver>=450,driver<451 cuda>=13.1", false),
            ("shape=round", true), ("cuda!=13.0", false), ("driver<=580.159.04", true),
        ]
    )
    func conditions(text: String, holds: Bool) throws {
        let facts = DriverRequirement.Facts(
            cuda: DriverVersion("13.0"),
            driver: DriverVersion("580.159.04"),
            architecture: DriverVersion("9.0"),
            brands: ["nvidia", "unknown"]
        )
        let requirement = try #require(DriverRequirement(text))
        #expect(requirement.isSatisfied(by: facts) == holds)
    }

    @Test("what is no condition is none", arguments: ["cuda", "cuda>=", ">=12", "cuda=>12", "cuda==12"])
    func malformed(text: String) { #expect(DriverRequirement(text) == nil) }

    @Test("what is not known about a GPU holds")
    func unknown() throws {
        let facts = DriverRequirement.Facts(cuda: nil, driver: nil)
        #expect(try #require(DriverRequirement("cuda>=99,brand=tesla,arch>=9.9")).isSatisfied(by: facts))
    }

    private func findings(_ environment: [String: String], _ change: (inout GPUImageFacts) -> Void = { _ in })
        -> [GPUFinding]
    {
        var machine = Machines.two()
        machine.libraries[0].neededLibrary = DriverVersion("2.27")
        var image = GPUImageFacts(environment: environment)
        image.library = DriverVersion("2.36")
        change(&image)
        return GPUExamination(machine, image: image).findings().filter { $0.weight > .note }
    }

    @Test("an image is judged before it starts, and each finding says what to do")
    func examination() {
        #expect(findings(["NVIDIA_REQUIRE_CUDA": "cuda>=13.0"]) == [])
        #expect(findings(["CUDA_VERSION": "12.4.1"]) == [])
        #expect(findings(["CUDA_VERSION": "13.2.0"]).map(\.weight) == [.likely])
        #expect(findings(["CUDA_VERSION": "14.0.0"]).map(\.weight) == [.certain])
        #expect(findings(["NVIDIA_REQUIRE_CUDA": "driver>=590"]).map(\.weight) == [.certain])
        #expect(findings(["NVIDIA_REQUIRE_CUDA": "cuda>=99", "NVIDIA_DISABLE_REQUIRE": "true"]) == [])
        let old = findings([:]) { $0.library = DriverVersion("2.17") }
        #expect(old.first?.why?.contains("need version 2.27 of the C library, and the image has 2.17") == true)
        #expect(findings([:]) { $0.usesMusl = true }.map(\.weight) == [.likely])
        #expect(old.allSatisfy { $0.remedy != nil })
    }

    @Test("what the machine lacks is found without an image")
    func machine() {
        var machine = Machines.two()
        machine.majors["nvidia-uvm"] = nil
        #expect(GPUExamination(machine).findings().first?.remedy?.contains("nvidia-modprobe -u -c0") == true)
        #expect(GPUExamination(GPUInventory()).findings().map(\.weight) == [.certain])
        var switched = Machines.two()
        switched.hasSwitches = true
        #expect(GPUExamination(switched).findings().contains { $0.what.contains("802") })
    }
}
