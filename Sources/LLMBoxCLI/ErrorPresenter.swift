internal import Diagnostics
internal import Glibc

/// Turns an error into the text that a user reads on standard error.
enum ErrorPresenter {
    /// The text of `error`: what and why on one line, and behind a blank line what to do about it.
    static func text(for error: any Error) -> String {
        guard let explained = error as? any Explainable else { return "error: \(printable("\(error)"))\n" }
        var text = "error: \(printable(explained.description))\n"
        if let remedy = explained.remedy {
            let lines = remedy.split(separator: "\n", omittingEmptySubsequences: false)
            text += "\nhint: " + lines.map { printable(String($0)) }.joined(separator: "\n      ") + "\n"
        }
        return text
    }

    /// Writes the text of `error` to standard error.
    static func present(_ error: any Error) {
        write(text(for: error))
    }

    /// Writes what will probably go wrong to standard error.
    static func warn(_ warning: any Explainable) {
        var text = text(for: warning)
        text.replaceSubrange(text.startIndex..<text.index(text.startIndex, offsetBy: "error".count), with: "warning")
        write(text)
    }

    /// Writes `text` to standard error; nothing can be done when that fails.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Replaces control characters, so that a name from an image or a registry cannot steer the terminal.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            // A byte of a file's name that is no text.
            if scalar.value >= 0x10FF80 {
                result += TerminalText.escaped(String(scalar))
                continue
            }
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            if isControl, scalar != "\n", scalar != "\t" {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
