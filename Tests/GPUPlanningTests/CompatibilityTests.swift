internal import DeviceInterface
internal import GPUPlanning
internal import TestSupport
internal import Testing

@Suite struct CompatibilityTests {
    private func library(_ version: String, _ branches: [Int]? = nil) throws -> CompatibilityLibrary {
        CompatibilityLibrary(
            version: try #require(DriverVersion(version)),
            branches: branches,
            names: ["libcuda.so", "libcuda.so.1", "libcuda.so.\(version)", "libnvidia-nvvm.so.4"]
        )
    }

    /// What is decided, in a word.
    private func word(_ verdict: CompatibilityVerdict) -> String {
        switch verdict {
        case .absent: "absent"
        case .needless: "needless"
        case .used: "used"
        case .refused(_, let why): why
        }
    }

    @Test(
        "an image's own libcuda is used where it is newer, works with the driver's branch, and the GPU takes it",
        arguments: [
            ("580.65.06", "535.161.07", nil, "NVIDIA H100 80GB HBM3", CompatibilityChoice.auto, "used"),
            ("580.65.06", "535.161.07", [535, 550, 570], "NVIDIA A100-SXM4-80GB", .auto, "used"),
            ("580.65.06", "545.23.06", [535, 550, 570], "NVIDIA A100-SXM4-80GB", .auto, "the branches 535, 550, 570"),
            ("580.65.06", "535.161.07", nil, "NVIDIA GeForce RTX 4090", .auto, "(error 804)"),
            ("580.65.06", "535.161.07", nil, "NVIDIA GeForce RTX 4090", .on, "used"),
            ("580.65.06", "535.161.07", nil, "Tesla T4", .off, "says not to"),
            // 803 is what an older one would bring.
            ("575.57.08", "580.159.04", nil, "NVIDIA H100 80GB HBM3", .on, "needless"),
            ("580.159.04", "580.159.04", [580], "NVIDIA H100 80GB HBM3", .auto, "needless"),
            // The same branch, and no word of the library's that it is meant for it.
            ("580.159.04", "580.65.06", nil, "NVIDIA H100 80GB HBM3", .auto, "needless"),
            ("580.159.04", "580.65.06", [580], "NVIDIA H100 80GB HBM3", .auto, "used"),
            // Nobody knows whether it takes it; NVIDIA's tools try it.
            ("590.48.01", "580.65.06", nil, "NVIDIA Something New", .auto, "used"),
        ] as [(String, String, [Int]?, String, CompatibilityChoice, String)]
    )
    func verdicts(
        own: String,
        driver: String,
        branches: [Int]?,
        model: String,
        choice: CompatibilityChoice,
        expected: String
    ) throws {
        let verdict = CompatibilityVerdict(
            try library(own, branches),
            driver: DriverVersion(driver),
            models: [model],
            choice: choice
        )
        #expect(word(verdict).contains(expected), "\(verdict)")
        #expect(CompatibilityVerdict(nil, driver: DriverVersion(driver), models: []) == .absent)
    }

    @Test("there must be exactly one libcuda with a version in its name")
    func version() {
        func version(_ names: String...) -> String? { CompatibilityLibrary.version(among: names)?.description }
        #expect(version("libcuda.so.575.57.08", "libnvidia-nvvm.so.575.57.08") == "575.57.08")
        #expect(version("libcuda.so.575.57.08", "libcuda.so.570.26") == nil)
        #expect(version("libcuda.so.1", "libcuda.so") == nil && version() == nil)
    }

    @Test("the library's note names the branches of drivers, as numbers or as texts")
    func note() throws {
        func branches(_ note: String?) throws -> [Int]? {
            let file = MockBinary.compatibility(note: note)
            let read: ElfLibrary.Reader = { offset, count in
                guard offset < file.count else { return [] }
                return Array(file[Int(offset)..<min(file.count, Int(offset) + count)])
            }
            let sections = try #require(try ElfSections(read)).all
            guard let place = sections.first(where: { $0.name == CompatibilityLibrary.noteSection }) else { return nil }
            return CompatibilityLibrary.branches(note: try read(place.offset, Int(place.size)))
        }
        #expect(try branches(#"{"Format": 1, "CUDA Version": "13.0", "Driver": [535, 570]}"#) == [535, 570])
        #expect(try branches(#"{"Driver": ["535.xx", "550"]}"#) == [535, 550])
        #expect(try branches(#"{"Driver": "all"}"#) == nil)
        #expect(try branches("no JSON") == nil)
        #expect(try branches(nil) == nil)
        #expect(CompatibilityLibrary.branches(note: [255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0]) == nil)
    }

