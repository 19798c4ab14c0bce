internal import Diagnostics

extension InstructionParser {
    mutating func run(_ context: InstructionContext) -> RunInstruction? {
        let mounts = context.flags.values("mount").map(RunMountFlag.init)
        for mount in mounts {
            do throws(Diagnostic) { try mount.check() } catch { report(error) }
        }
        let network: RunInstruction.Network? = choice("network", context)
        let security: RunInstruction.Security? = choice("security", context)
        let devices = context.flags.values("device").compactMap { device($0) }
        guard let form = command(context, allowsNothing: false) else { return nil }
        if case .exec(let words) = form, words.isEmpty {
            fail("`RUN` needs a command", at: context.arguments.range)
        }
        return RunInstruction(
            form: form,
            heredocs: context.heredocs,
            mounts: mounts,
            network: network,
            security: security,
            devices: devices
        )
    }

    private mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ flag: String,
        _ context: InstructionContext
    ) -> Value? {
        guard let word = context.flags.value(flag) else { return nil }
        if let value = Value(rawValue: word.text) { return value }
        let names = Value.allCases.map(\.rawValue)
        let hint =
            closestMatch(to: word.text, in: names).map { "did you mean `\($0)`?" }
            ?? "the values are \(names.map { "`\($0)`" }.joined(separator: ", "))"
        fail("unknown value `\(word.text)` of flag `--\(flag)`", at: word.range, hint: hint)
        return nil
    }

    private mutating func device(_ word: Word) -> RunDevice? {
        var name: String?
        var isRequired = false
        for field in word.text.split(separator: ",", omittingEmptySubsequences: false) {
            switch field {
            case "required", "required=true": isRequired = true
            case "required=false": isRequired = false
            case _ where field.hasPrefix("name="): name = String(field.dropFirst("name=".count))
            case _ where name == nil && !field.isEmpty: name = String(field)
            default:
                fail("unknown device option `\(field)`", at: word.range)
                return nil
            }
        }
        guard let name, !name.isEmpty else {
            fail("flag `--device` needs a device's name", at: word.range)
            return nil
        }
        return RunDevice(name: Word(name, at: word.range), isRequired: isRequired)
    }
}
