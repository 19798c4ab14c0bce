internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import OCIModel

/// Options that look at a build instead of carrying it out.
struct BuildCheckOptions: ParsableArguments {
    @Flag(help: "Check the Dockerfile instead of building it; the exit status is 1 when there is something to say.")
    var check = false
    @Option(help: "What to do instead of building: check, outline or targets, each with ,format=json for a document.")
    var call: String?

    /// What is asked for.
    private enum Subject {
        case check
        case outline
        case targets
    }

    /// How the answer is written.
    private enum Format: String {
        case text
        case json
    }

    /// Answers when something else than a build was asked for; otherwise the build goes on.
    ///
    /// - Returns: whether there is nothing left to do.
    func perform(_ request: BuildRequest) throws -> Bool {
        guard let (subject, format) = try question() else { return false }
        do {
            let builder = try ImageBuilder(.current, environment: GlobalSettings.environment) { _ in }
            switch subject {
            case .check: try check(builder, request, format)
            case .outline: try write(try builder.outline(request), format) { BuildOutlineText.text(of: $0) }
            case .targets: try write(try builder.targets(request), format) { BuildOutlineText.text(of: $0) }
            }
        } catch let error as BuildError {
            BuildFailure.present(error)
            throw ExitCode(ExitStatus.failure)
        }
        return true
    }

    private func check(_ builder: ImageBuilder, _ request: BuildRequest, _ format: Format) throws {
        let report = try builder.check(request)
        switch format {
        case .text: try StandardOutput.write(Self.text(of: report))
        case .json: try write(CheckDocument(report), format) { _ in "" }
        }
        if !report.warnings.isEmpty || !report.errors.isEmpty { throw ExitCode(ExitStatus.failure) }
    }

    private func write<Answer: Encodable>(_ answer: Answer, _ format: Format, text: (Answer) -> String) throws {
        switch format {
        case .text: try StandardOutput.write(text(answer))
        case .json:
            let document = try CanonicalJSON.encodePretty(answer)
            try StandardOutput.write(String(decoding: document, as: UTF8.self) + "\n")
        }
    }

    private func question() throws -> (Subject, Format)? {
        guard let call else { return check ? (.check, .text) : nil }
        let parts = call.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let subject: Subject?
        switch parts[0] {
        case "check", "lint": subject = .check
        case "outline": subject = .outline
        case "targets": subject = .targets
        case "build": subject = check ? .check : nil
        default: throw invalid(call)
        }
        var format = Format.text
        for part in parts.dropFirst() {
            let (key, value) = BuildOptionText.pair(part)
            guard key == "format", let chosen = Format(rawValue: value ?? "") else { throw invalid(call) }
            format = chosen
        }
        return subject.map { ($0, format) }
    }

    private func invalid(_ call: String) -> BuildOptionError {
        .invalid(option: "--call", value: call, allowed: "build, check, outline or targets, with ,format=json for JSON")
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
