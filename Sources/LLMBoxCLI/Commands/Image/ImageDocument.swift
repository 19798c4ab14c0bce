internal import Engine
internal import OCIModel

/// What `inspect` shows of an image, in the shape that Docker gives it.
enum ImageDocument {
    /// The document of one image.
    static func value(_ details: ImageDetails) -> DisplayValue {
        let config = details.image.config
        var fields: [DisplayField] = []
        func add(_ name: String, _ value: DisplayValue) { fields.append(DisplayField(name: name, value: value)) }
        add("Id", .string(details.image.id.description))
        add("RepoTags", .strings(details.tags))
        add("RepoDigests", .strings(details.digests))
        add("Parent", "")
        add("Comment", .string(config.history?.last?.comment ?? ""))
        add("Created", .string(config.created ?? "0001-01-01T00:00:00Z"))
        add("Author", .string(config.author ?? ""))
        add("Config", Self.value(config.config ?? ContainerConfig()))
        add("Architecture", .string(config.architecture))
        if let variant = config.variant { add("Variant", .string(variant)) }
        add("Os", .string(config.os))
        add("Size", .integer(Int64(clamping: details.size)))
        add("VirtualSize", .integer(Int64(clamping: details.size)))
        add("GraphDriver", .fields(["Data": graph(details.layerDirectories), "Name": "overlay2"]))
        add(
            "RootFS",
            .fields(["Type": "layers", "Layers": .strings(config.rootfs.diffIDs.map(\.description))])
        )
        let tagged = details.lastTagged.map { Timestamp(seconds: $0).rfc3339 } ?? "0001-01-01T00:00:00Z"
        add("Metadata", .fields(["LastTagTime": .string(tagged)]))
        add(
            "Descriptor",
            .fields([
                "mediaType": .string(details.manifest.mediaType ?? MediaType.manifest),
                "digest": .string(details.image.manifestDigest.description),
            ])
        )
        return .object(fields)
    }

    /// A container configuration in Docker's spelling, with null for what is not set.
    static func value(_ config: ContainerConfig) -> DisplayValue {
        func list(_ values: [String]?) -> DisplayValue { values.map { .strings($0) } ?? .null }
        func set(_ values: [String: EmptyObject]?) -> DisplayValue {
            guard let values else { return .null }
            return .object(values.keys.sorted().map { DisplayField(name: $0, value: .object([])) })
        }
        var fields: [DisplayField] = []
        func add(_ name: String, _ value: DisplayValue) { fields.append(DisplayField(name: name, value: value)) }
        add("User", .string(config.user ?? ""))
        add("ExposedPorts", set(config.exposedPorts))
        add("Env", list(config.env))
        add("Cmd", list(config.cmd))
        if let healthcheck = config.healthcheck { add("Healthcheck", value(healthcheck)) }
        add("Volumes", set(config.volumes))
        add("WorkingDir", .string(config.workingDir ?? ""))
        add("Entrypoint", list(config.entrypoint))
        add("OnBuild", list(config.onBuild))
        add("Labels", .map(config.labels ?? [:]))
        if let signal = config.stopSignal { add("StopSignal", .string(signal)) }
        if let shell = config.shell { add("Shell", .strings(shell)) }
        return .object(fields)
    }

    private static func value(_ check: Healthcheck) -> DisplayValue {
        var fields = [DisplayField(name: "Test", value: .strings(check.test ?? []))]
        let durations = [
            ("Interval", check.interval), ("Timeout", check.timeout), ("StartPeriod", check.startPeriod),
            ("StartInterval", check.startInterval), ("Retries", check.retries.map { Int64($0) }),
        ]
        for (name, duration) in durations {
            if let duration { fields.append(DisplayField(name: name, value: .integer(duration))) }
        }
        return .object(fields)
    }

    /// The topmost layer and those below it, as Docker's overlay2 driver lists them.
    private static func graph(_ directories: [String]) -> DisplayValue {
        guard let top = directories.last else { return .object([]) }
        let lower = directories.dropLast().reversed().joined(separator: ":")
        var fields = lower.isEmpty ? [] : [DisplayField(name: "LowerDir", value: .string(lower))]
        fields.append(DisplayField(name: "UpperDir", value: .string(top)))
        return .object(fields)
    }
}
