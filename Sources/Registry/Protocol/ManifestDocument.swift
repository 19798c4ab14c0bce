internal import OCIModel

/// A manifest or index as fetched, told apart without doubt.
///
/// A document that could be read both ways is refused: two programs would see two images in it (CVE-2021-41190).
enum ManifestDocument: Equatable {
    /// An image for one platform.
    case manifest(ImageManifest)
    /// Images for several platforms.
    case index(ImageIndex)

    /// Parses `bytes`, which came with the media type `contentType`.
    init(_ bytes: [UInt8], contentType: String?, image: ImageReference) throws(RegistryError) {
        let shape: Shape
        do {
            shape = try CanonicalJSON.decode(Shape.self, from: bytes)
        } catch {
            throw .badDocument(image: image, reason: "its manifest is no JSON document of the expected shape")
        }
        let written = contentType.map { $0.prefix { $0 != ";" }.lowercased().filter { $0 != " " } }
        if shape.schemaVersion == 1 || shape.fsLayers != nil {
            throw .notAnImage(image: image, kind: "a Docker schema 1 manifest, a format given up in 2019")
        }
        guard shape.schemaVersion == 2 else {
            throw .badDocument(image: image, reason: "its manifest has no schema version 2")
        }
        if shape.manifests != nil, shape.layers != nil || shape.config != nil {
            throw .badDocument(image: image, reason: "its manifest claims to be an image and an index at once")
        }
        if let inside = shape.mediaType, let written, Self.isKnown(written), inside != written {
            throw .badDocument(image: image, reason: "its manifest is `\(inside)` but was sent as `\(written)`")
        }
        let isIndex = shape.manifests != nil
        let type = shape.mediaType ?? written.flatMap { Self.isKnown($0) ? $0 : nil }
        if let type {
            guard Self.isKnown(type) else { throw .notAnImage(image: image, kind: type) }
            guard MediaType.isIndex(type) == isIndex else {
                throw .badDocument(image: image, reason: "its manifest is not what its media type `\(type)` says")
            }
        }
        do {
            self =
                isIndex
                ? .index(try CanonicalJSON.decode(ImageIndex.self, from: bytes))
                : .manifest(try CanonicalJSON.decode(ImageManifest.self, from: bytes))
        } catch {
            throw .badDocument(image: image, reason: "its manifest lacks a field or has a malformed one")
        }
    }

    private static func isKnown(_ type: String) -> Bool { MediaType.isManifest(type) || MediaType.isIndex(type) }

    private struct Shape: Decodable {
        var schemaVersion: Int?
        var mediaType: String?
        var config: Presence?
        var layers: Presence?
        var manifests: Presence?
        var fsLayers: Presence?
    }

    /// Notes that a field is there, whatever it holds.
    private struct Presence: Decodable {
        init(from decoder: any Decoder) {}
    }
}
