/// What an image asks of the machine.
extension GPUExamination {
    /// The GPUs that it is about.
    private var gpus: [GPUDevice] {
        var result: [GPUDevice] = []
        for gpu in selection?.units.map(\.gpu) ?? inventory.gpus(of: .nvidia) where !result.contains(gpu) {
            result.append(gpu)
        }
        return result
    }

    /// Whether an image's own `libcuda` is used on these GPUs.
    public func compatibilityVerdict(_ image: GPUImageFacts) -> CompatibilityVerdict {
        CompatibilityVerdict(
            image.compatibility,
            driver: inventory.driverVersion,
            models: gpus.map(\.model),
            choice: image.compatibilityChoice
        )
    }

    /// The newest CUDA release that programs of the image find: the driver's, or that of the image's own `libcuda`.
    private func servedRelease(_ image: GPUImageFacts) -> DriverVersion? {
        guard let library = compatibilityVerdict(image).used else { return inventory.cudaVersion }
        return CUDARelease.newest(for: library.version)
    }

    func requirements(_ image: GPUImageFacts) -> [GPUFinding] {
        guard let driver = inventory.driverVersion, !isRequirementDisabled(image) else { return [] }
        let served = servedRelease(image)
        var findings: [GPUFinding] = []
        let names = image.environment.keys.filter { $0.hasPrefix("NVIDIA_REQUIRE_") && $0 != "NVIDIA_REQUIRE_JETPACK" }
        for name in names.sorted() {
            let text = image.environment[name] ?? ""
            guard let requirement = DriverRequirement(text) else {
                findings.append(GPUFinding(.note, "the image's \(name) cannot be understood", why: "`\(text)`"))
                continue
            }
            let isSatisfied = facts(served, driver).allSatisfy(requirement.isSatisfied)
            let wanted = requirement.wantedRelease
            // What images allow by branch and product line, they allow because they bring a newer `libcuda` along. Where
            // that is not used, the program ends at its first call, whatever the condition says.
            let isShort = wanted.map { wanted in served.map { $0 < wanted } ?? false } ?? false
            if isSatisfied, !isShort { continue }
            if let wanted, isShort {
                var finding = judge(wanted, driver, image, whoAsks: "\(name) asks for CUDA \(wanted)")
                if isSatisfied { finding.weight = min(finding.weight, .likely) }
                findings.append(finding)
            } else {
                findings.append(unsatisfied(name, text, driver))
            }
        }
        if names.isEmpty, let release = image.environment["CUDA_VERSION"].flatMap({ DriverVersion($0) }) {
            let short = DriverVersion("\(release.major).\(release.minor)") ?? release
            let isServed = served.map { $0 >= short } ?? false
            if !isServed, CUDARelease.verdict(release: short, driver: driver) != .full {
                findings.append(judge(short, driver, image, whoAsks: "it is made with CUDA \(short)"))
            }
        }
        return findings
    }

    /// What conditions are about: each GPU has to satisfy them; without one only the driver counts.
    private func facts(_ served: DriverVersion?, _ driver: DriverVersion) -> [DriverRequirement.Facts] {
        if gpus.isEmpty { return [DriverRequirement.Facts(cuda: served, driver: driver)] }
        return gpus.map { gpu in
            DriverRequirement.Facts(
                cuda: served,
                driver: driver,
                architecture: gpu.computeCapability,
                brands: GPUModel(gpu.model).brands
            )
        }
    }

    private func unsatisfied(_ name: String, _ text: String, _ driver: DriverVersion) -> GPUFinding {
        let models = gpus.map(\.model).filter { !$0.isEmpty }
        let onWhat = models.isEmpty ? "" : " with \(models.joined(separator: ", "))"
        return GPUFinding(
            .certain,
            "the image does not run with this driver",
            why: "its \(name) is `\(text)`, and the driver is \(driver)\(onWhat)",
            remedy: "use another tag of the image, or overrule it with `--gpu-no-require`"
        )
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
        var why = "\(whoAsks), and the driver \(driver)\(serves)"
        if case .refused(let library, let reason) = compatibilityVerdict(image) {
            why += "; the image's own `libcuda` \(library.version) is of no help: \(reason)"
        }
        switch CUDARelease.verdict(release: release, driver: driver) {
        case .minorCompatible(let wants):
            return GPUFinding(
                .likely,
                "some of the image may not run with this driver",
                why: "\(why); within one major release most works, but code that is compiled at run time (PTX) may be"
                    + " refused with error 222",
                remedy: "update the driver to \(wants) or later"
            )
        case .unserved(let needs):
            return GPUFinding(
                .certain,
                "the image does not run with this driver",
                why: why,
                remedy: "update the driver to \(needs) or later, use an image for CUDA"
                    + " \(inventory.cudaVersion?.description ?? "of the driver's") or older, or overrule this with"
                    + " `--gpu-no-require`"
            )
        case .full, .unknown:
            return GPUFinding(
                .certain,
                "the image does not run with this driver",
                why: why,
                remedy: "update the driver, use an older tag of the image, or overrule this with `--gpu-no-require`"
            )
        }
    }

    /// Which `libcuda` programs will find.
    func compatibility(_ image: GPUImageFacts) -> [GPUFinding] {
        guard let library = compatibilityVerdict(image).used, let driver = inventory.driverVersion else { return [] }
        return [
            GPUFinding(
                .note,
                "the image's own `libcuda` \(library.version) is used",
                why: "the driver \(driver) is older, and data centre GPUs take a newer one (forward compatibility)",
                remedy: "`--cuda-compat off` takes the driver's own"
            )
        ]
    }

    /// Whether the image's code was compiled for the GPUs.
    func code(_ image: GPUImageFacts) -> [GPUFinding] {
        var findings: [GPUFinding] = []
        for found in image.code {
            let strangers = gpus.filter { $0.computeCapability.map { !found.code.runs(on: $0) } ?? false }
            guard let gpu = strangers.first, let architecture = gpu.computeCapability else { continue }
            findings.append(
                GPUFinding(
                    .likely,
                    "programs of the image may find no code for GPU \(strangers.map { "\($0.index)" }.joined(separator: ", "))",
                    why: "\(gpu.model) is of generation \(architecture), and `\(found.path)` has \(found.code.text);"
                        + " CUDA answers `no kernel image is available` (209)",
                    remedy: architecture.major >= 10
                        ? "use an image with CUDA 12.8 or later, which knows this generation"
                        : "use an image that was built for this generation"
                )
            )
        }
        return findings
    }

    func library(_ image: GPUImageFacts) -> [GPUFinding] {
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

    func variables(_ image: GPUImageFacts) -> [GPUFinding] {
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
