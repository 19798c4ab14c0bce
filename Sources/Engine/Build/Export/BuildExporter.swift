internal import BuildPlanning
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Turns what the stages of a build have become into its outputs.
final class BuildExporter {
    let store: ImageStore
    let request: BuildRequest
    let builds: [PlatformBuild]
    let progress: ProgressReporter
    let environment: @Sendable (String) -> String?
    /// The records of all steps, for caches besides the store's.
    let cached: [BlobDigest: BuildCacheRecord]
    /// What is told of the build; nil where nobody asked.
    let provenance: BuildProvenance?
    private var images: [ImageForm: ExportedImage] = [:]

    /// What makes two outputs need different images.
    struct ImageForm: Hashable {
        var usesDockerTypes: Bool
        var times: FileTimes
    }

    /// An image as its outputs have it.
    struct ExportedImage {
        var platforms: [PlatformImage]
        var index: ImageIndex?
        /// The manifest, or the index.
        var root: Descriptor
        var id: BlobDigest
    }

    init(
        store: ImageStore,
        request: BuildRequest,
        builds: [PlatformBuild],
        progress: ProgressReporter,
        environment: @escaping @Sendable (String) -> String?,
        cached: [BlobDigest: BuildCacheRecord] = [:],
        provenance: BuildProvenance? = nil
    ) {
        self.store = store
        self.request = request
        self.builds = builds
        self.progress = progress
        self.environment = environment
        self.cached = cached
        self.provenance = provenance
    }

    /// Makes all outputs; names in the store come after what they name.
    func export() throws -> BuildResult {
        let outputs = request.export.outputs.isEmpty ? [BuildOutput(.image)] : request.export.outputs
        for annotation in request.export.annotations where !hasIndex {
            guard ![.index, .indexDescriptor].contains(annotation.place) else {
                throw ExportError.noIndex(place: annotation.place.rawValue)
            }
        }
        var result: BuildResult?
        for output in outputs {
            let title =
                switch output.form {
                case .image: "exporting to image"
                case .local: "exporting to client directory"
                case .tar: "exporting to client tarball"
                case .oci: "exporting to oci image format"
                case .docker: "exporting to docker image format"
                }
            let made = try progress.vertex(title) { vertex in try export(output, vertex: vertex) }
            let usedStandardOutput = result?.usedStandardOutput ?? false
            if result == nil || output.form == .image { result = made }
            result?.usedStandardOutput = usedStandardOutput || made.usedStandardOutput
        }
        guard let result else { throw StepFailure(step: "export", what: "cannot find an output") }
        return result
    }

    private func export(_ output: BuildOutput, vertex: Int) throws -> BuildResult {
        let names = output.names.isEmpty ? request.tags : output.names
        let image = try image(form(of: output))
        var result = BuildResult(imageID: image.id, descriptor: image.root, tags: names)
        result.usedStandardOutput = output.destination == "-"
        switch output.form {
        case .image:
            try checkLimits(of: image, names: names)
            try keep(image, names: names, vertex: vertex)
            if output.isPushed { result.descriptor = try push(image, names: names, vertex: vertex) }
        case .local, .tar: try exportFiles(image, output)
        case .oci, .docker: result.descriptor = try exportArchive(image, output, names: names)
        }
        return result
    }

    private func form(of output: BuildOutput) -> ImageForm {
        let epoch = builds.first?.plan.sourceDateEpoch
        var times = FileTimes.kept
        if let fixed = request.export.fixedTime {
            times = .exactly(fixed)
        } else if output.rewritesTimes || request.export.rewritesTimes, let epoch {
            times = .atMost(epoch)
        }
        return ImageForm(usesDockerTypes: output.usesDockerTypes ?? (output.form == .docker), times: times)
    }

    // MARK: Images

    /// Whether the images come together in an index: several do, and one does whose Dockerfile's caller wants the same form
    /// for any number of platforms, in BuildKit's words.
    private var hasIndex: Bool {
        let wish = request.buildArguments["BUILDKIT_MULTI_PLATFORM"].map { $0.lowercased() }
        return builds.count > 1 || ["1", "t", "true"].contains(wish)
    }

