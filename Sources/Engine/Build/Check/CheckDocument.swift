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
            Failure(message: first.message, location: Location(first.range, report.source))
        }
    }

    private struct Warning: Encodable {
        let ruleName: String
        let description: String
        let url: String?
        let detail: String
        let hint: String?
        let location: Location

        init(_ diagnostic: Diagnostic, _ source: SourceText) {
            let rule = LintRule.all.first { $0.name == diagnostic.rule }
            ruleName = diagnostic.rule ?? "CheckDirective"
            description = rule?.summary ?? ""
            url = rule?.address
            detail = diagnostic.message
            hint = diagnostic.hint
            location = Location(diagnostic.range, source)
        }
    }

    private struct Source: Encodable {
        let filename: String
        let language: String
    }

    private struct Failure: Encodable {
        let message: String
        let location: Location
    }

    private struct Location: Encodable {
        let sourceIndex: Int
        let ranges: [Lines]

        init(_ range: SourceRange?, _ source: SourceText) {
            sourceIndex = 0
            ranges = range.map { [Lines($0, source)] } ?? []
        }
    }

    private struct Lines: Encodable {
        let start: Line
        let end: Line

        init(_ range: SourceRange, _ source: SourceText) {
            start = Line(line: source.location(at: range.lowerBound).line)
            end = Line(line: source.location(at: max(range.lowerBound, range.upperBound - 1)).line)
        }
    }

    private struct Line: Encodable {
        let line: Int
    }
}
