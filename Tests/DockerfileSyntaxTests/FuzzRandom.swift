import Glibc

/// A small generator with a known seed, so that a failure comes back.
struct FuzzRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 33)
    }

    /// The seeds of one run: fixed ones, and one that differs from run to run or is what `LLMBOX_FUZZ_SEED` says.
    static var seeds: [UInt64] {
        if let text = getenv("LLMBOX_FUZZ_SEED"), let seed = UInt64(String(cString: text)) { return [seed] }
        return [1, 20_261_121, UInt64.random(in: 0...UInt64(UInt32.max))]
    }

    /// How often something is tried; `LLMBOX_FUZZ_ROUNDS` makes a run as long as one likes.
    static func rounds(_ standard: Int) -> Int {
        getenv("LLMBOX_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? standard
    }
}
