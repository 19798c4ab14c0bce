internal import FoundationEssentials

/// Who built what from what: an in-toto statement with SLSA provenance, in the form that BuildKit writes.
///
/// Source: in-toto attestation spec v0.1, slsa.dev/provenance/v0.2, and the build type that BuildKit documents.
public struct ProvenanceStatement: Encodable, Equatable, Sendable {
    /// The media type of a statement as a blob.
    public static let mediaType = "application/vnd.in-toto+json"
    /// The kind of predicate, which the blob's annotation repeats.
    public static let predicateType = "https://slsa.dev/provenance/v0.2"
    /// The annotation of the blob that names its predicate.
    public static let predicateAnnotation = "in-toto.io/predicate-type"

    /// Something with digests, by their algorithms.
    public struct Material: Encodable, Hashable, Sendable {
        /// A package address.
        public var uri: String
        /// The digests.
        public var digest: [String: String]

        /// Names a material.
        public init(uri: String, digest: [String: String]) {
            self.uri = uri
            self.digest = digest
        }
    }

    /// What the statement is about.
    public struct Subject: Encodable, Hashable, Sendable {
        /// A package address.
        public var name: String
        /// The digests.
        public var digest: [String: String]
    }

    /// How the build was asked for.
    public struct Invocation: Encodable, Equatable, Sendable {
        /// The Dockerfile, and where it came from when that was an address.
        public struct Source: Encodable, Equatable, Sendable {
            /// The address.
            public var uri: String?
            /// The file.
            public var entryPoint: String
        }

        /// What the caller chose.
        public struct Parameters: Encodable, Equatable, Sendable {
            /// The language.
            public var frontend = "dockerfile.v0"
            /// Choices by BuildKit's names.
            public var args: [String: String]
            /// The directories that were read.
            public var locals: [[String: String]]
            /// The secrets by their names.
            public var secrets: [[String: String]]?
        }

        /// Where it comes from.
        public var configSource: Source
        /// What the caller chose.
        public var parameters: Parameters
        /// The machine.
        public var environment: [String: String]
    }

    /// When, and how much of the truth this is.
    public struct Metadata: Encodable, Equatable, Sendable {
        /// The Dockerfile's text as BuildKit keeps it.
        public struct Extension: Encodable, Equatable, Sendable {
            /// Files with their contents in base64.
            public var source: [String: [[String: String]]]
        }

        var buildInvocationID: String
        var buildStartedOn: String
        var buildFinishedOn: String
        var completeness: [String: Bool]
        var reproducible = false
        var buildKit: Extension?

        private enum CodingKeys: String, CodingKey {
            case buildInvocationID
            case buildStartedOn
            case buildFinishedOn
            case completeness
            case reproducible
            case buildKit = "https://mobyproject.org/buildkit@v1#metadata"
        }
    }

    /// The provenance itself.
    public struct Predicate: Encodable, Equatable, Sendable {
        var builder: [String: String]
        var buildType = "https://mobyproject.org/buildkit@v1"
        var materials: [Material]
        var invocation: Invocation
        var metadata: Metadata
    }

    private var type = "https://in-toto.io/Statement/v0.1"
    private var predicateType = Self.predicateType
    private var subject: [Subject]
    private var predicate: Predicate

    private enum CodingKeys: String, CodingKey {
        case type = "_type"
        case predicateType
        case subject
        case predicate
    }

    /// Makes a statement about the image `image`, the digest of its manifest, under `names`.
    ///
    /// `dockerfile` is the text of the Dockerfile, if that is to be told; `times`, in RFC 3339, are when the build began and
    /// ended, and `id` tells it from others.
    public init(
        names: [ImageReference],
        platform: Platform,
        image: BlobDigest,
        materials: [Material],
        invocation: Invocation,
        dockerfile: [UInt8]?,
        times: (began: String, ended: String),
        id: String
    ) {
        subject = names.map { name in
            Subject(name: Self.address(of: name, platform: platform), digest: ["sha256": image.hex])
        }
        let file = dockerfile.map { text in
            [
                "filename": invocation.configSource.entryPoint, "language": "Dockerfile",
                "data": Data(text).base64EncodedString(),
            ]
        }
        predicate = Predicate(
            builder: ["id": ""],
            materials: materials,
            invocation: invocation,
            metadata: Metadata(
                buildInvocationID: id,
                buildStartedOn: times.began,
                buildFinishedOn: times.ended,
                // Whatever a step fetches by itself is in no list.
                completeness: ["parameters": dockerfile != nil, "environment": true, "materials": false],
                buildKit: file.map { Metadata.Extension(source: ["infos": [$0]]) }
            )
        )
    }

    /// The package address of an image: `pkg:docker/debian@bookworm?platform=linux%2Famd64`.
    public static func address(of name: ImageReference, platform: Platform) -> String {
        let version = name.tag.map { "@\($0)" } ?? (name.digest == nil ? "@latest" : "")
        let digest = name.digest.map { "digest=\($0)&" } ?? ""
        let words = platform.description.split(separator: "/").joined(separator: "%2F")
        return "pkg:docker/\(name.familiarName)\(version)?\(digest)platform=\(words)"
    }
}

extension ProvenanceStatement.Invocation {
    /// Collects what is told.
    public init(
        entryPoint: String,
        address: String?,
        arguments: [String: String],
        directories: [String],
        secrets: [String]?,
        platform: Platform
    ) {
        self.init(
            configSource: Source(uri: address, entryPoint: entryPoint),
            parameters: Parameters(
                args: arguments,
                locals: directories.map { ["name": $0] },
                secrets: secrets.map { $0.map { ["id": $0] } }
            ),
            environment: ["platform": platform.description]
        )
    }
}
