internal import Diagnostics

/// Rules for images of models.
extension LintRule {
    static let weightsAfterCode = LintRule(
        name: "WeightsAfterCode",
        summary: "Weights that are copied after code are copied again for every change of the code.",
        isOwn: true
    ) { input in
        input.imageStages.flatMap { stage -> [Finding] in
            var code: Word?
            return stage.instructions.compactMap { instruction -> Finding? in
                guard case .copy(let copy) = instruction.kind, copy.from == nil else { return nil }
                let weights = copy.paths.first { holdsWeights($0, input) && !takesEverything($0) }
                if let weights, let code {
                    return Finding(
                        range: weights.range,
                        message:
                            "the weights `\(weights.text)` come after the code `\(code.text)`, which changes more often",
                        hint: "copy the weights first, or use `COPY --link`"
                    )
                }
                if weights == nil, !copy.link { code = code ?? copy.paths.first(where: isCode) }
                return nil
            }
        }
    }

    static let weightsOwnerChanged = LintRule(
        name: "WeightsOwnerChanged",
        summary: "A `RUN chown` or `chmod` of weights puts every byte of them into a second layer.",
        isOwn: true
    ) { input in
        input.imageStages.flatMap { stage -> [Finding] in
            var places: [String] = []
            return stage.instructions.compactMap { instruction -> Finding? in
                switch instruction.kind {
                case .copy(let copy):
                    if copy.paths.contains(where: { holdsWeights($0, input) }) { places.append(copy.destination.text) }
                case .run(let run):
                    guard case .shell(let text) = run.form else { return nil }
                    let command = ([text] + run.heredocs.map(\.body)).joined(separator: "\n")
                    guard let place = places.first(where: { changesOwner(of: $0, in: command) }) else { return nil }
                    return Finding(
                        range: instruction.keyword.range,
                        message: "this changes owner or mode of the weights below `\(place)`, and so stores them twice",
                        hint: "write `COPY --chown=USER:GROUP` or `COPY --chmod=MODE` where they are copied"
                    )
                default: break
                }
                return nil
            }
        }
    }

    static let pipCacheInLayer = LintRule(
        name: "PipCacheInLayer",
        summary: "pip keeps what it downloads, which makes the layer larger for nothing.",
        isOwn: true
    ) { input in
        input.imageStages.reversed().flatMap { stage -> [Finding] in
            stage.instructions.enumerated().compactMap { place, instruction in
                guard case .run(let run) = instruction.kind, case .shell(let text) = run.form else { return nil }
                let command = ([text] + run.heredocs.map(\.body)).joined(separator: "\n")
                guard let tool = installer(in: command) else { return nil }
                let isCached = run.mounts.contains { $0.word.text.contains("cache") }
                let isRemoved = ["pip cache purge", "pip3 cache purge", "/.cache", "uv cache clean"].contains {
                    command.contains($0)
                }
                let variables = tool == "uv" ? ["UV_NO_CACHE"] : ["PIP_NO_CACHE_DIR"]
                let isOff =
                    command.contains("--no-cache") || variables.contains { command.contains($0) }
                    || input.isPreceded(place, in: stage) { kind in
                        VariableTracker.declarations(of: kind).contains { variables.contains($0) }
                    }
                if isCached || isRemoved || isOff { return nil }
                return Finding(
                    range: instruction.keyword.range,
                    message: "`\(tool) install` leaves its cache in the layer",
                    hint: "add `--no-cache-dir`, or `--mount=type=cache,target=/root/.cache`"
                )
            }
        }
    }

    static let secretValue = LintRule(
        name: "SecretValue",
        summary: "A token that stands in the Dockerfile is in the image's history for everyone to read.",
        isOwn: true
    ) { input in
        input.allInstructions.compactMap { instruction in
            guard let kind = SecretPattern.kind(in: instruction.originalText) else { return nil }
            return Finding(
                range: instruction.range,
                message: "this looks like \(kind), readable by whoever has the image",
                hint: "revoke it, and hand its successor in with `RUN --mount=type=secret`"
            )
        }
    }

    static let cudaNewerThanDriver = LintRule(
        name: "CudaNewerThanDriver",
        summary: "A CUDA release newer than the driver of this machine does not start here.",
        isOwn: true
    ) { input in
        guard let driver = input.facts?.driverVersion else { return [] }
        let tracker = VariableTracker(input)
        return input.dockerfile.stages.compactMap { stage in
            guard input.parent(of: stage) == nil, let name = tracker.expanded(stage.from.image),
                let cuda = CudaRelease(imageName: name), let needed = cuda.minimumDriver,
                CudaRelease.isOlder(driver, than: needed)
            else { return nil }
            return Finding(
                range: stage.from.image.range,
                message: "CUDA \(cuda.major).\(cuda.minor) needs the driver \(needed), and this machine has \(driver)",
                hint: "choose a tag of CUDA \(cuda.major - 1), or update the driver"
            )
        }
    }

    // MARK: What words mean

    /// Whether a source is weights by its name, or holds large files of the context.
    private static func holdsWeights(_ word: Word, _ input: LintInput) -> Bool {
        let path = CleanPath.clean(word.text).lowercased()
        let suffixes = [".gguf", ".safetensors", ".bin", ".pt", ".pth", ".onnx", ".ckpt", ".h5", ".engine", ".npz"]
        if suffixes.contains(where: { path.hasSuffix($0) }) { return true }
        let names = ["weights", "model_weights", "models", "checkpoints", "checkpoint", "ckpt", "model_repository"]
        if names.contains(CleanPath.lastComponent(path)) { return true }
        let prefix = CleanPath.clean(word.text)
        return input.facts?.context?.largeFiles.contains {
            $0.path == prefix || $0.path.hasPrefix(prefix + "/") || prefix == "."
        } ?? false
    }

    private static func takesEverything(_ word: Word) -> Bool { [".", "./", "/", "*"].contains(word.text) }

    private static func isCode(_ word: Word) -> Bool {
        let path = CleanPath.clean(word.text).lowercased()
        return takesEverything(word) || [".py", ".sh", ".js", ".ts", ".go", ".rs"].contains { path.hasSuffix($0) }
            || ["src", "app", "code", "server"].contains(CleanPath.lastComponent(path))
    }

    private static func changesOwner(of place: String, in command: String) -> Bool {
        let words = command.split { " \t\n;&|".contains($0) }.map(String.init)
        guard let start = words.firstIndex(where: { ["chown", "chmod", "chgrp"].contains($0) }) else { return false }
        let target = CleanPath.clean(place)
        let isRecursive = words[start...].contains { $0 == "--recursive" || ($0.hasPrefix("-") && $0.contains("R")) }
        return words[start...].contains { word in
            let path = CleanPath.clean(word)
            guard path.hasPrefix("/") else { return false }
            return path == target || path.hasPrefix(target + "/")
                || (isRecursive && target.hasPrefix(path == "/" ? "/" : path + "/"))
        }
    }

    private static func installer(in command: String) -> String? {
        let text = command.split { $0 == " " || $0 == "\t" || $0 == "\n" }.joined(separator: " ")
        if text.contains("uv pip install") { return "uv" }
        return ["pip install", "pip3 install"].contains { text.contains($0) } ? "pip" : nil
    }
}
