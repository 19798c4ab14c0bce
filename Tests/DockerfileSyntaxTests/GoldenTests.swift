import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct GoldenTests {
    @Test("real shapes of Dockerfiles parse to the expected trees", arguments: GoldenFiles.dockerfiles)
    func trees(name: String) {
        let source = SourceText(name: "\(name).Dockerfile", text: GoldenFiles.read(name))
        let result = parse(source)
        let messages = DiagnosticRenderer(source).render(result.diagnostics)
        let tree = result.dockerfile.map { TreeDump.text($0) } ?? ""
        GoldenFiles.expect(messages + tree, matches: "\(name).dump")
    }

    @Test("a file with five mistakes yields five errors")
    func fiveMistakes() {
        #expect(parseText(GoldenFiles.read("five-mistakes")).errors.count == 5)
    }
}
