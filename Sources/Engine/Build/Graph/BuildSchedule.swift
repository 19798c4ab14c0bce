internal import LinuxKernel

/// What the threads of one build know of each other: finished stages, free slots, and the first failure.
final class BuildSchedule: Sendable {
    private struct State {
        var results: [Int: StageResult] = [:]
        var freeSlots: Int
        var failure: (any Error)?
    }

    let cancellation: BuildCancellation
    private let state: WaitableState<State>

    /// Lets at most `jobs` steps work at a time.
    init(jobs: Int) throws(SyscallError) {
        cancellation = try BuildCancellation()
        state = WaitableState(State(freeSlots: max(1, jobs)))
    }

    // MARK: Stages

    /// What a stage has become, once it is finished.
    func result(of stage: Int) throws -> StageResult {
        try state.wait { state in
            if state.failure != nil { throw BuildCanceled() }
            return state.results[stage]
        }
    }

    /// What a stage has become; nil while it is being built.
    func finishedResult(of stage: Int) -> StageResult? {
        state.withLock { $0.results[stage] }
    }

    /// Reports a stage as finished.
    func finish(_ stage: Int, _ result: StageResult) {
        state.withLock { $0.results[stage] = result }
    }

    // MARK: Slots

    /// Does the work of a step, when it is its turn.
    func withSlot<Value>(_ body: () throws -> Value) throws -> Value {
        try takeSlot()
        defer { state.withLock { $0.freeSlots += 1 } }
        return try body()
    }

    /// Waits for others without keeping anybody from working; the caller is inside ``withSlot(_:)``.
    func withoutSlot<Value>(_ body: () throws -> Value) throws -> Value {
        state.withLock { $0.freeSlots += 1 }
        // Whatever happens, the caller gives back the slot that it believes to have.
        let result = Result(catching: body)
        state.wait { state -> Void? in
            guard state.freeSlots > 0 || state.failure != nil else { return nil }
            state.freeSlots -= 1
            return ()
        }
        return try result.get()
    }

    private func takeSlot() throws {
        try state.wait { state -> Void? in
            if state.failure != nil { throw BuildCanceled() }
            guard state.freeSlots > 0 else { return nil }
            state.freeSlots -= 1
            return ()
        }
    }

    // MARK: Failure

    /// Stops the build.
    ///
    /// - Returns: Whether this was the first failure, the one that the build ends with.
    @discardableResult
    func fail(_ error: any Error) -> Bool {
        let isFirst = state.withLock { state in
            guard state.failure == nil else { return false }
            state.failure = error
            return true
        }
        if isFirst { cancellation.cancel() }
        return isFirst
    }

    /// Ends with the first failure, if there was one.
    func finish() throws {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }
}
