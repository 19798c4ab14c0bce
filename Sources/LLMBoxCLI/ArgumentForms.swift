/// Forms of options that docker's users write and ArgumentParser does not know.
///
/// | written | understood as |
/// |---|---|
/// | `-eA=1`, `-e=A=1` | `-e A=1` |
/// | `--rm=true`, `-d=true` | `--rm`, `-d` |
/// | `--rm=false` | nothing |
/// | `--sig-proxy` | `--sig-proxy=true` |
///
/// Only the options in front of the image or the container are looked at; what stands behind belongs to its command. What
/// the options of `run`, `create` and `exec` are stands here, because asking ArgumentParser would hold back each start;
/// ``OptionForms`` does the same for all other commands.
enum ArgumentForms {
    /// The commands whose options end at the first word that is none.
    static let commands: Set = ["run", "create", "exec"]
    /// Options without a value, which have to be known to find where the options end.
    static let flags: Set = [
        "detach", "interactive", "tty", "rm", "publish-all", "read-only", "init", "privileged", "no-healthcheck",
        "quiet",
        "help", "docker-defaults", "oom-kill-disable", "disable-content-trust", "gpu-no-require", "rdma", "no-init",
        "no-docker-defaults", "replace", "use-api-socket",
    ]
    /// Those that say something else when they are denied than when they are left out.
    static let deniable: Set = ["init", "docker-defaults"]
    /// The same by their letters.
    static let shortFlags: Set<Character> = ["d", "i", "t", "P", "q", "h"]

    /// The command line in ArgumentParser's form.
    ///
    /// - Throws: ``OptionFormError`` for options that cannot be meant.
    static func normalized(_ arguments: [String]) throws -> [String] {
        let start = arguments.first == "container" ? 1 : 0
        guard arguments.count > start, commands.contains(arguments[start]) else {
            return try OptionForms.normalized(arguments)
        }
        var result = Array(arguments[...start])
        var rest = arguments[(start + 1)...]
        // `-h` is the host name to `run`, and help to `exec`.
        let letters = arguments[start] == "exec" ? shortFlags : shortFlags.subtracting(["h"])
        while let word = rest.first, word.hasPrefix("-"), word != "-", word != "--" {
            rest = rest.dropFirst()
            let needsValue = word.hasPrefix("--") ? long(word, &result) : short(word, letters, &result)
            if needsValue, let value = rest.popFirst() { result.append(value) }
        }
        return result + rest
    }

    /// Adds an option in its long form; whether its value is the next word.
    private static func long(_ word: String, _ result: inout [String]) -> Bool {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        if name == "sig-proxy", parts.count == 1 {
            result.append("--sig-proxy=true")
            return false
        }
        guard flags.contains(name) else {
            result.append(word)
            return parts.count == 1
        }
        switch parts.count == 1 ? true : truth(parts[1]) {
        case true?: result.append("--" + name)
        case false?: if deniable.contains(name) { result.append("--no-" + name) }
        case nil: result.append(word)
        }
        return false
    }

    /// Adds a cluster of options in their short form; whether the last one's value is the next word.
    private static func short(_ word: String, _ letters: Set<Character>, _ result: inout [String]) -> Bool {
        var cluster = ""
        var rest = word.dropFirst()
        while let letter = rest.popFirst() {
            if letters.contains(letter) {
                if rest.first == "=", let value = truth(rest.dropFirst()) {
                    if value { cluster.append(letter) }
                    rest = ""
                } else {
                    cluster.append(letter)
                }
                continue
            }
            if !cluster.isEmpty { result.append("-" + cluster) }
            if rest.isEmpty {
                result.append("-\(letter)")
                return true
            }
            // Apart, because ArgumentParser looks for an equals sign before anything else.
            let value = rest.first == "=" ? rest.dropFirst() : rest
            if value.hasPrefix("-") {
                result.append("-\(letter)\(value)")
            } else {
                result += ["-\(letter)", String(value)]
            }
            return false
        }
        if !cluster.isEmpty { result.append("-" + cluster) }
        return false
    }

    private static func truth(_ text: Substring) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "t": true
        case "false", "0", "f": false
        default: nil
        }
    }
}
