internal import DockerfileSyntax
public import OCIModel

/// The keys under which the results of steps are remembered.
///
/// A key holds the parent's filesystem (its layers, so that whatever led to the same bytes leads to the same key), the
/// step's definition, and the digests of the contents it reads. It holds nothing else: no option that cannot change the
/// result, no secret, no proxy, no content of a cache mount, no time.
public enum CacheKeys {
    /// What a step that makes a directory is remembered under.
    public static func key(for operation: MakeDirectoryOperation, parent: [BlobDigest]) -> BlobDigest {
        var hasher = KeyHasher(kind: "workdir")
        hasher.field("parent", parent)
        hasher.field("path", operation.path)
        hasher.field("user", operation.user)
        return hasher.finish()
    }

    /// What a copy is remembered under; `content` is the digest of the selected files' names, modes, contents and link
    /// targets.
    ///
    /// A copy with `--link` does not see its parent, so its owner must be given as numbers, and one key counts on every
    /// base.
    public static func key(
        for operation: CopyOperation,
        parent: [BlobDigest],
        content: BlobDigest,
        epoch: Int64?
    ) -> BlobDigest {
        var hasher = KeyHasher(kind: operation.isAdd ? "add" : "copy")
        if operation.isLinked {
            hasher.field("link", true)
        } else {
            hasher.field("parent", parent)
        }
        hasher.field("content", content.hex)
        hasher.field("destination", operation.destination)
        hasher.field("owner", operation.owner)
        hasher.field("mode", operation.mode)
        hasher.field("parents", operation.keepsParents)
        hasher.field("unpack", operation.unpack.map { $0 ? "true" : "false" })
        // A fixed time is written into made directories, so it is part of the result.
        hasher.field("epoch", epoch.map(String.init))
        return hasher.finish()
    }

    /// What a process's result is remembered under; `mounted` has for each mount in order the digest of what it shows,
    /// nil where contents do not count.
    public static func key(
        for operation: RunOperation,
        parent: [BlobDigest],
        mounted: [BlobDigest?]
    ) -> BlobDigest {
        var hasher = KeyHasher(kind: "run")
        hasher.field("parent", parent)
        hasher.field("platform", operation.platform.description)
        hasher.field("arguments", operation.arguments)
        hasher.field("script", operation.script?.content)
        hasher.field("environment", operation.environment)
        hasher.field("directory", operation.workingDirectory)
        hasher.field("user", operation.user)
        hasher.field("network", (operation.definedNetwork ?? .standard).rawValue)
        hasher.field("security", operation.security.rawValue)
        // What was made without an optional device is no answer for a step that requires it.
        hasher.field("devices", operation.devices.map { "\($0.name) \($0.isRequired)" })
        if let name = operation.hostname { hasher.field("hostname", name) }
        for (index, mount) in operation.mounts.enumerated() {
            describe(mount, content: index < mounted.count ? mounted[index] : nil, into: &hasher)
        }
        return hasher.finish()
    }

    /// What the layer of one large file is remembered under.
    ///
    /// Neither the image around it nor its neighbours are part of it: the layer is the same wherever the file goes.
    /// `header` has everything of the layer besides the content and times: names, modes, owners and attributes.
    public static func key(forLargeFile content: BlobDigest, header: [String]) -> BlobDigest {
        var hasher = KeyHasher(kind: "large-file")
        hasher.field("content", content.hex)
        hasher.field("header", header)
        return hasher.finish()
    }

    private static func describe(_ mount: RunOperation.Mount, content: BlobDigest?, into hasher: inout KeyHasher) {
        switch mount.mount {
        case .bind(let bind):
            hasher.field("bind", bind.target)
            hasher.field("source", bind.source)
            hasher.field("read-only", bind.isReadOnly)
            hasher.field("content", content?.hex)
        case .cache(let cache):
            hasher.field("cache", cache.target)
            hasher.field("id", cache.id)
            hasher.field("read-only", cache.isReadOnly)
            hasher.field("owner", [String(cache.uid), String(cache.gid), String(cache.mode)])
        case .tmpfs(let tmpfs):
            hasher.field("tmpfs", tmpfs.target)
            hasher.field("size", tmpfs.sizeInBytes.map(String.init))
        case .secret(let secret):
            // Which secret appears where is the definition; its value never counts.
            hasher.field("secret", secret.id)
            hasher.field("target", secret.target)
            hasher.field("variable", secret.environment)
            hasher.field("owner", [String(secret.uid), String(secret.gid), String(secret.mode)])
        case .ssh(let ssh):
            hasher.field("ssh", ssh.id)
            hasher.field("target", ssh.target)
        }
    }
}
