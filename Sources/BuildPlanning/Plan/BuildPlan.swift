public import OCIModel

/// What a build does, as an inert value: the stages the target needs, in an order in which each one's inputs come first.
public struct BuildPlan: Equatable, Sendable {
    /// The platform of the image that comes out.
    public var platform: Platform
    /// The stages to build; a stage names others by their ``PlannedStage/index``, never by their place here.
    public var stages: [PlannedStage]
    /// The index of the stage that becomes the image.
    public var target: Int
    /// The time that stands for every time the build itself makes, in seconds since 1970.
    public var sourceDateEpoch: Int64?
    /// The `ARG`s that count for the target, in the order of the file.
    public var arguments: [PlannedArgument] = []

    /// The stage that becomes the image.
    public var targetStage: PlannedStage? { stage(target) }

    /// The stage with this index in the file.
    public func stage(_ index: Int) -> PlannedStage? { stages.first { $0.index == index } }
}

/// One build stage with everything expanded.
public struct PlannedStage: Equatable, Sendable {
    /// Where a stage begins.
    public enum Base: Equatable, Sendable {
        /// Nothing: no layers.
        case scratch
        /// An image.
        case image(BaseImage)
        /// The end of an earlier stage.
        case stage(Int)
    }

    /// The stage's number in the file, from 0.
    public var index: Int
    /// The name for people: the stage's own, or `stage-N`.
    public var name: String
    /// Where it begins.
    public var base: Base
    /// What `FROM` named, expanded.
    public var baseName: String
    /// The image history that the stage starts from.
    public var baseHistory: [HistoryEntry]
    /// The steps in order.
    public var steps: [BuildStep]
    /// The platform whose programs it holds.
    public var platform: Platform
    /// The configuration at the end of the stage.
    public var config: ContainerConfig
    /// `MAINTAINER`.
    public var author: String?

    /// Whether it goes on where another stage ends.
    public var isBuiltOnStage: Bool { if case .stage = base { true } else { false } }

    /// The earlier stages that this one needs.
    public var dependencies: Set<Int> {
        var needed: Set<Int> = []
        if case .stage(let index) = base { needed.insert(index) }
        for step in steps { needed.formUnion(step.operation.stages) }
        return needed
    }
}

/// An image that a stage begins with or copies from.
public struct BaseImage: Hashable, Sendable {
    /// The reference as written.
    public var name: String
    /// The digest of the image's manifest for the platform.
    public var manifestDigest: BlobDigest
    /// The image's configuration.
    public var config: ImageConfig

    /// Makes a resolved image.
    public init(name: String, manifestDigest: BlobDigest, config: ImageConfig) {
        self.name = name
        self.manifestDigest = manifestDigest
        self.config = config
    }

    /// The image's layers, lowest first.
    public var diffIDs: [BlobDigest] { config.rootfs.diffIDs }
}

/// An image that must be found before planning can go on.
public struct ImageRequirement: Hashable, Sendable {
    /// The reference as written, expanded.
    public var name: String
    /// The platform wanted.
    public var platform: Platform
    /// Where the Dockerfile asks for it first; it is the same image wherever that is.
    public var mention: ImageMention?

    /// Makes a requirement.
    public init(name: String, platform: Platform, mention: ImageMention? = nil) {
        self.name = name
        self.platform = platform
        self.mention = mention
    }

    /// Whether both want the same image.
    public static func == (left: ImageRequirement, right: ImageRequirement) -> Bool {
        (left.name, left.platform) == (right.name, right.platform)
    }

    /// Feeds what makes the image.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(platform)
    }
}
