internal import Diagnostics
internal import DockerfileSyntax
internal import OCIModel

/// `RUN`.
extension StagePlanner {
    func applyRun(_ run: RunInstruction, _ context: InstructionContext) {
        var arguments: [String] = []
        var script: RunOperation.ScriptFile?
        let commandText: String
        switch run.script {
        case .shell(let text):
            arguments = state.shell + [text]
            commandText = arguments.joined(separator: " ")
        case .exec(let words):
            arguments = words
            commandText = words.joined(separator: " ")
        case .file(let name, let content):
            script = RunOperation.ScriptFile(name: name, content: content)
            commandText = "<<\(name)"
        }
        let mounts = run.mounts.compactMap { mount($0, context) }
        let devices = run.devices.compactMap { device in
            expand(device.name, context).map { RunOperation.Device(name: $0, isRequired: device.isRequired) }
        }
        checkEntitlements(run, devices, context)
        guard mounts.count == run.mounts.count, devices.count == run.devices.count else { return }
        let proxies = BuildPlanner.proxyNames.filter { state.scope[$0] == nil }.compactMap { name in
            session.request.buildArguments[name].map { "\(name)=\($0)" }
        }
        let operation = RunOperation(
            arguments: arguments,
            script: script,
            environment: state.scope.environment,
            proxyEnvironment: proxies,
            workingDirectory: state.directory,
            user: state.config.user ?? "",
            mounts: mounts,
            network: run.network ?? session.request.network,
            definedNetwork: run.network,
            security: run.security ?? .sandbox,
            devices: devices,
            platform: state.platform,
            commandText: commandText,
            hostname: argument("BUILDKIT_SANDBOX_HOSTNAME")
        )
        // A script of its own is shown at the place where BuildKit mounts it.
        let words = script.map { state.shell + ["/dev/pipes/\($0.name)"] } ?? arguments
        append(.run(operation), history: HistoryText.run(words, scope: state.argumentsForHistory), context)
    }

    /// The value of a build argument that is a setting of the builder's.
    private func argument(_ name: String) -> String? {
        session.request.buildArguments[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Refuses what only the caller may decide; before any step has run, and all of it at once.
    private func checkEntitlements(
        _ run: RunInstruction,
        _ devices: [RunOperation.Device],
        _ context: InstructionContext
    ) {
        var wanted: [(text: String, right: BuildEntitlement)] = []
        // Who gives all steps the host's network has decided about this one.
        if run.network == .host, session.request.network != .host { wanted.append(("--network=host", .hostNetwork)) }
        if run.security == .insecure { wanted.append(("--security=insecure", .insecure)) }
        for device in devices where device.name.hasPrefix("/") { wanted.append(("--device=\(device.name)", .device)) }
        for (text, right) in wanted where !session.request.allowed.contains(right) {
            report(
                Diagnostic(
                    .error,
                    "`RUN \(text)` is not allowed",
                    at: context.instruction.range,
                    hint: "if you trust this Dockerfile, build with `--allow \(right.rawValue)`"
                )
            )
        }
    }

    private func mount(_ flag: RunMountFlag, _ context: InstructionContext) -> RunOperation.Mount? {
        do {
            var mount = try context.expander.mount(flag)
            if case .cache(var cache) = mount, let space = argument("BUILDKIT_CACHE_MOUNT_NS") {
                cache.id = space + "/" + cache.id
                mount = .cache(cache)
            }
            var from: String?
            switch mount {
            case .bind(let bind): from = bind.from
            case .cache(let cache): from = cache.from
            default: break
            }
            guard let from else { return RunOperation.Mount(mount: mount, origin: .context) }
            guard let origin = session.origin(from, range: context.instruction.range, before: source.index) else {
                isComplete = false
                return nil
            }
            return RunOperation.Mount(mount: mount, origin: origin)
        } catch {
            report(error)
            return nil
        }
    }
}
