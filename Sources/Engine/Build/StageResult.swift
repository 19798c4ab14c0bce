internal import BuildPlanning
internal import OCIModel
internal import Storage

/// What a stage has become so far.
struct StageResult: Sendable {
    /// The layers, lowest first.
    var layers: [StoredLayer] = []
    /// Those of them that come from a base image, and are not this build's to change.
    var foreign: Set<BlobDigest> = []
    /// Whether its steps are carried out whatever the cache has.
    var ignoresCache = false
    /// Whether its layers become layers of the image, which a registry must take.
    var isOfImage = true
    /// What each step contributed.
    var outcomes: [StepOutcome] = []
    /// When the stage's base was made.
    var baseCreated: String?
    /// The time of the last layer, or of the base.
    var created: String?
    /// What the base's history and the history of its stages say.
    var history: [HistoryEntry] = []

    /// Adds what a step made; layers that take the place of others go there, all others on top.
    mutating func add(_ outcome: StepOutcome, from store: ImageStore) throws {
        for layer in outcome.layers {
            guard let stored = try store.layer(layer.diffID) else { throw StorageError.layerMissing(layer.diffID) }
            layers.add(stored, replacing: layer.replaces)
        }
        created = outcome.created
        outcomes.append(outcome)
    }
}

extension BuildRequest {
    /// Whether the steps of a stage are carried out whatever the cache has.
    func ignoresCache(of stage: PlannedStage) -> Bool {
        ignoresCache || !uncachedStages.isDisjoint(with: [stage.name.lowercased(), String(stage.index)])
    }
}

extension AssembledLayer {
    private static let replacing = "replaces "

    /// Takes a stored layer, with what a build record says about it beside its digest.
    init(_ layer: some LayerIdentity, recorded: String = "") {
        self.init(diffID: layer.diffID, size: Int64(layer.tarSize))
        if recorded.hasPrefix(Self.replacing) {
            // A record that is damaged here puts the layer on top, where it shows the same files.
            replaces = try? BlobDigest(hex: String(recorded.dropFirst(Self.replacing.utf8.count)))
        } else if !recorded.isEmpty {
            comment = recorded
        }
    }

    /// What a build record keeps beside the digest.
    var recorded: String { replaces.map { Self.replacing + $0.hex } ?? comment ?? "" }
}
