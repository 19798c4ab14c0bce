internal import Diagnostics

extension InstructionParser {
    mutating func healthcheck(_ context: InstructionContext) -> HealthcheckInstruction? {
        let (kind, rest) = context.arguments.cutFirstWord()
        switch kind.text.uppercased() {
        case "NONE":
            if !rest.isEmpty { fail("`HEALTHCHECK NONE` takes no arguments", at: rest.range) }
            return HealthcheckInstruction.none
        case "CMD":
            return check(context, rest, kind)
        case "":
            fail("`HEALTHCHECK` needs `CMD` or `NONE`", at: context.keyword.range)
        default:
            let match = closestMatch(to: kind.text, in: ["CMD", "NONE"])
            fail(
                "unknown type `\(kind.text)` of `HEALTHCHECK`",
                at: kind.range,
                hint: match.map { "did you mean `\($0)`?" } ?? "write `HEALTHCHECK CMD command` or `HEALTHCHECK NONE`"
            )
        }
        return nil
    }

    private mutating func check(
        _ context: InstructionContext,
        _ command: Fragment,
        _ kind: Fragment
    ) -> HealthcheckInstruction? {
        let interval = duration("interval", context)
        let timeout = duration("timeout", context)
        let startPeriod = duration("start-period", context)
        let startInterval = duration("start-interval", context)
        let retries = retries(context)
        guard !command.isEmpty else {
            fail("`HEALTHCHECK CMD` needs a command", at: kind.range)
            return nil
        }
        guard let form = commandForm(command) else { return nil }
        if form == .exec([]) {
            fail("`HEALTHCHECK CMD` needs a command", at: command.range)
            return nil
        }
        return .command(
            HealthcheckInstruction.Check(
                form: form,
                intervalNanoseconds: interval,
                timeoutNanoseconds: timeout,
                startPeriodNanoseconds: startPeriod,
                startIntervalNanoseconds: startInterval,
                retries: retries
            )
        )
    }

    private mutating func duration(_ flag: String, _ context: InstructionContext) -> Int64? {
        guard let word = context.flags.value(flag) else { return nil }
        guard let value = GoDuration.nanoseconds(word.text) else {
            let hint =
                word.text.utf8.allSatisfy(\.isDigit)
                ? "add a unit: `\(word.text)s`" : "write it as in `1m30s` or `500ms`"
            fail("`\(word.text)` of flag `--\(flag)` is no duration", at: word.range, hint: hint)
            return nil
        }
        if value != 0, value < 1_000_000 {
            fail("`\(word.text)` of flag `--\(flag)` is shorter than 1ms", at: word.range)
            return nil
        }
        return value
    }

    private mutating func retries(_ context: InstructionContext) -> Int? {
        guard let word = context.flags.value("retries") else { return nil }
        if let count = Int32(word.text), count >= 0 { return Int(count) }
        fail("`\(word.text)` of flag `--retries` is no number of times", at: word.range)
        return nil
    }
}
