internal import ArgumentParser

/// How stubborn `pull` and `push` are.
struct RetryOptions: ParsableArguments {
    @Option(name: .customLong("retry"), help: "How often a request that failed without progress is made again.")
    var count: Int?
    @Option(
        name: .customLong("retry-delay"),
        help: ArgumentHelp("The first pause before that, such as 500ms or 5s; it doubles.", valueName: "duration")
    )
    var delayText: String?

    func validate() throws {
        if let count, count < 0 { throw ValidationError("--retry wants a number that is not negative") }
        _ = try delay()
    }

    /// The pause in milliseconds.
    func delay() throws -> Int? {
        guard let delayText else { return nil }
        let digits = delayText.prefix { $0.isASCII && $0.isNumber }
        let units = ["ms": 1, "s": 1000, "": 1000, "m": 60_000]
        guard let number = Int(digits), let unit = units[String(delayText.dropFirst(digits.count))],
            number <= 86_400_000 / unit
        else { throw ValidationError("`\(delayText)` is no duration; write `500ms`, `5s` or `1m`") }
        return number * unit
    }
}
