internal import OCIModel
internal import SystemPackage

/// Where everything lies below the store's root.
///
///     format                    what wrote the store; made last, so its presence means the rest is there
///     lock                      shared for a moment by whoever pins, exclusive for a moment by garbage collection
///     blobs/sha256/<hex>        configurations, manifests, indexes
///     layers/<diff ID hex>/     tree, index, info.json, and shadow where a foreign stream replaced its own entries
///     images/<config>-<manifest>  empty files: an image exists, tagged or not
///     refs/<hash of the name>   one document per reference
///     cache/<key>               build cache records
///     distribution/<diff ID>    compressed forms and origins of a layer
///     leases/<process>          what a living process needs though no reference says so
///     workspaces/<name>/        layers in the making
///     build-locks/<key>         locked while somebody makes what the key stands for
///     downloads/<digest>/       what has arrived of a layer's blob, until the layer is there
///     models/<digest>           what has arrived of a file of a model
///     uploads/<hash>            where a registry waits for the rest of a blob
///     cache-mounts/<name>/      what `RUN --mount=type=cache` keeps, and locks beside it
///     trash/                    renamed away, about to be removed
///     stat-cache                digests of files outside, by their identity
struct StoreLayout: Sendable {
    let root: FilePath

    static let currentFormat = "llmbox store 1\n"

    var format: FilePath { root.appending("format") }
    var lock: FilePath { root.appending("lock") }
    var blobs: FilePath { root.appending("blobs").appending("sha256") }
    var layers: FilePath { root.appending("layers") }
    var images: FilePath { root.appending("images") }
    var references: FilePath { root.appending("refs") }
    var cache: FilePath { root.appending("cache") }
    var distribution: FilePath { root.appending("distribution") }
    var leases: FilePath { root.appending("leases") }
    var workspaces: FilePath { root.appending("workspaces") }
    var buildLocks: FilePath { root.appending("build-locks") }
    var downloads: FilePath { root.appending("downloads") }
    var models: FilePath { root.appending("models") }
    var uploads: FilePath { root.appending("uploads") }
    var cacheMounts: FilePath { root.appending("cache-mounts") }
    var trash: FilePath { root.appending("trash") }
    var statCache: FilePath { root.appending("stat-cache") }

    var directories: [FilePath] {
        [
            root.appending("blobs"), blobs, layers, images, references, cache, distribution, leases, workspaces, trash,
        ]
    }

    /// Whether a name may be in a directory that is about to become a store: what an interrupted beginning has left, what
    /// others keep beside the images, and what every new file system has.
    func isOwn(_ name: String) -> Bool {
        let others = ["lock", "containers", "events", "networks", "notices", "run", "volumes", "lost+found"]
        return others.contains(name) || name.hasPrefix("format")
            || directories.contains { $0.lastComponent?.string == name }
    }

    func blob(_ digest: BlobDigest) -> FilePath { blobs.appending(digest.hex) }
    func layer(_ diffID: BlobDigest) -> FilePath { layers.appending(diffID.hex) }
    func download(_ digest: BlobDigest) -> FilePath { downloads.appending(digest.hex) }
    func distribution(_ diffID: BlobDigest) -> FilePath { distribution.appending(diffID.hex) }
    func cacheRecord(_ key: BlobDigest) -> FilePath { cache.appending(key.hex) }
}
