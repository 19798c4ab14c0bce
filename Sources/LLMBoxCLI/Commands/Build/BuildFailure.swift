internal import Diagnostics
internal import Engine

/// Shows why a build failed.
enum BuildFailure {
    /// Writes everything a user needs to standard error.
    static func present(_ error: BuildError) {
        ErrorPresenter.write(text(of: error))
    }

    /// All diagnostics of a Dockerfile, or a step's last output, its lines and the error.
    static func text(of error: BuildError) -> String {
        switch error {
        case .diagnostics(let source, let diagnostics):
            let count = diagnostics.count { $0.severity == .error }
            let summary = count == 1 ? "1 mistake" : "\(count) mistakes"
            return DiagnosticRenderer(source).render(diagnostics)
                + "\nerror: cannot build `\(ErrorPresenter.printable(source.name))`: \(summary)\n"
        case .step(let failure):
            var text = "------\n > \(ErrorPresenter.printable(failure.step)):\n"
            for line in failure.output.suffix(20) { text += ErrorPresenter.printable(line) + "\n" }
            text += "------\n"
            if let excerpt = failure.excerpt { text += excerpt + "\n" }
            return text + ErrorPresenter.text(for: failure)
        case .imageUnavailable(_, _, let excerpt?, _, _): return excerpt + "\n" + ErrorPresenter.text(for: error)
        default: return ErrorPresenter.text(for: error)
        }
    }
}
