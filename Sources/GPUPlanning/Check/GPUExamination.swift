/// What is known about an image, as far as GPUs are concerned.
public struct GPUImageFacts: Hashable, Sendable {
    /// The variables of the container, the image's and the user's.
    public var environment: [String: String]
    /// The version of the image's C library; nil where it has none of GNU's.
    public var library: DriverVersion?
    /// Whether its C library is musl, which loads none of the driver's libraries.
    public var usesMusl = false
    /// Whether it brings a newer `libcuda` of its own (forward compatibility).
    public var hasCompatibility = false

    /// Describes an image.
    public init(environment: [String: String] = [:]) { self.environment = environment }
}

/// Looks at a machine, a request and an image before anything is made, and says what will not work.
public struct GPUExamination: Sendable {
    let inventory: GPUInventory
    let selection: GPUSelection?
    let image: GPUImageFacts?

    /// Prepares an examination.
    ///
    /// - Parameters:
    ///   - inventory: the machine.
    ///   - selection: the GPUs that are to be given; nil where only the machine is looked at.
    ///   - image: the image; nil where there is none.
    public init(_ inventory: GPUInventory, selection: GPUSelection? = nil, image: GPUImageFacts? = nil) {
        self.inventory = inventory
        self.selection = selection
        self.image = image
    }

    /// Everything that was found, the worst first.
    public func findings() -> [GPUFinding] {
        guard selection?.vendor ?? .nvidia == .nvidia else { return [] }
        var findings = machine()
        if let image { findings += requirements(image) + library(image) + variables(image) }
        return findings.enumerated().sorted { left, right in
            left.element.weight == right.element.weight
                ? left.offset < right.offset : left.element.weight > right.element.weight
        }.map(\.element)
    }

    // MARK: The machine

    private func machine() -> [GPUFinding] {
        guard inventory.layout == .native else { return [] }
        var findings: [GPUFinding] = []
        guard let version = inventory.driverVersion else {
            let absence = GPUAbsence(inventory)
            return [GPUFinding(.certain, absence.what, why: absence.why, remedy: absence.remedy)]
        }
        if inventory.libraryDirectory == nil {
            let absence = GPUAbsence(inventory)
            findings.append(GPUFinding(.certain, absence.what, why: absence.why, remedy: absence.remedy))
        }
        if inventory.missingNodes.contains("/dev/nvidia-uvm"), inventory.majors["nvidia-uvm"] == nil {
            findings.append(
                GPUFinding(
                    .certain,
                    "CUDA cannot start",
                    why: "`/dev/nvidia-uvm` is missing, because the kernel module `nvidia-uvm` is not loaded",
                    remedy: "run `sudo nvidia-modprobe -u -c0`, or `sudo modprobe nvidia-uvm`"
                )
            )
        }
        for path in inventory.missingNodes where path != "/dev/nvidia-uvm" || inventory.majors["nvidia-uvm"] != nil {
            findings.append(
                GPUFinding(
                    .note,
                    "the device node `\(path)` is missing on the host",
                    why: "nobody has used the driver since it was loaded; containers get it all the same",
                    remedy: "for programs outside of containers, run `sudo nvidia-modprobe -u -c0`"
                )
            )
        }
        if inventory.hasSwitches, !inventory.sockets.contains(where: { $0.contains("fabricmanager") }) {
            findings.append(
                GPUFinding(
                    .likely,
                    "CUDA may answer `system not yet initialized` (802)",
                    why: "the machine has NVSwitches, and their service does not run",
                    remedy: "start `nvidia-fabricmanager` in the version of the driver, \(version)"
                )
            )
        }
        return findings
    }

    // MARK: The image

