internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax

/// Mistakes that only planning finds, in a file that could not be read whole: the author wants to hear of all at once.
enum LaterMistakes {
    /// What the parser said, and what planning the rest finds wrong, in the order of the file.
    ///
    /// A line that could not be read may have set a variable, so that nothing is said of words that mention any.
    static func adding(to result: ParseResult, of source: SourceText, _ request: BuildRequest) -> [Diagnostic] {
        guard let dockerfile = result.readable else { return result.diagnostics }
        let later = mistakes(in: dockerfile, request).filter { mistake in
            guard let range = mistake.range else { return false }
            return !source.bytes[range.lowerBound..<range.upperBound].contains(UInt8(ascii: "$"))
        }
        return ordered(result.diagnostics + later.filter { !result.diagnostics.contains($0) })
    }

    /// Diagnostics in the order of the file.
    static func ordered(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        diagnostics.enumerated().sorted {
            ($0.element.range?.lowerBound ?? 0, $0.offset) < ($1.element.range?.lowerBound ?? 0, $1.offset)
        }.map(\.element)
    }

    private static func mistakes(in dockerfile: Dockerfile, _ request: BuildRequest) -> [Diagnostic] {
        var planRequest = PlanRequest(request, dockerfile)
        // What the names of contexts mean does not matter here: none of them is an image that must be asked for.
        planRequest.namedContexts = request.namedContexts.mapValues { _ in .files }
        var images: [ImageRequirement: BaseImage] = [:]
        // An image that stands for one that is not here asks for no others: a round for each stage is enough.
        for _ in 0...dockerfile.stages.count {
            do {
                guard case .needs(let needed) = try BuildPlanner(planRequest, images: images).plan() else { return [] }
                for requirement in needed { images[requirement] = BaseImage(unknown: requirement) }
            } catch {
                guard case .invalid(let mistakes) = error else { return [] }
                return mistakes
            }
        }
        return []
    }
}