    @Test("programs are led to it by names inside the container, and nothing is mounted from the image")
    func edits() throws {
        let machine = Machines.two()
        var edits = GPUEditBuilder(machine).edits(try GPUSelection(GPURequest(.all), in: machine))
        let mounts = edits.mounts
        edits.prefer(try library("590.48.01"))
        #expect(edits.mounts == mounts)
        let folder = "/usr/local/nvidia/lib64"
        for name in ["libcuda.so.1", "libcuda.so", "libcuda.so.590.48.01", "libnvidia-nvvm.so.4"] {
            #expect(
                edits.links.filter { $0.path == "\(folder)/\(name)" }.map(\.target) == [
                    "/usr/local/cuda/compat/\(name)"
                ]
            )
            #expect(edits.libraries.filter { $0.name == name }.map(\.path) == ["/usr/local/cuda/compat/\(name)"])
        }
        // What the image does not have stays the host's.
        #expect(edits.links.contains { $0.path == "\(folder)/libnvidia-ml.so.1" && !$0.target.hasPrefix("/") })
        #expect(edits.libraryFolders == ["/usr/local/cuda/compat", folder])
    }

    /// What an image with CUDA's own condition meets on a machine.
    private func findings(driver: String, model: String, own: String?, condition: String) throws -> [GPUFinding] {
        var machine = Machines.two()
        machine.driverVersion = DriverVersion(driver)
        machine.missingNodes = []
        for index in machine.gpus.indices { machine.gpus[index].model = model }
        var image = GPUImageFacts(environment: ["NVIDIA_REQUIRE_CUDA": condition, "CUDA_VERSION": "13.0.0"])
        image.library = DriverVersion("2.39")
        image.compatibility = try own.map { try library($0) }
        return GPUExamination(machine, image: image).findings()
    }

    @Test("an image that allows an older driver by its branch runs only where its own libcuda is used")
    func requirements() throws {
        let condition = "cuda>=13.0 brand=unknown,driver>=535,driver<536 brand=tesla,driver>=535,driver<536"
        func worst(_ driver: String, _ model: String, _ own: String?) throws -> GPUFinding? {
            try findings(driver: driver, model: model, own: own, condition: condition).first
        }
        let used = try worst("535.161.07", "NVIDIA H100 80GB HBM3", "580.65.06")
        #expect(used?.weight == .note && used?.what.contains("own `libcuda` 580.65.06 is used") == true)
        #expect(try worst("535.161.07", "NVIDIA H100 80GB HBM3", nil)?.weight == .likely)
        #expect(try worst("580.65.06", "NVIDIA H100 80GB HBM3", "580.65.06") == nil)
        let game = try #require(try worst("535.161.07", "NVIDIA GeForce RTX 4090", "580.65.06"))
        #expect(game.weight == .certain && game.why?.contains("error 804") == true, "\(game)")
        // Another branch than the condition allows, whatever the library.
        #expect(try worst("550.54.14", "NVIDIA GeForce RTX 4090", nil)?.weight == .certain)
    }

    @Test("conditions on the product line and the generation are checked for each GPU by its name")
    func brands() throws {
        func weights(_ condition: String, _ model: String) throws -> [GPUFinding.Weight] {
            try findings(driver: "580.159.04", model: model, own: nil, condition: condition).map(\.weight)
        }
        #expect(try weights("brand=geforce", "NVIDIA GeForce RTX 4090") == [])
        #expect(try weights("brand=tesla", "NVIDIA GeForce RTX 4090") == [.certain])
        #expect(try weights("arch>=9.0", "NVIDIA A100-SXM4-80GB") == [.certain])
        #expect(try weights("arch>=8.0", "NVIDIA A100-SXM4-80GB") == [])
        // A name that nobody knows satisfies everything.
        #expect(try weights("brand=tesla,arch>=99", "NVIDIA Something New") == [])
    }
}