    private func requirements(_ image: GPUImageFacts) -> [GPUFinding] {
        guard let driver = inventory.driverVersion, !isRequirementDisabled(image) else { return [] }
        let facts = DriverRequirement.Facts(cuda: inventory.cudaVersion, driver: driver)
        var findings: [GPUFinding] = []
        let names = image.environment.keys.filter { $0.hasPrefix("NVIDIA_REQUIRE_") && $0 != "NVIDIA_REQUIRE_JETPACK" }
        for name in names.sorted() {
            let text = image.environment[name] ?? ""
            guard let requirement = DriverRequirement(text) else {
                findings.append(GPUFinding(.note, "the image's \(name) cannot be understood", why: "`\(text)`"))
                continue
            }
            if requirement.isSatisfied(by: facts) { continue }
            if let release = requirement.wantedRelease {
                findings.append(judge(release, driver, image, whoAsks: "\(name) asks for CUDA \(release)"))
            } else {
                findings.append(
                    GPUFinding(
                        .certain,
                        "the image does not run with this driver",
                        why: "its \(name) is `\(text)`, and the driver is \(driver)",
                        remedy: "use another tag of the image, or overrule it with `--gpu-no-require`"
                    )
                )
            }
        }
        if names.isEmpty, let release = image.environment["CUDA_VERSION"].flatMap({ DriverVersion($0) }) {
            let short = DriverVersion("\(release.major).\(release.minor)") ?? release
            if CUDARelease.verdict(release: short, driver: driver) != .full {
                findings.append(judge(short, driver, image, whoAsks: "it is made with CUDA \(short)"))
            }
        }
        return findings
    }

    private func isRequirementDisabled(_ image: GPUImageFacts) -> Bool {
        ["1", "t", "true", "yes", "y", "on"].contains(image.environment["NVIDIA_DISABLE_REQUIRE"]?.lowercased() ?? "")
    }

    /// What an image that wants a newer CUDA than the driver's can expect.
    private func judge(
        _ release: DriverVersion,
        _ driver: DriverVersion,
        _ image: GPUImageFacts,
        whoAsks: String
    ) -> GPUFinding {
        let serves = inventory.cudaVersion.map { " serves CUDA up to \($0)" } ?? " is older"
        switch CUDARelease.verdict(release: release, driver: driver) {
        case .minorCompatible(let wants):
            return GPUFinding(
                .likely,
                "some of the image may not run with this driver",
                why: "\(whoAsks), and the driver \(driver)\(serves); within one major release most works, but code"
                    + " that is compiled at run time (PTX) may be refused with error 222",
                remedy: "update the driver to \(wants) or later"
            )
        case .unserved(let needs) where image.hasCompatibility:
            return GPUFinding(
                .likely,
                "the image needs its own `libcuda` with this driver",
                why: "\(whoAsks), and the driver \(driver)\(serves); the image brings a compatibility library, which"
                    + " data centre GPUs accept and others answer with error 804",
                remedy: "add `-e LD_LIBRARY_PATH=/usr/local/cuda/compat`, or update the driver to \(needs) or later"
            )
        case .unserved(let needs):
            return GPUFinding(
                .certain,
                "the image does not run with this driver",
                why: "\(whoAsks), and the driver \(driver)\(serves)",
                remedy: "update the driver to \(needs) or later, use an image for CUDA"
                    + " \(inventory.cudaVersion?.description ?? "of the driver's") or older, or overrule this with"
                    + " `--gpu-no-require`"
            )
        case .full, .unknown:
            return GPUFinding(
                .certain,
                "the image does not run with this driver",
                why: "\(whoAsks), and the driver \(driver)\(serves)",
                remedy: "update the driver, use an older tag of the image, or overrule this with `--gpu-no-require`"
            )
        }
    }

    private func library(_ image: GPUImageFacts) -> [GPUFinding] {
        if image.usesMusl {
            return [
                GPUFinding(
                    .likely,
                    "programs of the image may not load the driver's libraries",
                    why: "the image's C library is musl, and the driver's libraries are made for GNU's",
                    remedy: "use an image of Debian, Ubuntu, Rocky or the like, or install `gcompat` in it"
                )
            ]
        }
        guard let own = image.library,
            let needed = inventory.libraries.compactMap(\.neededLibrary).max(), own < needed
        else { return [] }
        return [
            GPUFinding(
                .certain,
                "programs of the image cannot load the driver's libraries",
                why: "these need version \(needed) of the C library, and the image has \(own)",
                remedy: "use an image of a newer distribution, or overrule this with `--gpu-no-require`"
            )
        ]
    }

    private func variables(_ image: GPUImageFacts) -> [GPUFinding] {
        guard let words = image.environment["NVIDIA_DRIVER_CAPABILITIES"], !words.isEmpty, words != "all",
            !words.split(separator: ",").contains("utility")
        else { return [] }
        return [
            GPUFinding(
                .note,
                "`nvidia-smi` is not in the container",
                why: "NVIDIA_DRIVER_CAPABILITIES is `\(words)`",
                remedy: "add `-e NVIDIA_DRIVER_CAPABILITIES=compute,utility`"
            )
        ]
    }
}
