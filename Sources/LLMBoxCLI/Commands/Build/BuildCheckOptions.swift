internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import OCIModel

/// Options that look at a build instead of carrying it out.
struct BuildCheckOptions: ParsableArguments {
    @Flag(help: "Check the Dockerfile instead of building it; the exit status is 1 when there is something to say.")
    var check = false
    @Option(help: "What to do instead of building: check or check,format=json (build builds).")
    var call: String?

    /// How a check is written.
    private enum Format: String {
        case text
        case json
    }

    /// Checks when that was asked for; otherwise the build goes on.
    ///
    /// - Returns: whether there is nothing left to do.
    func perform(_ request: BuildRequest) throws -> Bool {
        guard let format = try format() else { return false }
        let report: CheckReport
        do {
            let builder = try ImageBuilder(.current, environment: GlobalSettings.environment) { _ in }
            report = try builder.check(request)
        } catch let error as BuildError {
            BuildFailure.present(error)
            throw ExitCode(ExitStatus.failure)
        }
        switch format {
        case .text: try StandardOutput.write(Self.text(of: report))
        case .json:
            let document = try CanonicalJSON.encodePretty(CheckDocument(report))
            try StandardOutput.write(String(decoding: document, as: UTF8.self) + "\n")
        }
        if !report.warnings.isEmpty || !report.errors.isEmpty { throw ExitCode(ExitStatus.failure) }
        return true
    }

    private func format() throws -> Format? {
        guard let call else { return check ? .text : nil }
        let parts = call.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let isCheck = parts[0] == "check" || parts[0] == "lint"
        guard isCheck || parts[0] == "build" else { throw invalid(call) }
        var format = Format.text
        for part in parts.dropFirst() {
            let (key, value) = BuildOptionText.pair(part)
            guard key == "format", let chosen = Format(rawValue: value ?? "") else { throw invalid(call) }
            format = chosen
        }
        return isCheck || check ? format : nil
    }

    private func invalid(_ call: String) -> BuildOptionError {
        .invalid(option: "--call", value: call, allowed: "build, check, check,format=json")
    }

    private static func text(of report: CheckReport) -> String {
        let renderer = DiagnosticRenderer(report.source)
        var text = report.diagnostics.map { renderer.render($0) + "\n\n" }.joined()
        switch (report.errors.count, report.warnings.count) {
        case (0, 0): text += "Check complete, no warnings found.\n"
        case (0, 1): text += "Check complete, 1 warning has been found!\n"
        case (0, let count): text += "Check complete, \(count) warnings have been found!\n"
        case (1, _): text += "Check complete, 1 mistake keeps the file from being built.\n"
        case (let count, _): text += "Check complete, \(count) mistakes keep the file from being built.\n"
        }
        return text
    }
}
