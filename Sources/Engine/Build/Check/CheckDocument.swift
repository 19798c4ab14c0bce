internal import Diagnostics
internal import DockerfileSyntax

/// A check's report as a JSON document with BuildKit's keys.
public struct CheckDocument: Encodable, Sendable {
    private let warnings: [Warning]
    private let sources: [Source]
    private let buildError: Failure?

    /// Describes a report.
    public init(_ report: CheckReport) {
        warnings = report.warnings.map { Warning($0, report.source) }
        sources = [Source(filename: report.source.name, language: "Dockerfile")]
        buildError = report.errors.first.map { first in
            Failure(message: first.message, location: DocumentLocation(first.range, in: report.source))
        }
    }

    private struct Warning: Encodable {
        let ruleName: String
        let description: String
        let url: String?
        let detail: String
        let hint: String?
        let location: DocumentLocation

        init(_ diagnostic: Diagnostic, _ source: SourceText) {
            let rule = LintRule.all.first { $0.name == diagnostic.rule }
            ruleName = diagnostic.rule ?? "CheckDirective"
            description = rule?.summary ?? ""
            url = rule?.address
            detail = diagnostic.message
            hint = diagnostic.hint
            location = DocumentLocation(diagnostic.range, in: source)
        }
    }

    private struct Source: Encodable {
        let filename: String
        let language: String
    }

    private struct Failure: Encodable {
        let message: String
        let location: DocumentLocation
    }
}
