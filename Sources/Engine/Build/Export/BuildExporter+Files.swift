internal import BuildPlanning
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

extension BuildExporter {
    /// Writes the image's files as a tree or as a tar stream of the tree.
    func exportFiles(_ image: ExportedImage, _ output: BuildOutput) throws {
        let destination = output.destination ?? "-"
        let splits = output.splitsPlatforms ?? (image.index != nil)
        let times = fileTimes(output)
        if output.form == .tar {
            // Files of several platforms come into one archive by way of directories of their own.
            let views = try image.platforms.map { try FileView($0, splits: splits, store: store) }
            return try OutputPlace.write(destination) { descriptor in
                let archive = TreeArchiver(into: FileSink(descriptor: descriptor, name: destination))
                for view in views { try archive.add(view.path, below: view.name, times: times) }
                _ = try archive.finish()
            }
        }
        try OutputPlace.makeDirectory(destination)
        for platform in image.platforms {
            let view = try FileView(platform, splits: splits, store: store)
            let directory = view.name.map { "\(destination)/\($0)" } ?? destination
            try OutputPlace.makeDirectory(directory)
            var options = TreeCloner.Options()
            options.times = times
            options.keepsOwners = geteuid() == 0
            let cloner = try TreeCloner(into: FilePath(directory), options)
            try cloner.add(view.path)
            try cloner.finish()
        }
    }

    /// Writes the image as an OCI layout or as an archive for `docker load`.
    ///
    /// - Returns: What its names stand for there.
    func exportArchive(_ image: ExportedImage, _ output: BuildOutput, names: [ImageReference]) throws -> Descriptor {
        let destination = output.destination ?? "-"
        let stored = image.platforms.map(\.stored)
        var item = ArchiveImage(stored[0], names: names)
        var root = image.root
        if let provenance, output.form == .oci {
            let (index, documents) = try attested(image, by: provenance, names: names)
            item = ArchiveImage(stored, index: index, names: names)
            item.documents = documents
            item.annotations = annotations(.indexDescriptor, nil)
            let bytes = try CanonicalJSON.encode(index)
            root = Descriptor(
                mediaType: index.mediaType ?? MediaType.index,
                digest: BlobDigest(hashing: bytes),
                size: Int64(bytes.count)
            )
        } else if let index = image.index {
            item = ArchiveImage(stored, index: index, names: names)
            item.annotations = annotations(.indexDescriptor, nil)
        } else {
            item.annotations = annotations(.manifestDescriptor, image.root.platform)
        }
        if !output.isArchive {
            try OutputPlace.makeDirectory(destination)
            try store.writeLayout(of: [item], into: destination)
            return root
        }
        try OutputPlace.write(destination) { descriptor in
            _ = try store.writeArchive(
                of: [item],
                form: ArchiveForm(output.form == .docker ? .docker : .layout),
                into: FileSink(descriptor: descriptor, name: destination)
            )
        }
        return root
    }

    /// An index of the images and of what is told of each, and the documents that tell it.
    private func attested(
        _ image: ExportedImage,
        by provenance: BuildProvenance,
        names: [ImageReference]
    ) throws -> (index: ImageIndex, documents: [[UInt8]]) {
        var index = image.index ?? ImageIndex(manifests: image.platforms.map(\.descriptor))
        var documents: [[UInt8]] = []
        for (build, platform) in zip(builds, image.platforms) {
            let digest = platform.descriptor.digest
            let statement = try provenance.statement(build, request, names: names, image: digest)
            let manifest = try AttestationManifest(
                statement: statement,
                predicateType: ProvenanceStatement.predicateType
            )
            documents += [statement, manifest.config, manifest.manifest]
            index.manifests.append(manifest.descriptor(of: digest))
        }
        return (index, documents)
    }

    /// Files that are written out have the times that the layers' streams have.
    private func fileTimes(_ output: BuildOutput) -> FileTimes {
        if let fixed = request.export.fixedTime { return .exactly(fixed) }
        guard output.rewritesTimes || request.export.rewritesTimes else { return .kept }
        return builds.first?.plan.sourceDateEpoch.map { .atMost($0) } ?? .kept
    }
}

/// The merged files of one platform, reachable by a path as long as this lives.
private final class FileView {
    let path: FilePath
    /// The directory for the platform's files; nil for none of its own.
    let name: String?
    private let view: ImageView
    private let empty: LayerWorkspace

    init(_ image: PlatformImage, splits: Bool, store: ImageStore) throws {
        empty = try store.makeWorkspace()
        view = try ImageView(image.layers, orEmpty: empty.upper.string)
        path = FilePath("/proc/self/fd/\(view.root.root.raw)/.")
        let platform = image.descriptor.platform?.description ?? "linux"
        name = splits ? String(platform.map { $0 == "/" ? "_" : $0 }) : nil
    }
}
