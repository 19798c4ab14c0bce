internal import Engine
internal import Glibc

/// How a build's progress is shown.
enum ProgressStyle: String, CaseIterable {
    case plain
    case rawjson
    case tty
    case quiet
    case none

    /// Takes what the user chose, or what suits standard error.
    static func choose(
        _ text: String?,
        quiet: Bool,
        environment: (String) -> String?
    ) throws(BuildOptionError) -> ProgressStyle {
        // A misspelt word is one, whatever stands beside it.
        if quiet, text.map({ $0 == "auto" || ProgressStyle(rawValue: $0) != nil }) != false { return .quiet }
        let chosen = text ?? environment("BUILDKIT_PROGRESS").flatMap { $0.isEmpty ? nil : $0 } ?? "auto"
        if chosen == "auto" { return isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb" ? .tty : .plain }
        guard let style = ProgressStyle(rawValue: chosen) else {
            throw .invalid(option: "--progress", value: chosen, allowed: "auto, plain, tty, rawjson, quiet, none")
        }
        return style
    }

    /// The display of this style.
    func makeDisplay() -> any BuildDisplay {
        switch self {
        case .plain: PlainDisplay()
        case .rawjson: RawDisplay()
        case .tty: LiveDisplay()
        case .quiet, .none: SilentDisplay()
        }
    }
}

/// Shows the facts of a build on standard error.
protocol BuildDisplay: Sendable {
    /// Takes one fact; may be called from any thread.
    func show(_ event: BuildEvent)
    /// Ends the display: nothing may be left moving on the screen.
    func finish()
}

/// Shows warnings only.
struct SilentDisplay: BuildDisplay {
    func show(_ event: BuildEvent) {
        if case .warning(let text) = event { ErrorPresenter.write(WarningText.line(text)) }
    }

    func finish() {}
}

/// A warning for people: rendered diagnostics already say that they are one.
enum WarningText {
    static func line(_ text: String) -> String {
        let printable = ErrorPresenter.printable(text)
        return (printable.contains(": warning: ") ? printable : "warning: \(printable)") + "\n"
    }
}

/// The time since a moment, in seconds.
struct Stopwatch {
    private let start = Stopwatch.now

    /// Seconds since it was made.
    var seconds: Double { Stopwatch.now - start }

    /// The time of a clock that is never set, in seconds.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Seconds with a number of decimals, without a locale.
    static func text(_ seconds: Double, decimals: Int) -> String {
        let scale = decimals == 1 ? 10 : 1000
        let scaled = Int((seconds * Double(scale)).rounded())
        let rest = String(scaled % scale)
        return "\(scaled / scale).\(String(repeating: "0", count: max(0, decimals - rest.utf8.count)))\(rest)"
    }
}
