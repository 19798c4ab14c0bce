import OCIModel
import Testing

@testable import LaunchPlanning

@Suite struct ModelDefaultsTests {
    private static let gpu = ModelSign.gpu(option: "--gpus")
    private static let roomy = ModelDefaults.Machine(
        memoryLimit: 512 << 20,
        memorySize: 8 << 30,
        canRaiseLimits: true,
        lockedMemory: 8 << 20,
        stack: 1 << 30
    )

    private func defaults(
        _ machine: ModelDefaults.Machine = roomy,
        _ change: (inout ModelDefaults.Circumstances) -> Void = { _ in }
    ) -> ModelDefaults {
        var circumstances = ModelDefaults.Circumstances()
        circumstances.home = "/root"
        circumstances.command = ["python3", "serve.py"]
        change(&circumstances)
        return ModelDefaults(Self.gpu, circumstances, machine)
    }

    @Test("where nothing is said, everything is chosen, and each choice has its reason")
    func everything() {
        let all = defaults()
        #expect(all.sharedMemory == 256 << 20 && all.usesInit && all.stopTimeout == 60 && all.keptLimits.isEmpty)
        #expect(
            all.ulimits == [
                ResourceLimitSpec(type: "RLIMIT_MEMLOCK", soft: .max, hard: .max),
                ResourceLimitSpec(type: "RLIMIT_STACK", soft: 64 << 20, hard: 1 << 30),
            ]
        )
        #expect(all.environment.count == 5 && all.environment[0] == "HF_HOME=/var/cache/llmbox/huggingface")
        #expect(
            all.settings.map(\.name).prefix(6).joined(separator: " ")
                == "--shm-size --ulimit memlock --ulimit stack --init --stop-timeout --mount"
        )
        #expect(all.settings.allSatisfy { $0.reason.hasPrefix("--gpus") })
        #expect(all.settings[0].reason == "--gpus: half of the memory limit")
    }

    @Test("shared memory is half of the machine's without a limit, and never less than Docker's")
    func sharedMemory() {
        var machine = Self.roomy
        machine.memoryLimit = nil
        #expect(defaults(machine).sharedMemory == 4 << 30)
        machine.memoryLimit = 32 << 20
        #expect(defaults(machine).sharedMemory == 64 << 20)
        #expect(defaults { $0.choosesSharedMemory = false }.sharedMemory == nil)
    }

    @Test("limits that may not be raised stay as they are, and it is known which")
    func keptLimits() {
        var machine = Self.roomy
        (machine.canRaiseLimits, machine.stack) = (false, 16 << 20)
        let kept = defaults(machine)
        #expect(kept.keptLimits == ["memlock", "stack"])
        #expect(kept.ulimits.map(\.soft) == [8 << 20, 16 << 20] && kept.ulimits.map(\.hard) == [8 << 20, 16 << 20])
        (machine.lockedMemory, machine.stack) = (.max, .max)
        let fine = defaults(machine)
        #expect(fine.keptLimits.isEmpty && fine.ulimits.map(\.soft) == [.max, 64 << 20])
        #expect(defaults(machine) { $0.givenUlimits = ["memlock", "stack"] }.ulimits.isEmpty)
    }

    @Test(
        "an image with an init of its own keeps it",
        arguments: ["tini", "/usr/bin/dumb-init", "/init", "/sbin/init"]
    )
    func ownInit(program: String) {
        #expect(!defaults { $0.command = [program, "--", "serve"] }.usesInit)
        #expect(!defaults { $0.decidesInit = true }.usesInit)
    }

    @Test("a cache that the user or the image has arranged is left alone")
    func caches() {
        func names(_ change: (inout ModelDefaults.Circumstances) -> Void) -> [String] {
            defaults(Self.roomy, change).environment.map { String($0.prefix { $0 != "=" }) }
        }
        let all = ["HF_HOME", "TORCH_HOME", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "VLLM_CACHE_ROOT"]
        let changes: [((inout ModelDefaults.Circumstances) -> Void, [String])] = [
            ({ _ in }, all),
            ({ $0.environment = ["HF_HOME=/models"] }, Array(all.dropFirst())),
            ({ $0.mounts = ["/root/.cache/huggingface"] }, Array(all.dropFirst())),
            ({ $0.mounts = ["/root/.cache/huggingface/hub"] }, Array(all.dropFirst())),
            ({ $0.mounts = ["/root/.cache"] }, ["TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"]),
            ({ $0.mounts = ["/root/.cached"] }, all),
            ({ $0.filledPlaces = ["/root/.cache/huggingface", "/root/.triton"] }, [all[1], all[2], all[4]]),
            ({ $0.environment = ["XDG_CACHE_HOME=/c"] }, ["TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"]),
            ({ $0.mounts = ["/var/cache/llmbox"] }, []), ({ $0.mounts = ["/var"] }, []),
        ]
        for (index, (change, expected)) in changes.enumerated() { #expect(names(change) == expected, "case \(index)") }
        #expect(!defaults { $0.mounts = ["/var/cache/llmbox"] }.settings.contains { $0.name == "--mount" })
    }

    @Test("labels that tell a model, and labels that deny it")
    func labels() {
        #expect(ModelSign(labels: ["llmbox.model": "tiny"]) == .label(key: "llmbox.model", value: "tiny"))
        #expect(ModelSign(labels: ["org.containers.type": "ai.image.model.raw"]) != nil)
        #expect(ModelSign(labels: ["org.containers.type": "something"]) == nil)
        #expect(ModelSign(labels: ["llmbox.model": "false", "org.containers.type": "ai.image.model.car"]) == nil)
        #expect(ModelSign(labels: [:]) == nil)
    }
}
