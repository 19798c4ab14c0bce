internal import BuildPlanning
internal import LinuxKernel
internal import OCIModel
internal import Storage

/// Stages side by side.
extension StageBuilder {
    /// Builds all stages of the plan, those that do not need each other at the same time.
    ///
    /// - Throws: The first error; every step that was at work then has been stopped.
    func buildAll() throws {
        let threads = plan.stages.dropLast().compactMap { stage -> WorkThread? in
            do {
                return try WorkThread { self.work(on: stage) }
            } catch {
                schedule.fail(error)
                return nil
            }
        }
        if let last = plan.stages.last { work(on: last) }
        for thread in threads { thread.join() }
        try schedule.finish()
    }

    /// What a stage has become, when it has been built.
    func result(of stage: Int) -> StageResult? { schedule.finishedResult(of: stage) }

    private func work(on stage: PlannedStage) {
        do {
            schedule.finish(stage.index, try build(stage))
        } catch is BuildCanceled {
            // Whoever failed has said so.
        } catch {
            schedule.fail(error)
        }
    }

    // MARK: One stage

    private func build(_ stage: PlannedStage) throws -> StageResult {
        var result = try base(of: stage)
        result.ignoresCache = request.ignoresCache(of: stage)
        result.isOfImage = plan.isPartOfTarget(stage)
        let steps = stage.steps.count { $0.operation.makesLayer } + 1
        let prefix = plan.stages.count > 1 ? "\(stage.name) " : ""
        if case .stage = stage.base {
        } else {
            try progress.vertex("[\(prefix)1/\(steps)] FROM \(stage.baseName)") { vertex in
                progress.emit(.cached(vertex: vertex))
            }
        }
        var number = 1
        for step in stage.steps {
            guard step.operation.makesLayer else {
                result.outcomes.append(StepOutcome())
                continue
            }
            number += 1
            let title = "[\(prefix)\(number)/\(steps)] \(step.title)"
            // Sources first, then a slot: who waits for another stage keeps nobody from working.
            for needed in step.operation.stages.sorted() { _ = try schedule.result(of: needed) }
            let outcome = try schedule.withSlot {
                try progress.vertex(title) { vertex in
                    try perform(step, title: title, on: result, vertex: vertex)
                }
            }
            try result.add(outcome, from: store)
        }
        result.history += ImageAssembly.history(of: stage.steps, outcomes: result.outcomes, after: result.baseCreated)
        return result
    }

    private func base(of stage: PlannedStage) throws -> StageResult {
        switch stage.base {
        case .scratch: return StageResult()
        case .image(let image):
            var result = StageResult()
            result.layers = try sources.layers(of: image)
            result.foreign = Set(image.diffIDs)
            result.baseCreated = image.config.created
            result.created = image.config.created
            result.history = stage.baseHistory
            return result
        case .stage(let index):
            var result = try schedule.result(of: index)
            result.outcomes = []
            result.baseCreated = result.created
            return result
        }
    }

    /// Reports how far the copy of a large file is, and stops the next one when the build has failed.
    func copyNote(_ vertex: Int) -> @Sendable (String, Int64, Int64) throws -> Void {
        let (sink, cancellation) = (progress.sink, schedule.cancellation)
        return { path, bytes, total in
            if bytes == 0 { try cancellation.check() }
            sink(.progress(vertex: vertex, what: "copying \(path)", bytes: bytes, total: total))
        }
    }
}

extension BuildPlan {
    /// Whether a stage is the target or one that it is built upon, rather than one that it copies from.
    fileprivate func isPartOfTarget(_ stage: PlannedStage) -> Bool {
        var current = targetStage
        while let place = current {
            if place.index == stage.index { return true }
            guard case .stage(let below) = place.base else { return false }
            current = self.stage(below)
        }
        return false
    }
}