    private func image(_ form: ImageForm) throws -> ExportedImage {
        if let known = images[form] { return known }
        let platforms = try builds.map { try assemble($0, form) }
        guard let first = platforms.first else { throw StepFailure(step: "export", what: "cannot find a platform") }
        var image = ExportedImage(platforms: platforms, root: first.descriptor, id: first.stored.id)
        if hasIndex {
            let annotations = annotations(.index, nil)
            var index = ImageIndex(
                manifests: platforms.map(\.descriptor),
                annotations: annotations.isEmpty ? nil : annotations
            )
            if form.usesDockerTypes { index.mediaType = MediaType.dockerManifestList }
            let bytes = try CanonicalJSON.encode(index)
            image.root = Descriptor(
                mediaType: index.mediaType ?? MediaType.index,
                digest: try store.writeBlob(bytes),
                size: Int64(bytes.count)
            )
            image.index = index
            image.id = image.root.digest
        }
        images[form] = image
        return image
    }

    private func assemble(_ build: PlatformBuild, _ form: ImageForm) throws -> PlatformImage {
        let reshaper = LayerReshaper(store: store, ignoresCache: request.ignoresCache)
        let count = build.baseLayers
        let base = Array(build.result.layers.prefix(count))
        var added = Array(build.result.layers.dropFirst(count))
        var history = build.result.history
        let epoch = request.export.fixedTime ?? build.plan.sourceDateEpoch
        let created = epoch.map(BuildTime.text) ?? build.result.created ?? BuildTime.text(BuildTime.now)
        if request.export.isSquashed, added.count > 1 {
            history = ImageAssembly.squashed(history, base: count, added: added.count, created: created)
            added = [try reshaper.squashed(added, onto: base)]
        }
        added = try fitted(added, onto: base, &history, reshaper)
        added = try added.map { try reshaper.layer($0, with: form.times) }
        let layers = base + added
        let platform = build.target.platform
        let image = try ImageAssembly.assemble(
            config: build.target.config,
            author: build.target.author,
            platform: platform,
            layers: layers.map { AssembledLayer(diffID: $0.diffID, size: Int64($0.tarSize)) },
            history: history,
            created: created,
            annotations: annotations(.manifest, platform).merging(try inlineCache(layers, epoch)) { given, _ in given },
            usesDockerTypes: form.usesDockerTypes
        )
        try store.writeBlob(image.config)
        try store.writeBlob(image.manifest)
        let beside = annotations(.manifestDescriptor, platform)
        let descriptor = Descriptor(
            mediaType: form.usesDockerTypes ? MediaType.dockerManifest : MediaType.manifest,
            digest: image.manifestDigest,
            size: Int64(image.manifest.count),
            platform: platform,
            annotations: beside.isEmpty ? nil : beside
        )
        let stored = StoredImage(id: image.configDigest, manifestDigest: image.manifestDigest)
        return PlatformImage(stored: stored, descriptor: descriptor, layers: layers)
    }

    private func keep(_ image: ExportedImage, names: [ImageReference], vertex: Int) throws {
        progress.emit(.note(vertex: vertex, "writing image \(image.id)"))
        // The one for this machine is what the name means when nobody says for which platform.
        let ours = image.platforms.first { $0.descriptor.platform.map(Platform.host.matches) ?? false }
        guard let main = ours ?? image.platforms.first else { return }
        // Names last: whoever sees the name sees a whole image.
        try store.addImage(manifest: main.stored.manifestDigest)
        if names.isEmpty {
            for platform in image.platforms { try store.addImage(manifest: platform.stored.manifestDigest) }
        }
        for name in names {
            let index = image.index == nil ? nil : image.root.digest
            try store.setReference(name, to: main.stored.manifestDigest, index: index)
            progress.emit(.note(vertex: vertex, "naming to \(name.withDefaultTag.canonical)"))
        }
    }

    func annotations(_ place: ImageAnnotation.Place, _ platform: Platform?) -> [String: String] {
        let chosen = request.export.annotations.filter { annotation in
            annotation.place == place && (annotation.platform == nil || annotation.platform == platform)
        }
        return Dictionary(chosen.map { ($0.key, $0.value) }) { _, last in last }
    }
}
