internal import BuildPlanning
internal import OCIModel
internal import Storage

/// The stage that becomes the image of one platform, with everything that it was made of.
struct PlatformBuild {
    let plan: BuildPlan
    let target: PlannedStage
    let result: StageResult

    init(_ plan: BuildPlan, _ result: StageResult?) throws {
        guard let target = plan.targetStage, let result else {
            throw StepFailure(step: "export", what: "cannot find the target stage")
        }
        self.plan = plan
        self.target = target
        self.result = result
    }

    /// How many of the layers came with the base image.
    var baseLayers: Int {
        var stage = target
        while true {
            switch stage.base {
            case .scratch: return 0
            case .image(let image): return image.diffIDs.count
            case .stage(let index):
                guard let below = plan.stage(index) else { return 0 }
                stage = below
            }
        }
    }
}

/// The image of one platform as documents in the store.
struct PlatformImage {
    let stored: StoredImage
    let descriptor: Descriptor
    let layers: [StoredLayer]
}
